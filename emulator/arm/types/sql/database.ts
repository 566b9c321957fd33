import { locationRequired } from "../../errors.ts";
import { type JsonObject, merge, objectAt, overlay, textAt } from "../../json.ts";
import type { DeletePlan, PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { pauseTimer, woken } from "./auto-pause.ts";
import { databaseActions } from "./database-actions.ts";
import { changedDatabase, databaseType, newDatabase, withProperties } from "./database-body.ts";
import { type Source, secondaryOf, sourceOf, takenOver } from "./database-source.ts";
import { sqlError } from "./errors.ts";
import { startOperation } from "./operation.ts";
import { type Performance, performanceOf } from "./performance.ts";
import { detachSecondaries } from "./replication.ts";
import { sqlApiVersions } from "./server.ts";

/** Databases and dedicated SQL pools (recordings sql-tde, sql-dedicated-pool, sql-geo-replica): every write 202. */
export const sqlDatabases: ResourceType = {
  name: databaseType,
  level: "resourceGroup",
  apiVersions: sqlApiVersions,
  tracked: true,
  put: (context, existing) => (existing ? update(context, existing, true) : create(context)),
  patch: (context, existing) => update(context, existing, false),
  delete: remove,
  deleteMissing: (context) => drop(context, textAt(context.parent?.body, "location") ?? "", 10, { status: 204 }),
  actions: databaseActions,
  timer: pauseTimer,
  seed,
};

function create(context: PlanContext): WritePlan {
  const { id, body: sent, now } = context;
  const location = textAt(sent, "location");
  if (!location) throw locationRequired();
  checkName(context);
  const source = sourceOf(context);
  const performance = performanceOf(skuOf(sent, source));
  const completed = made(context, source, performance, location);
  const creating = withProperties({ ...completed, hidden: { busy: true } }, { status: "Creating" });
  const seconds = source.database ? 55 : performance.model === "datawarehouse" ? 205 : 55;
  const operation = { id, location: textAt(completed.body, "location") ?? "", kind: "database", now } as const;
  return {
    resource: creating,
    ...startOperation(
      { ...operation, name: source.operation, seconds },
      { completed, changes: () => takenOver(context, source) },
    ),
  };
}

function skuOf(sent: JsonObject, { database }: Source): JsonObject {
  return textAt(objectAt(sent, "sku"), "name") ? objectAt(sent, "sku") : objectAt(database?.body, "sku");
}

/** The whole database: content, size and collation are the source's where there is one. */
function made(context: PlanContext, source: Source, performance: Performance, location: string): StoredResource {
  const { id, name, body: sent, now } = context;
  const { collation = null, maxSizeBytes = null } = objectAt(source.database?.body, "properties");
  const secondaryType = textAt(objectAt(sent, "properties"), "secondaryType") ?? "Geo";
  const whole = merge({ properties: merge({}, { collation, maxSizeBytes }) }, sent);
  const body = newDatabase({ id, name, location, now }, whole, performance);
  const hidden = { lastUse: now, resumes: 0, ...secondaryOf(source, now, textAt(sent, "replicationLinkId")) };
  const database: StoredResource = { id, type: databaseType, body, hidden };
  return source.replicates ? withProperties(database, { secondaryType }) : database;
}

function update(context: PlanContext, existing: StoredResource, isPut: boolean): WritePlan {
  const { id, body: sent, now } = context;
  checkName(context);
  if (existing.hidden?.busy) throw sqlError("SkuAssignmentInProgress");
  const performance = performanceOf(
    textAt(objectAt(sent, "sku"), "name") ? objectAt(sent, "sku") : objectAt(existing.body, "sku"),
  );
  const isPool = performance.model === "datawarehouse";
  const wasPool = textAt(existing.body, "kind")?.includes("datawarehouse") ?? false;
  if (isPool !== wasPool) throw sqlError("CannotChangeToOrFromDataWarehouseTier");
  if (isPool && objectAt(existing.body, "properties").status !== "Online") {
    throw sqlError("UpdateNotAllowedOnPausedDatabase");
  }
  const completed = woken({ ...existing, body: changedDatabase(existing.body, sent, performance, isPut) }, now);
  const scales = objectAt(completed.body, "sku").capacity !== objectAt(existing.body, "sku").capacity;
  const seconds = isPool ? (scales ? 340 : 25) : 15;
  const location = textAt(existing.body, "location") ?? "";
  return {
    resource: { ...existing, hidden: { ...existing.hidden, busy: true } },
    ...startOperation(
      { id, location, kind: "database", name: "UpdateLogicalDatabase", seconds, now },
      { completed, afterFailure: existing },
    ),
  };
}

function checkName({ name }: PlanContext): void {
  if (/^(master|model|msdb|tempdb|resource)$/i.test(name)) throw sqlError("CannotUseReservedDatabaseName");
}

function remove(context: PlanContext, existing: StoredResource): DeletePlan {
  checkName(context);
  return drop(context, textAt(existing.body, "location") ?? "", 40, { status: 200 });
}

/** A delete of what is not there is a long operation too, and ends with 204 (recording sql-dedicated-pool). */
function drop({ id, now }: PlanContext, location: string, seconds: number, result: { status: number }): DeletePlan {
  return startOperation(
    { id, location, kind: "database", name: "DropLogicalDatabase", seconds, now },
    { result, changes: (store) => detachSecondaries(store, id) },
  );
}

/**
 * A test's database, on its server: `createMode` with `sourceDatabaseId` (and `replicationLinkId` beside `properties`)
 * as in a create, all other properties as they are, e.g. `status: Paused`.
 */
function seed(context: PlanContext): StoredResource[] {
  const source = sourceOf(context);
  const location = textAt(context.body, "location") ?? textAt(context.parent?.body, "location") ?? "eastus";
  const { replicationLinkId: _link, sku: _sku, ...shown } = context.body;
  const { createMode: _mode, sourceDatabaseId: _source, ...properties } = objectAt(shown, "properties");
  const database = made(context, source, performanceOf(skuOf(context.body, source)), location);
  const body = overlay(database.body, { ...shown, location: textAt(database.body, "location") ?? "", properties });
  return [{ ...database, body }, ...takenOver(context, source)];
}
