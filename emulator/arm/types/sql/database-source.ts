import { randomUUID } from "node:crypto";
import { type JsonObject, objectAt, textAt } from "../../json.ts";
import { parentId } from "../../resource-id.ts";
import type { PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { databaseType } from "./database-body.ts";
import { encryptionOf, encryptionWith } from "./encryption-state.ts";
import { sqlError } from "./errors.ts";
import { sqlTime } from "./operation.ts";

/** What a database is made from. */
export interface Source {
  database?: StoredResource;
  /** True for one that goes on replicating from it. */
  replicates: boolean;
  /** As Azure names the operation; those of restores are [inferred]. */
  operation: string;
}

const sourceless: Source = { replicates: false, operation: "CreateLogicalDatabase" };

/** Create modes that begin with another database's content; the two that need not name one take a backup. */
const modes: Readonly<Record<string, Pick<Source, "replicates" | "operation"> & { needsSource: boolean }>> = {
  Copy: { replicates: false, operation: "CreateDatabaseAsCopy", needsSource: true },
  Secondary: { replicates: true, operation: "CreateDatabaseAsCopy", needsSource: true },
  OnlineSecondary: { replicates: true, operation: "CreateDatabaseAsCopy", needsSource: true },
  PointInTimeRestore: { replicates: false, operation: "RestoreLogicalDatabase", needsSource: true },
  Restore: { replicates: false, operation: "RestoreLogicalDatabase", needsSource: false },
  Recovery: { replicates: false, operation: "RestoreLogicalDatabase", needsSource: false },
  RestoreLongTermRetentionBackup: { replicates: false, operation: "RestoreLogicalDatabase", needsSource: false },
};

/** What `createMode` and `sourceDatabaseId` ask for. Throws where Azure would refuse them. */
export function sourceOf({ id, body: sent, store }: PlanContext): Source {
  const properties = objectAt(sent, "properties");
  const mode = textAt(properties, "createMode") ?? "Default";
  if (mode === "Default") return sourceless;
  const known = modes[mode];
  if (!known) throw sqlError("InvalidDatabaseCreateMode");
  const { replicates, operation, needsSource } = known;
  const sourceId = sourceIdOf(properties);
  if (!sourceId && needsSource) throw sqlError("MissingSourceDatabaseId");
  const database = store.get(sourceId ?? "");
  if (needsSource && database?.type !== databaseType) throw sqlError("SourceDatabaseNotFound");
  const named = textAt(properties, "secondaryType") === "Named";
  if (replicates && !named && database && parentId(database.id).toLowerCase() === parentId(id).toLowerCase()) {
    throw sqlError("ReplicationSourceAndTargetMustBeInDifferentServers");
  }
  return { replicates, operation, ...(database && { database }) };
}

/** A database that can be recovered is named like the database itself, but for one segment. */
function sourceIdOf(properties: JsonObject): string | undefined {
  const recoverable = textAt(properties, "recoverableDatabaseId");
  return textAt(properties, "sourceDatabaseId") ?? recoverable?.replace(/\/recoverableDatabases\//i, "/databases/");
}

/** The link to the primary, for a database that replicates from one. */
export function secondaryOf(source: Source, now: string, linkId: string = randomUUID()): JsonObject {
  if (!source.replicates || !source.database) return {};
  return { secondary: { source: source.database.id, linkId, startTime: sqlTime(now) } };
}

/** A copy and a restore take over the source's encryption with its pages; a secondary's is looked up at its primary. */
export function takenOver(context: PlanContext, source: Source): StoredResource[] {
  if (!source.database || source.replicates) return [];
  return [encryptionWith(context.id, encryptionOf(context.store, source.database))];
}
