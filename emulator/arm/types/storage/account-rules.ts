import { providerError } from "../../errors.ts";
import { isJsonObject, type JsonObject, objectAt, textAt, valueAtPath } from "../../json.ts";

/** Closed sets of values (storage 2023-05-01; the newest versions add none to these). */
const enums: Readonly<Record<string, readonly string[]>> = {
  "properties.minimumTlsVersion": ["TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"],
  "properties.accessTier": ["Hot", "Cool", "Premium", "Cold", "Smart"],
  "properties.publicNetworkAccess": ["Enabled", "Disabled", "SecuredByPerimeter"],
  "properties.allowedCopyScope": ["PrivateLink", "AAD"],
  "properties.dnsEndpointType": ["Standard", "AzureDnsZone"],
  "properties.largeFileSharesState": ["Disabled", "Enabled"],
  "properties.networkAcls.defaultAction": ["Allow", "Deny"],
  "properties.encryption.keySource": ["Microsoft.Storage", "Microsoft.Keyvault"],
  "properties.sasPolicy.expirationAction": ["Log", "Block"],
  kind: ["Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage"],
};

const booleans = [
  "supportsHttpsTrafficOnly",
  "allowBlobPublicAccess",
  "allowSharedKeyAccess",
  "allowCrossTenantReplication",
  "defaultToOAuthAuthentication",
  "isHnsEnabled",
  "isNfsV3Enabled",
  "isSftpEnabled",
  "isLocalUserEnabled",
];

const skus = /^(Standard_(LRS|GRS|RAGRS|ZRS|GZRS|RAGZRS)|Premium_(LRS|ZRS)|(StandardV2|PremiumV2)_\w+)$/i;

/** Throws AccountNameInvalid for a name that no account can have. */
export function checkAccountName(name: string): void {
  if (!isAccountName(name)) throw providerError(400, "AccountNameInvalid", accountNameRule(name));
}

/** Whether an account can have this name. */
export function isAccountName(name: string): boolean {
  return /^[a-z0-9]{3,24}$/.test(name);
}

/** Azure's sentence about a name that is none. */
export function accountNameRule(name: string): string {
  return `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`;
}

/** Throws a 400 for values that the service refuses. `InvalidValuesForRequestParameters` is its code (docs: storage resource provider errors). */
export function checkAccountValues(sent: JsonObject): void {
  const wrong = Object.entries(enums).filter(([path, allowed]) => {
    const value = valueAtPath(sent, path);
    return value !== undefined && value !== null && !isOneOf(value, allowed);
  });
  const properties = objectAt(sent, "properties");
  const notBoolean = booleans.filter((name) => {
    const value = properties[name];
    return value !== undefined && value !== null && typeof value !== "boolean";
  });
  const sku = textAt(objectAt(sent, "sku"), "name");
  const names = [
    ...wrong.map(([path]) => path.replace("properties.", "")),
    ...notBoolean,
    ...(sku !== undefined && !skus.test(sku) ? ["sku.name"] : []),
    ...(isMalformedPeriod(properties) ? ["sasPolicy.sasExpirationPeriod"] : []),
  ];
  if (names.length === 0) return;
  throw providerError(
    400,
    "InvalidValuesForRequestParameters",
    `Values for request parameters are invalid: ${names.join(", ")}.`,
  );
}

/** Throws for a create without what it needs. */
export function checkRequiredOnCreate(sent: JsonObject): void {
  const missing = [
    ...(textAt(objectAt(sent, "sku"), "name") ? [] : ["sku"]),
    ...(textAt(sent, "kind") ? [] : ["kind"]),
  ];
  if (missing.length === 0) return;
  throw providerError(
    400,
    "InvalidValuesForRequestParameters",
    `Values for request parameters are invalid: ${missing.join(", ")}.`,
  );
}

/**
 * A SAS or key expiration policy can't be set while a key has no creation time, i.e. was never rotated since Azure
 * began to keep it (docs: Configure an expiration policy for shared access signatures). The whole request fails. No
 * public answer shows the code; the sentence is the documented one.
 */
export function checkKeysWereRotated(existing: JsonObject, sent: JsonObject): void {
  const properties = objectAt(sent, "properties");
  if (!isJsonObject(properties.sasPolicy) && !isJsonObject(properties.keyPolicy)) return;
  const times = objectAt(objectAt(existing, "properties"), "keyCreationTime");
  if (times.key1 && times.key2) return;
  throw providerError(
    400,
    "KeyCreationTimeMissing",
    "You must rotate both access keys at least once before you can set an expiration policy for keys or shared access signatures.",
  );
}

/** A custom policy needs a period such as 1.23:59:59 (days.hours:minutes:seconds). */
function isMalformedPeriod(properties: JsonObject): boolean {
  if (!isJsonObject(properties.sasPolicy)) return false;
  const period = textAt(properties.sasPolicy, "sasExpirationPeriod");
  return period === undefined || !/^(\d+\.)?([01]?\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(period);
}

function isOneOf(value: unknown, allowed: readonly string[]): boolean {
  return typeof value === "string" && allowed.some((one) => one.toLowerCase() === value.toLowerCase());
}
