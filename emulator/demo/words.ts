import { isJsonObject, type Json, type JsonObject, objectAt, textAt, valueAtPath } from "../arm/json.ts";

/** A property that the demo tells about. */
interface Property {
  path: string;
  /** The property with its value, in a few words. */
  says(value: Json | undefined): string;
  /** The demo's own opinion, apart from the service's: whether the value protects what it should. */
  isSecure(value: Json | undefined): boolean;
}

const ofAccounts: readonly Property[] = [
  {
    path: "properties.supportsHttpsTrafficOnly",
    says: (value) => `secure transfer ${value === true ? "on" : "off"}`,
    isSecure: (value) => value === true,
  },
  {
    path: "properties.minimumTlsVersion",
    says: (value) =>
      `${String(value ?? "TLS1_0")
        .replace(/^TLS/, "TLS ")
        .replace("_", ".")}+`,
    isSecure: (value) => value === "TLS1_2" || value === "TLS1_3",
  },
  {
    path: "properties.sasPolicy.sasExpirationPeriod",
    says: (value) => (typeof value === "string" ? `SAS limit ${daysIn(value)}` : "no SAS limit"),
    isSecure: (value) => typeof value === "string",
  },
  {
    path: "properties.customDomain.name",
    says: (value) => (typeof value === "string" ? `custom domain ${value}` : "no custom domain"),
    isSecure: (value) => value === undefined || value === null,
  },
];

const ofDatabases: readonly Property[] = [
  {
    path: "properties.state",
    says: (value) =>
      value === undefined ? "encryption not looked at" : `encryption ${value === "Enabled" ? "on" : "off"}`,
    isSecure: (value) => value === "Enabled",
  },
  {
    path: "properties.status",
    says: (value) => String(value).toLowerCase(),
    isSecure: (value) => value !== "Paused",
  },
];

const ofConnections: readonly Property[] = [
  {
    path: "properties.ipsecPolicies",
    says: (value) => policyInWords(value),
    isSecure: (value) =>
      Array.isArray(value) &&
      value.length === 1 &&
      !/"(None|DES3?|MD5|SHA1|DHGroup[12]|PFS[12])"/.test(JSON.stringify(value)),
  },
  {
    path: "properties.connectionStatus",
    says: (value) => `tunnel ${value === "Connected" ? "connected" : "down"}`,
    isSecure: (value) => value === "Connected",
  },
];

const byType: Readonly<Record<string, readonly Property[]>> = {
  "microsoft.sql/servers/databases": ofDatabases,
  "microsoft.network/connections": ofConnections,
};
const known = [...ofAccounts, ...ofDatabases, ...ofConnections];

/**
 * A resource as it was, and as it is, in a few words: every property that was insecure before or is so now, or that
 * changed. Where there is none, both say so.
 */
export function beforeAndAfter(before: JsonObject, after: JsonObject): { before: string[]; after: string[] } {
  const told = propertiesOf(after).filter(({ path, says, isSecure }) => {
    const [was, is] = [valueAtPath(before, path), valueAtPath(after, path)];
    return !isSecure(was) || !isSecure(is) || says(was) !== says(is);
  });
  if (told.length === 0) return { before: ["all secure"], after: ["all secure"] };
  return {
    before: told.map(({ path, says }) => says(valueAtPath(before, path))),
    after: told.map(({ path, says }) => says(valueAtPath(after, path))),
  };
}

/** All that the demo has words for, of a resource as it is. */
export function resourceInWords(resource: JsonObject): string {
  return propertiesOf(resource)
    .map(({ path, says }) => says(valueAtPath(resource, path)))
    .join(", ");
}

/** What a patch of ARM's changes, in a few words; paths that the demo has no words for stand as JSON. */
export function patchInWords(patch: Json): string[] {
  const told = known
    .filter(({ path }) => valueAtPath(patch, path) !== undefined)
    .map(({ path, says }) => says(valueAtPath(patch, path)));
  return told.length > 0 ? told : protocolSettings(patch);
}

/** `encryptionInTransit.required` of file shares, by protocol. */
function protocolSettings(patch: Json): string[] {
  const settings = objectAt(objectAt(isJsonObject(patch) ? patch : {}, "properties"), "protocolSettings");
  const told = Object.entries(settings).map(([protocol, setting]) => {
    const required = valueAtPath(setting, "encryptionInTransit.required");
    return `encryption in transit ${required === true ? "required" : "not required"} for ${protocol.toUpperCase()} shares`;
  });
  return told.length > 0 ? told : [JSON.stringify(patch)];
}

function propertiesOf(resource: JsonObject): readonly Property[] {
  return byType[textAt(resource, "type")?.toLowerCase() ?? ""] ?? ofAccounts;
}

function policyInWords(policies: Json | undefined): string {
  const [policy] = Array.isArray(policies) ? policies : [];
  if (!isJsonObject(policy)) return "Azure's default policies";
  return `IPsec ${textAt(policy, "ipsecEncryption")}, PFS ${textAt(policy, "pfsGroup")}`;
}

/** `7.00:00:00` as `7 days`; other periods as they are. */
function daysIn(period: string): string {
  const days = /^0*(\d+)\.00:00:00$/.exec(period)?.[1];
  return days === undefined ? period : `${days} day${days === "1" ? "" : "s"}`;
}

/** `sam` for `sam@lagoon.example`. */
export function shortName(name: string): string {
  return name.split("@")[0] ?? name;
}

/** Milliseconds as seconds, such as `0.41 s`. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
