import { isJsonObject, type Json } from "../../json.ts";

/** The versions of the key exchange that a connection may have. */
export type IkeVersion = "IKEv1" | "IKEv2";

/** The fields of an IPsec policy that name an algorithm. */
export interface IpsecAlgorithms {
  ikeEncryption: string;
  ikeIntegrity: string;
  dhGroup: string;
  ipsecEncryption: string;
  ipsecIntegrity: string;
  pfsGroup: string;
}

type AlgorithmField = keyof IpsecAlgorithms;

interface Algorithms {
  field: AlgorithmField;
  /** Never good enough. */
  weak: string[];
  /** Good enough where a baseline asks for them or for something weaker, the weakest first; those of one list are equal. */
  strong: string[][];
  /** Told to a person and left as they are, as is every name that this list does not know: it may be newer, and better. */
  doubtful: string[];
}

/**
 * What a VPN gateway knows. Encryption is ordered by the length of its key, with GCM before CBC of the same length; groups by
 * their security strength. DHGroup14 and DHGroup2048 are two names of one group. GCM integrity stands with GCM encryption only.
 *
 * Sources: Microsoft.Network `IpsecPolicy` (its enums); https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-compliance-crypto;
 * RFC 8247 (3DES, MD5, SHA1, groups 1 and 2, and 24: "SHOULD NOT"); NIST SP 800-57 part 1, table 2.
 */
const algorithms: Algorithms[] = [
  {
    field: "ikeEncryption",
    weak: ["DES", "DES3"],
    strong: [["AES128"], ["GCMAES128"], ["AES192"], ["AES256"], ["GCMAES256"]],
    doubtful: [],
  },
  { field: "ikeIntegrity", weak: ["MD5", "SHA1"], strong: [["SHA256"], ["SHA384"]], doubtful: [] },
  {
    field: "dhGroup",
    weak: ["None", "DHGroup1", "DHGroup2"],
    strong: [["DHGroup14", "DHGroup2048"], ["ECP256"], ["ECP384"]],
    doubtful: ["DHGroup24"],
  },
  {
    field: "ipsecEncryption",
    weak: ["None", "DES", "DES3"],
    strong: [["AES128"], ["GCMAES128"], ["AES192"], ["GCMAES192"], ["AES256"], ["GCMAES256"]],
    doubtful: [],
  },
  {
    field: "ipsecIntegrity",
    weak: ["MD5", "SHA1"],
    strong: [["SHA256"], ["GCMAES128"], ["GCMAES192"], ["GCMAES256"]],
    doubtful: [],
  },
  {
    field: "pfsGroup",
    weak: ["None", "PFS1", "PFS2"],
    strong: [["PFS2048"], ["ECP256"], ["ECP384"]],
    doubtful: ["PFS24", "PFS14", "PFSMM"],
  },
];

/**
 * What keeps a policy from being as strong as the wanted one in every algorithm, each in a few words; nothing where it is.
 * Lifetimes are no weakness. A policy that the service would refuse is never strong.
 */
export function weaknessesOf(policy: Json, wanted: IpsecAlgorithms, version: IkeVersion): string[] {
  if (!isJsonObject(policy)) return ["the policy is no object"];
  const weaknesses = algorithms.flatMap((field) => weaknessOf(field, policy[field.field], wanted[field.field]));
  return [...weaknesses, ...invalidCombinationsOf(policy, version)];
}

/** Algorithms that are neither weak nor known to be strong, each in a few words. */
export function doubtsOf(policy: Json): string[] {
  if (!isJsonObject(policy)) return [];
  return algorithms.flatMap(({ field, weak, strong, doubtful }) => {
    const value = policy[field];
    if (!isName(value) || isIn(weak, value) || isIn(strong.flat(), value)) return [];
    if (!isIn(doubtful, value)) return [`${field} ${value} is not known here`];
    return [`${field} ${value} is not recommended`];
  });
}

/** Combinations that the service refuses, each in a few words. */
export function invalidCombinationsOf(policy: { [Field in AlgorithmField]?: Json }, version: IkeVersion): string[] {
  const { ikeEncryption, ikeIntegrity, ipsecEncryption, ipsecIntegrity } = policy;
  const invalid: string[] = [];
  const usesGcm = isGcm(ipsecEncryption) || isGcm(ipsecIntegrity);
  if (usesGcm && !areEqual(ipsecEncryption, ipsecIntegrity)) {
    invalid.push("ipsecEncryption and ipsecIntegrity must be the same where one is GCM");
  }
  if (isGcm(ikeIntegrity)) invalid.push("ikeIntegrity can't be GCM");
  // AES-GCM in the key exchange is defined for IKEv2 only (RFC 5282).
  if (version === "IKEv1" && isGcm(ikeEncryption)) invalid.push("ikeEncryption can't be GCM with IKEv1");
  return invalid;
}

/** Whether two policies name the same algorithms; lifetimes are each end's own, and need not agree. */
export function haveSameAlgorithms(one: Json, other: Json): boolean {
  if (!isJsonObject(one) || !isJsonObject(other)) return false;
  return algorithms.every(({ field, strong }) => {
    const rank = rankOf(strong, one[field]);
    return rank >= 0 ? rank === rankOf(strong, other[field]) : areEqual(one[field], other[field]);
  });
}

/** The algorithms of a policy for people, e.g. a peer's administrator. */
export function describeAlgorithms(policy: { [Field in AlgorithmField]?: Json }): string {
  return algorithms.map(({ field }) => `${field} ${String(policy[field])}`).join(", ");
}

function weaknessOf({ field, weak, strong }: Algorithms, value: Json | undefined, wanted: string): string[] {
  if (!isName(value)) return [`${field} is not set`];
  if (isIn(weak, value)) return [`${field} ${value} is weak`];
  const rank = rankOf(strong, value);
  return rank >= 0 && rank < rankOf(strong, wanted) ? [`${field} ${value} is weaker than ${wanted}`] : [];
}

function rankOf(strong: string[][], value: Json | undefined): number {
  return isName(value) ? strong.findIndex((equals) => isIn(equals, value)) : -1;
}

function isIn(names: string[], value: string): boolean {
  return names.some((name) => name.toLowerCase() === value.toLowerCase());
}

function isName(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}

function isGcm(value: Json | undefined): boolean {
  return isName(value) && /^GCM/i.test(value);
}

function areEqual(one: Json | undefined, other: Json | undefined): boolean {
  return isName(one) && isName(other) && one.toLowerCase() === other.toLowerCase();
}
