import { randomUUID } from "node:crypto";
import type { Cause } from "../events/cause.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import { parseResourceId, resourceName } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { Lease, PendingLook } from "../state/stores.ts";
import { conclude } from "./conclude.ts";
import { isOnlyCounted } from "./count.ts";
import { judge } from "./judge.ts";
import { reasonToIgnore } from "./recognise.ts";
import type { Run } from "./run.ts";
import type { Answer, Look, LookResult, World } from "./world.ts";

/** A holder judges so often while others come by; what is left then goes back to the queue. */
const mostRounds = 5;

/**
 * Brings one resource to its baselines: the one door of the engine, for events, sweeps, re-checks and the waker alike.
 *
 * The look names the resource and a cause; everything else is read. One worker a resource: who finds it taken says so to the holder, and is done.
 * Waiting is never a sleep: what must be looked at again is on the queue, or in the state tables, before this returns.
 * Throws `storage-unavailable` and `state-conflict`; the queue then delivers the message again.
 */
export async function reconcile(world: World, type: ResourceType, look: Look): Promise<Answer> {
  if (look.dryRun) return { kind: "settled", result: await judgeOnce(world, type, look, [look.cause], undefined) };
  const ignored = look.cause.via === "event" ? await ignoreEvent(world, type, look) : undefined;
  if (ignored) return ignored;

  const unit = type.unitOf
    ? await type.unitOf(look.id, AbortSignal.timeout(world.settings.requestTimeoutSeconds * 1000))
    : look.id;
  const lease = await world.leases.take(unit, randomUUID(), { resourceId: look.id.text, cause: look.cause });
  if (!lease) {
    world.log.info("taken by another worker, which looks again", {
      resource: resourceName(look.id),
      resourceId: look.id.text,
    });
    return { kind: "taken" };
  }
  return { kind: "settled", result: await holdAndJudge(world, type, look, lease) };
}

async function ignoreEvent(world: World, type: ResourceType, look: Look): Promise<Answer | undefined> {
  const { state } = await world.states.read(look.id);
  const reason =
    reasonToIgnore(look, state, await world.ownObjectId()) ??
    ((await isOnlyCounted(world, type, look)) ? "counted" : undefined);
  if (reason === undefined) return undefined;
  world.log.info("nothing to look at", {
    resource: resourceName(look.id),
    resourceId: look.id.text,
    reason,
    cause: look.cause,
  });
  return { kind: "ignored", reason };
}

async function holdAndJudge(world: World, type: ResourceType, look: Look, taken: Lease): Promise<LookResult> {
  let lease = taken;
  const result = await judgeHeld(world, type, look, [look.cause], lease);
  lease = result.lease;
  for (let round = 0; ; round += 1) {
    const release = await world.leases.release(lease);
    if (release.kind !== "dirty") return result.result;
    lease = release.lease;
    for (const [id, causes] of byResource(release.pending)) {
      const [cause] = causes;
      if (!cause) continue;
      if (round >= mostRounds) {
        await sendBack(world, id, causes);
        continue;
      }
      lease = (await judgeHeld(world, type, { id, cause, attempt: 0, dryRun: false }, causes, lease)).lease;
    }
  }
}

async function judgeHeld(world: World, type: ResourceType, look: Look, causes: Cause[], lease: Lease) {
  const run = await runOf(world, type, look, causes, lease);
  const result = await conclude(run, await judge(run));
  await tellOperations(world, look.id, causes, result);
  return { result, lease: run.lease ?? lease };
}

async function judgeOnce(
  world: World,
  type: ResourceType,
  look: Look,
  causes: Cause[],
  lease: undefined,
): Promise<LookResult> {
  const run = await runOf(world, type, look, causes, lease);
  const result = await conclude(run, await judge(run));
  await tellOperations(world, look.id, causes, result);
  return result;
}

async function runOf(
  world: World,
  type: ResourceType,
  look: Look,
  causes: Cause[],
  lease: Lease | undefined,
): Promise<Run> {
  return { world, look, type, causes, lease, state: await world.states.read(look.id), durations: {} };
}

async function tellOperations(
  world: World,
  id: ResourceId,
  causes: readonly Cause[],
  result: LookResult,
): Promise<void> {
  for (const { operationId } of causes) {
    if (operationId !== undefined) await world.tellOperation(operationId, id.text, result);
  }
}

function byResource(pending: readonly PendingLook[]): Map<ResourceId, Cause[]> {
  const looks = new Map<string, { id: ResourceId; causes: Cause[] }>();
  for (const { resourceId, cause } of pending) {
    const parsed = parseResourceId(resourceId);
    if (!parsed.ok) continue;
    const known = looks.get(parsed.id.key);
    if (known) known.causes.push(cause);
    else looks.set(parsed.id.key, { id: parsed.id, causes: [cause] });
  }
  return new Map([...looks.values()].map(({ id, causes }) => [id, causes]));
}

async function sendBack(world: World, id: ResourceId, causes: readonly Cause[]): Promise<void> {
  for (const cause of causes) {
    await world.changes.send(JSON.stringify({ version: 1, resourceId: id.text, cause, attempt: 0, dryRun: false }), 5);
  }
}
