import { randomUUID } from "node:crypto";
import { type JsonObject, merge, objectAt, pick, textAt } from "../../json.ts";
import type { StoredResource } from "../../store.ts";
import { normalizedLocation, pairedRegion } from "../storage/locations.ts";
import { sqlTime } from "./operation.ts";
import type { Performance } from "./performance.ts";

export const databaseType = "Microsoft.Sql/servers/databases";

const onCreate = ["collation", "catalogCollation", "isLedgerOn"];

/** Properties that a create or an update may set. */
const writable = [
  "maxSizeBytes",
  "elasticPoolId",
  "zoneRedundant",
  "licenseType",
  "readScale",
  "highAvailabilityReplicaCount",
  "secondaryType",
  "autoPauseDelay",
  "minCapacity",
  "requestedBackupStorageRedundancy",
  "maintenanceConfigurationId",
  "federatedClientId",
  "keys",
  "encryptionProtector",
  "preferredEnclaveType",
  "availabilityZone",
];

/** Where a database is and what it is called. */
interface DatabasePlace {
  id: string;
  name: string;
  location: string;
  now: string;
}

/** A new database as recorded (sql-tde, sql-dedicated-pool): what was sent over the defaults of its performance. */
export function newDatabase(place: DatabasePlace, sent: JsonObject, performance: Performance): JsonObject {
  const { id, name, now } = place;
  const location = normalizedLocation(place.location);
  const defaults: JsonObject = {
    collation: "SQL_Latin1_General_CP1_CI_AS",
    maxSizeBytes: performance.maxSizeBytes,
    status: "Online",
    databaseId: randomUUID(),
    creationDate: sqlTime(now),
    defaultSecondaryLocation: pairedRegion(location),
    catalogCollation: "SQL_Latin1_General_CP1_CI_AS",
    readScale: "Disabled",
    requestedBackupStorageRedundancy: "Geo",
    maintenanceConfigurationId: maintenanceOf(id),
    isLedgerOn: false,
    isInfraEncryptionEnabled: false,
    availabilityZone: "NoPreference",
  };
  const created = pick(objectAt(sent, "properties"), [...onCreate, ...writable]);
  return {
    sku: performance.sku,
    kind: performance.kind,
    properties: settled(merge(defaults, created), performance),
    location,
    ...("tags" in sent && { tags: objectAt(sent, "tags") }),
    id,
    name,
    type: databaseType,
  };
}

/** The database after an update. What was not sent stays; a PUT without tags takes them away. */
export function changedDatabase(
  existing: JsonObject,
  sent: JsonObject,
  performance: Performance,
  isPut: boolean,
): JsonObject {
  const { tags, ...others } = existing;
  const properties = merge(objectAt(existing, "properties"), pick(objectAt(sent, "properties"), writable));
  return {
    ...others,
    sku: performance.sku,
    kind: performance.kind,
    properties: settled(properties, performance),
    ...("tags" in sent ? { tags: objectAt(sent, "tags") } : tags !== undefined && !isPut && { tags }),
  };
}

/** The system database that comes with a server (recording sql-dedicated-pool: the list). */
export function masterOf(server: StoredResource, now: string): StoredResource {
  const id = `${server.id}/databases/master`;
  const location = textAt(server.body, "location") ?? "";
  const performance: Performance = {
    sku: { name: "System", tier: "System", capacity: 0 },
    objective: "System2",
    kind: "v12.0,system",
    maxSizeBytes: 50 * 1024 ** 3,
    model: "dtu",
  };
  const sent = { properties: { requestedBackupStorageRedundancy: "Local" } };
  const body = newDatabase({ id, name: "master", location, now }, sent, performance);
  return { id, type: databaseType, body: { ...body, managedBy: server.id } };
}

/** The database with other properties; those that are undefined are taken away. */
export function withProperties(
  database: StoredResource,
  changes: Readonly<Record<string, string | undefined>>,
): StoredResource {
  const kept = Object.entries(objectAt(database.body, "properties")).filter(([name]) => !(name in changes));
  const set = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...database, body: { ...database.body, properties: Object.fromEntries([...kept, ...set]) } };
}

/** The properties that follow from others, and those that each purchasing model has and the others lack. */
function settled(properties: JsonObject, { objective, sku, model }: Performance): JsonObject {
  const { autoPauseDelay, minCapacity, licenseType, zoneRedundant, maxLogSizeBytes, ...others } = properties;
  const requested = textAt(properties, "requestedBackupStorageRedundancy") ?? "Geo";
  const hasCores = model === "vcore" || model === "serverless";
  return {
    ...others,
    currentServiceObjectiveName: objective,
    requestedServiceObjectiveName: objective,
    currentSku: sku,
    currentBackupStorageRedundancy: requested,
    ...(model !== "datawarehouse" && { zoneRedundant: zoneRedundant ?? false }),
    ...(model === "vcore" && { licenseType: licenseType ?? "LicenseIncluded" }),
    ...(hasCores && { maxLogSizeBytes: maxLogSizeBytes ?? 180 * 1024 ** 3 }),
    ...(model === "serverless" && { autoPauseDelay: autoPauseDelay ?? 60, minCapacity: minCapacity ?? 0.5 }),
  };
}

function maintenanceOf(id: string): string {
  const subscription = id.split("/").slice(0, 3).join("/");
  return `${subscription}/providers/Microsoft.Maintenance/publicMaintenanceConfigurations/SQL_Default`;
}
