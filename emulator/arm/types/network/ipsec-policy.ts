import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { IpsecPolicy } from "../../peers.ts";
import { networkError, unreadable } from "./network-error.ts";

const gcm = ["GCMAES128", "GCMAES192", "GCMAES256"];
const groups = ["None", "PFS1", "PFS2", "PFS2048", "ECP256", "ECP384", "PFS24", "PFS14", "PFSMM"];

/** Closed sets of values, in the order of recorded answers (swagger: IpsecPolicy). */
const algorithms = {
  ipsecEncryption: ["None", "DES", "DES3", "AES128", "AES192", "AES256", ...gcm],
  ipsecIntegrity: ["MD5", "SHA1", "SHA256", ...gcm],
  ikeEncryption: ["DES", "DES3", "AES128", "AES192", "AES256", "GCMAES256", "GCMAES128"],
  ikeIntegrity: ["MD5", "SHA1", "SHA256", "SHA384", "GCMAES256", "GCMAES128"],
  dhGroup: ["None", "DHGroup1", "DHGroup2", "DHGroup14", "DHGroup2048", "ECP256", "ECP384", "DHGroup24"],
  pfsGroup: groups,
} as const;

/** The policies of a request, checked by what the service documents; the codes of its refusals are nowhere published. */
export function readIpsecPolicies(value: Json | undefined): IpsecPolicy[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unreadable("Error converting value. Path 'properties.ipsecPolicies'.");
  const policies = value.map((each, index) => readPolicy(each, `properties.ipsecPolicies[${index}]`));
  if (policies.length > 1)
    throw refused("OnlyOneIpsecPolicyAllowed", "Only one IPsec policy can be set on a connection");
  for (const policy of policies) checkPolicy(policy);
  return policies;
}

/** True where two sides that offer these can bring a tunnel up: the same algorithms. Lifetimes are each side's own affair. */
export function agree(one: IpsecPolicy, other: IpsecPolicy): boolean {
  return algorithmNames.every((name) => sameName(one[name]) === sameName(other[name]));
}

/** What two sides must agree on. */
export const algorithmNames = [
  "ipsecEncryption",
  "ipsecIntegrity",
  "ikeEncryption",
  "ikeIntegrity",
  "dhGroup",
  "pfsGroup",
] as const;

/** DHGroup14 and DHGroup2048 are the same group (docs: About cryptographic requirements and Azure VPN gateways). */
function sameName(value: string): string {
  return value === "DHGroup14" ? "DHGroup2048" : value;
}

function readPolicy(value: Json, path: string): IpsecPolicy {
  if (!isJsonObject(value)) throw unreadable(`Error converting value. Path '${path}'.`);
  return {
    saLifeTimeSeconds: readNumber(value, "saLifeTimeSeconds", path),
    saDataSizeKilobytes: readNumber(value, "saDataSizeKilobytes", path),
    ipsecEncryption: readName(value, "ipsecEncryption", path),
    ipsecIntegrity: readName(value, "ipsecIntegrity", path),
    ikeEncryption: readName(value, "ikeEncryption", path),
    ikeIntegrity: readName(value, "ikeIntegrity", path),
    dhGroup: readName(value, "dhGroup", path),
    pfsGroup: readName(value, "pfsGroup", path),
  };
}

function readNumber(policy: JsonObject, name: string, path: string): number {
  const value = required(policy, name, path);
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw unreadable(`Error converting value ${JSON.stringify(value)} to type 'System.Int32'. Path '${path}.${name}'.`);
}

/** Names are taken without case and answered in the provider's own. */
function readName(policy: JsonObject, name: keyof typeof algorithms, path: string): string {
  const value = required(policy, name, path);
  const found = algorithms[name].find((each) => each.toLowerCase() === String(value).toLowerCase());
  if (found !== undefined) return found;
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  throw unreadable(`Error converting value ${JSON.stringify(value)} to type '${type}'. Path '${path}.${name}'.`);
}

function required(policy: JsonObject, name: string, path: string): Json {
  const value = policy[name];
  if (value === undefined || value === null) {
    throw unreadable(`Required property '${name}' not found in JSON. Path '${path}'.`);
  }
  return value;
}

function checkPolicy(policy: IpsecPolicy): void {
  if (policy.saLifeTimeSeconds < 300) {
    throw refused("InvalidIpsecPolicySaLifeTimeSeconds", "saLifeTimeSeconds must be at least 300");
  }
  if (policy.saDataSizeKilobytes < 1024) {
    throw refused("InvalidIpsecPolicySaDataSizeKilobytes", "saDataSizeKilobytes must be at least 1024");
  }
  if (gcm.includes(policy.ikeIntegrity)) {
    throw refused("InvalidIpsecPolicyIkeIntegrity", `${policy.ikeIntegrity} is not supported as ikeIntegrity`);
  }
  const { ipsecEncryption, ipsecIntegrity } = policy;
  if ((gcm.includes(ipsecEncryption) || gcm.includes(ipsecIntegrity)) && ipsecEncryption !== ipsecIntegrity) {
    throw refused(
      "InvalidIpsecPolicyGcmCombination",
      `GCMAES needs the same algorithm as ipsecEncryption (${ipsecEncryption}) and ipsecIntegrity (${ipsecIntegrity})`,
    );
  }
}

function refused(code: string, reason: string) {
  return networkError(400, code, `The IPsec policy is invalid: ${reason}.`);
}
