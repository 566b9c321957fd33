import { locationRequired } from "../../errors.ts";
import { type JsonObject, objectAt, textAt } from "../../json.ts";
import type { DeletePlan, PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { normalizedLocation } from "../storage/locations.ts";
import { masterOf } from "./database-body.ts";
import { sqlError } from "./errors.ts";
import { startOperation } from "./operation.ts";
import { detachSecondaries } from "./replication.ts";
import { changedServer, newServer, serverType } from "./server-body.ts";

/** Of arm-sql 10, of azure-cli 2.64 (recorded) and 2.91. */
export const sqlApiVersions = [
  "2024-11-01-preview",
  "2023-08-01",
  "2023-05-01-preview",
  "2023-02-01-preview",
  "2022-08-01-preview",
  "2022-05-01-preview",
  "2022-02-01-preview",
  "2021-11-01",
  "2020-11-01-preview",
  "2014-04-01",
];

const tlsVersions = ["None", "1.0", "1.1", "1.2", "1.3"];

/** Logical SQL servers (recordings sql-server-tls, sql-tde): every write 202, a create 60 s, an update 20 s. */
export const sqlServers: ResourceType = {
  name: serverType,
  level: "resourceGroup",
  apiVersions: sqlApiVersions,
  tracked: true,
  put: (context, existing) => (existing ? update(context, existing, true) : create(context)),
  patch: (context, existing) => update(context, existing, false),
  delete: remove,
  seed,
};

function create(context: PlanContext): WritePlan {
  const { id, name, body: sent, now, store } = context;
  const location = textAt(sent, "location");
  if (!location) throw locationRequired();
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) throw sqlError("InvalidServerName");
  checkTlsVersion(sent);
  if (store.ofType(serverType).some((other) => textAt(other.body, "name") === name)) {
    throw sqlError("NameAlreadyExists");
  }
  const completed: StoredResource = { id, type: serverType, body: newServer(context, sent) };
  const properties = { ...objectAt(completed.body, "properties"), state: "Creating" };
  const creating = { ...completed, body: { ...completed.body, properties }, hidden: { busy: true } };
  const operation = upsert(id, normalizedLocation(location), now, 60);
  return {
    resource: creating,
    ...startOperation(operation, { completed, changes: (_store, at) => [masterOf(completed, at)] }),
  };
}

function update(context: PlanContext, existing: StoredResource, isPut: boolean): WritePlan {
  const { id, body: sent, now } = context;
  if (existing.hidden?.busy) throw sqlError("ConflictingServerOperation");
  checkTlsVersion(sent);
  const completed = { ...existing, body: changedServer(context, existing.body, sent, isPut) };
  const operation = upsert(id, textAt(existing.body, "location") ?? "", now, 20);
  return {
    resource: { ...existing, hidden: { ...existing.hidden, busy: true } },
    ...startOperation(operation, { completed, afterFailure: existing }),
  };
}

function upsert(id: string, location: string, now: string, seconds: number) {
  return { id, location, kind: "server", name: "UpsertLogicalServer", seconds, now } as const;
}

function checkTlsVersion(sent: JsonObject): void {
  const { minimalTlsVersion = null } = objectAt(sent, "properties");
  if (minimalTlsVersion === null || tlsVersions.includes(String(minimalTlsVersion))) return;
  throw sqlError("InvalidMinimalTlsVersion");
}

/** No recording shows one; the shape is that of a database's delete. */
function remove({ id, now }: PlanContext, existing: StoredResource): DeletePlan {
  const location = textAt(existing.body, "location") ?? "";
  return startOperation(
    { id, location, kind: "server", name: "DropLogicalServer", seconds: 30, now },
    { result: { status: 200 }, changes: (store) => detachSecondaries(store, existing.id) },
  );
}

/** A test's server, with its master; properties count as sent. */
function seed(context: PlanContext): StoredResource[] {
  const body = newServer(context, { location: "eastus", ...context.body });
  const properties = { ...objectAt(body, "properties"), ...objectAt(context.body, "properties") };
  const { administratorLoginPassword: _password, ...shown } = properties;
  const server = { id: context.id, type: serverType, body: { ...body, properties: shown } };
  return [server, masterOf(server, context.now)];
}
