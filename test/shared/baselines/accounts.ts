import * as fc from "fast-check";
import type { Resource } from "../../../shared/baselines/baseline.ts";
import type { Json, JsonObject } from "../../../shared/json.ts";

const accountId =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers";

/** A storage account as ARM answers it, with these properties beside the ones that no baseline looks at. */
export function storageAccount(properties: JsonObject = {}, parts: Resource["parts"] = {}): Resource {
  const body: JsonObject = {
    id: accountId,
    name: "passengers",
    type: "Microsoft.Storage/storageAccounts",
    location: "eastus",
    sku: { name: "Standard_RAGRS", tier: "Standard" },
    kind: "StorageV2",
    tags: { owner: "booking" },
    properties: {
      provisioningState: "Succeeded",
      allowBlobPublicAccess: false,
      networkAcls: { ipv6Rules: [], bypass: "AzureServices", ipRules: [], defaultAction: "Allow" },
      encryption: { services: { blob: { keyType: "Account", enabled: true } }, keySource: "Microsoft.Storage" },
      ...properties,
    },
  };
  return { id: accountId, body, parts };
}

/** A file share as the list of an account's shares gives it; without a protocol, as older api-versions do. */
export function fileShare(name: string, enabledProtocols?: string): JsonObject {
  const type = "Microsoft.Storage/storageAccounts/fileServices/shares";
  return { name, type, properties: enabledProtocols === undefined ? {} : { enabledProtocols } };
}

/** fileServices/default with these protocol settings. */
export function fileServices(protocolSettings: JsonObject): JsonObject {
  const properties = {
    protocolSettings,
    cors: { corsRules: [] },
    shareDeleteRetentionPolicy: { enabled: true, days: 7 },
  };
  return { name: "default", type: "Microsoft.Storage/storageAccounts/fileServices", properties };
}

/** Any JSON at all, as it may stand where a string or an object belongs. */
export const oddJson: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 2 }).map((value) => toJson(value));

/** Any object at all, its `properties` often of the wrong type. */
export const oddObject: fc.Arbitrary<JsonObject> = fc
  .record({ properties: oddJson, fileServices: oddJson, fileShares: oddJson }, { requiredKeys: [] })
  .map((object) => definedOnly(object));

/** Properties of other people's making, under names that no baseline owns. */
const foreignProperties = fc.dictionary(fc.stringMatching(/^foreign[A-Z][a-z]{0,6}$/), oddJson, { maxKeys: 4 });

/** Properties that violate every baseline. */
export const weakProperties = {
  supportsHttpsTrafficOnly: false,
  minimumTlsVersion: "TLS1_0",
  allowSharedKeyAccess: true,
};

/** Properties that the baselines look at, in every combination: compliant, weak, of a wrong type, null, or absent. */
const watchedProperties = fc.record(
  {
    supportsHttpsTrafficOnly: fc.oneof(fc.boolean(), oddJson),
    minimumTlsVersion: fc.oneof(fc.constantFrom("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3", "TLS2_0"), oddJson),
    allowSharedKeyAccess: fc.oneof(fc.boolean(), oddJson),
    customDomain: fc.oneof(fc.record({ name: fc.constantFrom("", "files.example.com") }), oddJson),
    sasPolicy: fc.oneof(
      fc.record(
        {
          sasExpirationPeriod: fc.oneof(
            fc.constantFrom("1.23:59:59", "07.00:00:00", "100000.00:00:00", "0.00:00:00", "7 days"),
            oddJson,
          ),
          expirationAction: fc.oneof(fc.constantFrom("Log", "Block"), oddJson),
          requireUserBoundUserDelegationSas: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      oddJson,
    ),
    keyCreationTime: fc.oneof(
      fc.record({ key1: fc.constantFrom(null, "2024-06-19T10:53:52Z"), key2: oddJson }, { requiredKeys: [] }),
      oddJson,
    ),
  },
  { requiredKeys: [] },
);

/** Parts as a guard may see them. */
const parts = fc.record(
  {
    fileServices: fc.oneof(
      fc.constant(null),
      fc.record({ smb: encryptionInTransit(), nfs: encryptionInTransit() }, { requiredKeys: [] }).map(fileServices),
      oddJson,
    ),
    fileShares: fc.oneof(
      fc.constant(null),
      fc.array(fc.constantFrom(fileShare("a"), fileShare("b", "SMB"), fileShare("c", "NFS")), { maxLength: 3 }),
      oddJson,
    ),
  },
  { requiredKeys: [] },
);

/** Storage accounts of every kind, also such as no api-version would ever answer. */
export const anyStorageAccount: fc.Arbitrary<Resource> = fc
  .record({
    watched: watchedProperties,
    foreign: foreignProperties,
    tags: fc.dictionary(fc.string(), fc.string()),
    parts,
  })
  .map(({ watched, foreign, tags, parts }) => {
    const account = storageAccount({ ...definedOnly(foreign), ...definedOnly(watched) }, definedOnly(parts));
    return { ...account, body: { ...account.body, tags: definedOnly(tags) } };
  });

function encryptionInTransit(): fc.Arbitrary<JsonObject> {
  return fc.record({ encryptionInTransit: fc.record({ required: fc.oneof(fc.boolean(), oddJson) }) });
}

/** A plain object without undefined values, as JSON would have it. */
function definedOnly(object: object): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, toJson(value)]));
}

function toJson(value: unknown): Json {
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? value.map(toJson) : definedOnly(value);
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
