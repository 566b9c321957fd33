import { isJsonObject, type Json, type JsonObject, merge, objectAt, pick, textAt } from "../../json.ts";
import { endpoints, normalizedLocation, pairedRegion } from "./locations.ts";

/** Properties that a create or an update may set (storage 2023-05-01 and later); all others in a request are ignored. */
const writable = [
  "accessTier",
  "allowBlobPublicAccess",
  "allowCrossTenantReplication",
  "allowSharedKeyAccess",
  "allowedCopyScope",
  "azureFilesIdentityBasedAuthentication",
  "customDomain",
  "defaultToOAuthAuthentication",
  "dnsEndpointType",
  "enableExtendedGroups",
  "encryption",
  "immutableStorageWithVersioning",
  "isLocalUserEnabled",
  "isSftpEnabled",
  "keyPolicy",
  "largeFileSharesState",
  "minimumTlsVersion",
  "networkAcls",
  "publicNetworkAccess",
  "routingPreference",
  "sasPolicy",
  "supportsHttpsTrafficOnly",
];

/** These can be set on create only. */
const onCreate = ["isHnsEnabled", "isNfsV3Enabled"];

/** Services of each kind, in the order of recorded answers. */
const services: Readonly<Record<string, readonly string[]>> = {
  Storage: ["blob", "queue", "table", "file"],
  StorageV2: ["dfs", "web", "blob", "queue", "table", "file"],
  BlobStorage: ["dfs", "blob", "table"],
  BlockBlobStorage: ["dfs", "web", "blob"],
  FileStorage: ["file"],
};

/**
 * A new account as recorded (storage-account-create): what was sent over the defaults. Since api-version 2019-04-01
 * `supportsHttpsTrafficOnly` defaults to true; written with an older one it is false (docs: Require secure transfer).
 */
export function newAccount(id: string, name: string, sent: JsonObject, apiVersion: string, now: string): JsonObject {
  const kind = textAt(sent, "kind") ?? "StorageV2";
  const location = normalizedLocation(textAt(sent, "location") ?? "westus");
  const defaults: JsonObject = {
    keyCreationTime: { key1: now, key2: now },
    allowCrossTenantReplication: false,
    privateEndpointConnections: [],
    minimumTlsVersion: "TLS1_0",
    allowBlobPublicAccess: false,
    networkAcls: {
      ipv6Rules: [],
      bypass: "AzureServices",
      virtualNetworkRules: [],
      ipRules: [],
      defaultAction: "Allow",
    },
    supportsHttpsTrafficOnly: apiVersion >= "2019-04-01",
    encryption: {
      services: {
        file: { keyType: "Account", enabled: true, lastEnabledTime: now },
        blob: { keyType: "Account", enabled: true, lastEnabledTime: now },
      },
      keySource: "Microsoft.Storage",
    },
    ...(kind !== "Storage" && { accessTier: "Hot" }),
    provisioningState: "Succeeded",
    creationTime: now,
    primaryEndpoints: endpoints(name, location, services[kind] ?? []),
    primaryLocation: location,
    statusOfPrimary: "available",
  };
  const created = pick(objectAt(sent, "properties"), [...writable, ...onCreate]);
  return withCopies({
    ...("identity" in sent && { identity: sent.identity ?? { type: "None" } }),
    sku: fullSku(objectAt(sent, "sku")),
    kind,
    id,
    name,
    type: "Microsoft.Storage/storageAccounts",
    location,
    tags: objectAt(sent, "tags"),
    properties: settled(merge(defaults, created)),
  });
}

/** The account after a PATCH, or a PUT on an existing one: both keep what was not sent (recorded: storage-account-sas-key-policy). */
export function updatedAccount(existing: JsonObject, sent: JsonObject): JsonObject {
  const changes = pick(objectAt(sent, "properties"), writable);
  const sku = textAt(objectAt(sent, "sku"), "name");
  return withCopies({
    ...existing,
    ...(sku && { sku: fullSku({ name: sku }) }),
    ...("identity" in sent && { identity: sent.identity ?? { type: "None" } }),
    ...("tags" in sent && { tags: objectAt(sent, "tags") }),
    ...(sent.kind === "StorageV2" && { kind: "StorageV2" }),
    properties: settled(merge(objectAt(existing, "properties"), changes)),
  });
}

function fullSku(sku: JsonObject): JsonObject {
  const name = textAt(sku, "name") ?? "Standard_LRS";
  return { name, tier: name.startsWith("Premium") ? "Premium" : "Standard" };
}

/** Subnets get a state; an empty custom domain clears it (swagger: CustomDomain). */
function settled(properties: JsonObject): JsonObject {
  const { customDomain, ...others } = properties;
  const rules = objectAt(others, "networkAcls");
  const subnets = Array.isArray(rules.virtualNetworkRules) ? rules.virtualNetworkRules : [];
  return {
    ...others,
    networkAcls: { ...rules, virtualNetworkRules: subnets.map(withState) },
    ...(isJsonObject(customDomain) && customDomain.name && { customDomain }),
  };
}

function withState(rule: Json): Json {
  return isJsonObject(rule) ? { state: "Succeeded", ...rule } : rule;
}

/** Geo-redundant accounts show their second region; those with read access to it also its endpoints (recorded: storage-account-crud). */
function withCopies(account: JsonObject): JsonObject {
  const {
    secondaryLocation: _location,
    statusOfSecondary: _status,
    secondaryEndpoints: _endpoints,
    ...properties
  } = objectAt(account, "properties");
  const sku = textAt(objectAt(account, "sku"), "name") ?? "";
  const location = textAt(account, "location") ?? "";
  if (!/GRS|GZRS/.test(sku)) return { ...account, properties };
  const readable = (services[textAt(account, "kind") ?? ""] ?? []).filter((service) => service !== "file");
  return {
    ...account,
    properties: {
      ...properties,
      secondaryLocation: pairedRegion(location),
      statusOfSecondary: "available",
      ...(sku.includes("_RA") && {
        secondaryEndpoints: endpoints(`${textAt(account, "name") ?? ""}-secondary`, location, readable),
      }),
    },
  };
}
