import * as z from "zod";
import { CodedError, isPassing, messageOf } from "../errors.ts";
import type { Cause, ChangeMessage } from "../events/cause.ts";
import type { Outbox } from "../events/queue.ts";
import type { JsonObject } from "../json.ts";
import type { Log } from "../log.ts";
import type { Outcome } from "../outcomes.ts";
import type { Policies, Policy } from "../policy/resource-policy.ts";
import { type ConfiguredScope, type CurrentScopes, isManagementGroup, type Place, placeOf } from "../policy/scopes.ts";
import type { Settings } from "../policy/settings.ts";
import { parseResourceId, type ResourceId } from "../resources/resource-id.ts";
import type { Control, ResourceStates } from "../state/stores.ts";
import { type Connections, lookAtConnections, seenConnections } from "./connections.ts";
import type { Operations } from "./operations.ts";
import type { ResourceGraph } from "./resource-graph.ts";

/** A message of the queue `sweeps`: look through this page of one scope and type. */
export const sweepPageSchema = z.object({
  version: z.literal(1),
  sweepId: z.string().max(64),
  type: z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,99}(\/[A-Za-z0-9]{1,60}){1,4}$/),
  scope: z.union([
    z.object({
      subscriptionId: z.guid(),
      resourceGroup: z
        .string()
        .regex(/^[\p{L}\p{N}_().-]{1,90}$/u)
        .optional(),
    }),
    z.object({ managementGroup: z.string().regex(/^[\w().-]{1,90}$/) }),
  ]),
  skipToken: z.string().max(16_384).optional(),
  /** Set for a re-check: then every resource is looked at, not only those whose row shows a violation. */
  operationId: z.string().max(64).optional(),
  /** Who asked for the re-check. */
  askedBy: z.string().max(128).optional(),
  dryRun: z.boolean(),
  attempt: z.number().int().min(0).max(100),
  /** How often it was put off since the storage did not answer. */
  putOff: z.number().int().min(0).max(100).optional(),
});

/** See {@link sweepPageSchema}. */
export type SweepPage = z.infer<typeof sweepPageSchema>;

/** What a sweep works with. */
export interface SweepWorld {
  now(): Date;
  uuid(): string;
  settings: Settings;
  /** What the configured scopes come to now. */
  scopes(): Promise<CurrentScopes>;
  policies: Policies;
  /** Types that have baselines and can be read. */
  types: readonly string[];
  graph: ResourceGraph;
  connections: Connections;
  control: Control;
  states: Pick<ResourceStates, "read">;
  operations: Operations;
  changes: Outbox;
  sweeps: Outbox;
  log: Log;
}

/** A sweep that says nothing for so long has died, and may be started again: sooner than the next one is due by default. */
const silentMinutes = 30;
const dayMilliseconds = 24 * 3_600_000;
/** Nothing is left to do. */
const fineOutcomes: ReadonlySet<Outcome> = new Set(["compliant", "remediated", "exempt", "unsupported"]);
const mostAttempts = 20;
const secondsBetweenAttempts = 30;
/** With a delay that doubles up to a quarter of an hour about five hours: what fails for longer is kept as poison, and told of. */
const mostPutOffs = 24;
const longestPutOffSeconds = 900;

/**
 * Starts a sweep over all configured scopes: one message a scope and type. One that still runs is not started again. Subscriptions whose
 * events do not come here are told of: in them the sweep alone finds what changed.
 */
export async function startSweep(world: SweepWorld): Promise<{ started: number; running: number }> {
  let started = 0;
  let running = 0;
  for (const scope of world.settings.scopes) {
    for (const type of world.types) {
      const sweepId = world.uuid();
      if (!(await world.control.beginSweep(sweepName(scope, type), sweepId, silentMinutes))) {
        running += 1;
        continue;
      }
      const page: SweepPage = { version: 1, sweepId, type, scope: bare(scope), dryRun: false, attempt: 0 };
      await sendFirst(world, page, sweepName(scope, type));
      started += 1;
    }
  }
  const { scopes, unsure } = await world.scopes();
  const found = await lookAtConnections(world.connections, scopes);
  const { notConnected, unknown } = found;
  world.log.info("sweep started", { started, stillRunning: running, notConnected: notConnected.length });
  if (notConnected.length > 0) world.log.warn("subscriptions not connected", { subscriptions: notConnected });
  if (unsure.length > 0)
    world.log.warn("subscriptions of management groups can't be read", { managementGroups: unsure });
  if (unknown.length > 0) world.log.warn("connections can't be read", { subscriptions: unknown });
  await world.control.keepConnections(JSON.stringify(seenConnections(found, world.now())));
  return { started, running };
}

/** Without its first page a sweep never ends: the next one must not wait for it. */
async function sendFirst(world: SweepWorld, page: SweepPage, name: string): Promise<void> {
  try {
    await world.sweeps.send(JSON.stringify(page), 0);
  } catch (thrown) {
    await world.control.endSweep(name, page.sweepId);
    throw thrown;
  }
}

/** A re-check of every resource in some scopes. */
export interface Recheck {
  operationId: string;
  /** The scope as it was asked for. */
  asked: string;
  scopes: readonly ConfiguredScope[];
  dryRun: boolean;
  askedBy: string;
}

/** Starts a re-check and the operation that tells of it. */
export async function startRecheck(world: SweepWorld, recheck: Recheck): Promise<void> {
  const { operationId, asked, scopes, dryRun, askedBy } = recheck;
  const listings = scopes.flatMap((scope) => world.types.map((type) => ({ scope, type })));
  const names = listings.map(({ scope, type }) => sweepName(scope, type));
  await world.operations.begin({ operationId, scope: asked, dryRun, listings: names });
  for (const { scope, type } of listings) {
    const about = { type, scope: bare(scope), operationId, askedBy, dryRun };
    const page: SweepPage = { version: 1, sweepId: operationId, ...about, attempt: 0 };
    await world.sweeps.send(JSON.stringify(page), 0);
  }
}

/**
 * Handles one page and sends the next. A row that shows a violation, or lacks a property, is put on the queue; compliant rows cost nothing.
 * Resource Graph lags, so nothing is decided here: the engine reads the resource itself. Where the storage does not answer, the page comes
 * again: what it had enqueued by then is enqueued once more, which costs a look each.
 */
export async function handleSweepPage(world: SweepWorld, page: SweepPage): Promise<void> {
  try {
    await lookThrough(world, page);
  } catch (thrown) {
    const putOff = page.putOff ?? 0;
    if (!isPassing(thrown) || putOff >= mostPutOffs) throw thrown;
    const reason = thrown.message;
    world.log.warn("sweep page put off", { sweep: sweepName(scopeOf(page), page.type), reason, putOff });
    const seconds = Math.min(longestPutOffSeconds, secondsBetweenAttempts * 2 ** putOff);
    await world.sweeps.send(JSON.stringify({ ...page, putOff: putOff + 1 }), seconds);
  }
}

async function lookThrough(world: SweepWorld, page: SweepPage): Promise<void> {
  const scope = scopeOf(page);
  const name = sweepName(scope, page.type);
  if (page.operationId === undefined && !(await world.control.continueSweep(name, page.sweepId))) {
    world.log.info("sweep page left: another sweep took over", { sweep: name });
    return;
  }
  const found = await pageOrLater(world, page, scope);
  if (!found) return;

  let enqueued = 0;
  const current = await world.scopes();
  const policyOf = rememberedPolicies(world.policies);
  for (const { id, body } of found.resources) {
    const parsed = parseResourceId(id);
    if (!parsed.ok || isLeft(placeOf(parsed.id, current), page)) continue;
    const policy = await policyOf(parsed.id.subscriptionId);
    if (page.operationId === undefined && !(await needsLook(world, parsed.id, body, policy))) continue;
    await enqueue(world, parsed.id, page);
    enqueued += 1;
  }
  world.log.info("sweep page", {
    sweep: name,
    rows: found.resources.length,
    enqueued,
    last: found.skipToken === undefined,
    ...(page.operationId === undefined ? {} : { operationId: page.operationId }),
  });
  if (found.skipToken !== undefined) {
    const { putOff: _putOff, ...next } = page;
    await world.sweeps.send(JSON.stringify({ ...next, skipToken: found.skipToken, attempt: 0 }), 0);
    return;
  }
  if (page.operationId === undefined) await world.control.endSweep(name, page.sweepId);
  else await world.operations.listed(page.operationId, name);
}

/** Where it can't be told, the look finds out for who asked for it; a sweep comes again, and would only pile up what waits. */
function isLeft(place: Place, { operationId }: SweepPage): boolean {
  return place === "outside" || (place === "unknown" && operationId === undefined);
}

/** The rows of a management group's page are of many subscriptions: of each the policy is asked for once. */
function rememberedPolicies(policies: Policies): (subscriptionId: string) => Promise<Policy> {
  const remembered = new Map<string, Promise<Policy>>();
  return (subscriptionId) => {
    const key = subscriptionId.toLowerCase();
    const policy = remembered.get(key) ?? policies.current(key);
    remembered.set(key, policy);
    return policy;
  };
}

/** Tells the operation that a listing ends here, with resources that were not found. Taken up again later, it goes on all the same. */
export async function giveUpPage({ operations }: SweepWorld, page: SweepPage): Promise<void> {
  if (page.operationId !== undefined) await operations.givenUp(page.operationId, sweepName(scopeOf(page), page.type));
}

/**
 * Whether a row of Resource Graph shows a finding, or can't show whether there is one. A property that is missing counts as one: it is
 * unknown. A row that shows none, but not all that its baselines see, is looked at once a day: what was seen then is remembered.
 */
async function needsLook(world: SweepWorld, id: ResourceId, body: JsonObject, policy: Policy): Promise<boolean> {
  const subject = { id: id.text, type: id.type, tags: body.tags };
  const baselines = policy.of(subject, world.now()).map(({ baseline }) => baseline);
  const resource = { id: id.text, body, parts: {} };
  const supported = baselines.filter((baseline) => baseline.unsupported?.(resource) === undefined);
  if (supported.some((baseline) => baseline.check(resource).length > 0)) return true;
  const showsAll = baselines.every((baseline) => baseline.parts.length === 0 && supported.includes(baseline));
  return !showsAll && !(await wasFineWithinADay(world, id));
}

async function wasFineWithinADay({ states, now, log }: SweepWorld, id: ResourceId): Promise<boolean> {
  const remembered = await states.read(id).catch((thrown: unknown) => {
    log.warn("nothing remembered can be read: it is looked at", { resourceId: id.text, error: messageOf(thrown) });
  });
  if (!remembered) return false;
  const { state } = remembered;
  const isRecent = state.readAt !== undefined && now().getTime() - Date.parse(state.readAt) < dayMilliseconds;
  const ends = Object.values(state.outcomes).map(({ outcome }) => outcome);
  const isWaiting = state.remediation !== undefined || Object.keys(state.lookBacks).length > 0;
  return isRecent && !isWaiting && ends.every((outcome) => fineOutcomes.has(outcome));
}

async function pageOrLater(world: SweepWorld, page: SweepPage, scope: ConfiguredScope) {
  try {
    return await world.graph.page(page.type, scope, page.skipToken);
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || page.attempt >= mostAttempts) throw thrown;
    world.log.warn("sweep page put off", {
      sweep: sweepName(scope, page.type),
      reason: thrown.message,
      attempt: page.attempt,
    });
    await world.sweeps.send(JSON.stringify({ ...page, attempt: page.attempt + 1 }), secondsBetweenAttempts);
    return undefined;
  }
}

async function enqueue(world: SweepWorld, id: ResourceId, page: SweepPage): Promise<void> {
  const cause: Cause =
    page.operationId === undefined
      ? { via: "sweep" }
      : {
          via: "recheck",
          operationId: page.operationId,
          ...(page.askedBy === undefined ? {} : { askedBy: page.askedBy }),
        };
  if (page.operationId !== undefined) await world.operations.found(page.operationId, id);
  const message: ChangeMessage = { version: 1, resourceId: id.text, cause, attempt: 0, dryRun: page.dryRun };
  await world.changes.send(JSON.stringify(message), 0);
}

function scopeOf({ scope }: SweepPage): ConfiguredScope {
  if ("managementGroup" in scope) return scope;
  const { subscriptionId, resourceGroup } = scope;
  return resourceGroup === undefined ? { subscriptionId } : { subscriptionId, resourceGroup };
}

function bare(scope: ConfiguredScope): SweepPage["scope"] {
  return { ...scope };
}

/** A table key: no slashes. */
function sweepName(scope: ConfiguredScope, type: string): string {
  const [top, below] = isManagementGroup(scope)
    ? ["managementgroup", scope.managementGroup.toLowerCase()]
    : [scope.subscriptionId, scope.resourceGroup ?? "*"];
  return [top, below, type.toLowerCase().replaceAll("/", ".")].join("|");
}
