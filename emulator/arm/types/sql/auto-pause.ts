import { type JsonObject, objectAt, textAt } from "../../json.ts";
import type { Timer } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { withProperties } from "./database-body.ts";
import { sqlTime } from "./operation.ts";

/**
 * Serverless databases pause themselves after `autoPauseDelay` minutes without use and come back when they are used,
 * also by a look at their TDE (docs: Serverless compute tier, auto-resume; "about one minute"). No event tells of either.
 * Databases with a geo-secondary do not pause; here the secondary is what counts.
 */
export function pauseTimer(database: StoredResource): Timer | undefined {
  const { hidden = {} } = database;
  const { autoPauseDelay, status } = properties(database);
  if (!isServerless(database) || hidden.busy || hidden.secondary) return undefined;
  const since = textAt(hidden, "lastUse") ?? textAt(properties(database), "creationDate");
  if (!since) return undefined;
  if (status === "Resuming") return { since, seconds: 60, scaled: true, change: (now) => resumed(database, now) };
  if (status !== "Online" || typeof autoPauseDelay !== "number" || autoPauseDelay <= 0) return undefined;
  return { since, seconds: autoPauseDelay * 60, scaled: false, change: (now) => paused(database, now) };
}

/** The database as a use leaves it: awake for another while, or resuming where it was paused, which `resumes` counts. */
export function used(database: StoredResource, now: string): StoredResource | undefined {
  if (!isServerless(database) || database.hidden?.busy) return undefined;
  const status = properties(database).status;
  if (status !== "Online" && status !== "Paused") return undefined;
  const inUse = { ...database, hidden: { ...database.hidden, lastUse: now } };
  return status === "Online" ? inUse : withProperties(counted(inUse), { status: "Resuming" });
}

/** The database awake, where an update has woken it. */
export function woken(database: StoredResource, now: string): StoredResource {
  const inUse = { ...database, hidden: { ...database.hidden, lastUse: now } };
  if (!isServerless(database)) return database;
  return properties(database).status === "Paused" ? resumed(counted(inUse), now) : inUse;
}

/** True for a database that bills only for what it uses. */
function isServerless({ body }: StoredResource): boolean {
  return /,serverless/.test(textAt(body, "kind") ?? "");
}

function paused(database: StoredResource, now: string): StoredResource {
  return withProperties(database, { status: "Paused", pausedDate: sqlTime(now), resumedDate: undefined });
}

function resumed(database: StoredResource, now: string): StoredResource {
  const awake = { ...database, hidden: { ...database.hidden, lastUse: now } };
  return withProperties(awake, { status: "Online", pausedDate: undefined, resumedDate: sqlTime(now) });
}

function counted(database: StoredResource): StoredResource {
  const before = database.hidden?.resumes;
  return { ...database, hidden: { ...database.hidden, resumes: (typeof before === "number" ? before : 0) + 1 } };
}

function properties({ body }: StoredResource): JsonObject {
  return objectAt(body, "properties");
}
