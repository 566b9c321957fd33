import { messageOf } from "../errors.ts";
import type { Cause, ChangeMessage } from "../events/cause.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import { parseResourceId, resourceName } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { Burst, Lease, PendingLook } from "../state/stores.ts";
import { isTooSoon, joinBurst } from "./burst.ts";
import { conclude } from "./conclude.ts";
import { isOnlyCounted } from "./count.ts";
import { judge } from "./judge.ts";
import { admit, leaveSlot } from "./pace.ts";
import { isForeignUse, reasonToIgnore } from "./recognise.ts";
import type { Run } from "./run.ts";
import type { Answer, Look, LookResult, World } from "./world.ts";

/** A holder judges so often while others come by; what is left then goes back to the queue. */
const mostRounds = 5;

/**
 * Brings one resource to its baselines: the one door of the engine, for events, sweeps, re-checks and the waker alike.
 *
 * The look names the resource and a cause; everything else is read. One worker a resource: who finds it taken says so to the holder, and is done.
 * Events that come right after a read wait for one look together. Waiting is never a sleep: what must be looked at again is on the queue, or in the state tables, before this returns.
 * Throws `storage-unavailable` and `state-conflict`; the queue then delivers the message again.
 */
export async function reconcile(world: World, type: ResourceType, look: Look): Promise<Answer> {
  if (look.dryRun) {
    const result = await judgeAndTell(await runOf(world, type, look, [look.cause], undefined));
    return { kind: "settled", result };
  }
  const unlooked = await ignoreOrPutOff(world, type, look);
  if (unlooked) return unlooked;
  const admission = await admit(world, type, look);
  if (admission.kind === "put-off") return admission;
  const { slot } = admission;

  const leases = await takeUnits(world, await unitsOf(world, type, look), look);
  if (!leases) {
    leaveSlot(world, type, look, slot);
    world.log.info("taken by another worker, which looks again", {
      resource: resourceName(look.id),
      resourceId: look.id.text,
    });
    return { kind: "taken" };
  }
  const hold: Hold = { leases, unjudged: [] };
  try {
    hold.leases = await takeLeftUnit(world, leases, look);
    return await holdAndJudge(world, type, { ...look, slot }, hold);
  } catch (thrown) {
    await sendAllBack(world, hold.unjudged);
    for (const lease of hold.leases) await abandon(world, lease);
    throw thrown;
  }
}

/** What a resource belongs to does not change while it lives: what is remembered spares a read. */
async function unitsOf(world: World, type: ResourceType, look: Look): Promise<ResourceId[]> {
  if (!type.unitsOf) return [look.id];
  const { state } = await world.states.read(look.id);
  const remembered = (state.units ?? []).map(parseResourceId).flatMap((parsed) => (parsed.ok ? [parsed.id] : []));
  if (remembered.length > 0) return remembered;
  return await type.unitsOf(look.id, AbortSignal.timeout(world.settings.requestTimeoutSeconds * 1000));
}

/** All units or none: who waited for a second one while holding a first could wait for ever. */
async function takeUnits(world: World, units: readonly ResourceId[], look: Look): Promise<Lease[] | undefined> {
  const owner = world.uuid();
  const leases: Lease[] = [];
  for (const unit of units) {
    const lease = await world.leases.take(unit, owner, { resourceId: look.id.text, cause: look.cause });
    if (!lease) {
      for (const taken of leases) await giveBack(world, taken);
      return undefined;
    }
    leases.push(lease);
  }
  return leases;
}

/**
 * What a dead holder left taken is nobody's any more where the resource belongs to other units now, or where the holder could not tell which:
 * it is taken over once and given back, and the knowledge that somebody left off halfway goes to the leases that are held.
 */
async function takeLeftUnit(world: World, leases: Lease[], look: Look): Promise<Lease[]> {
  const { leftIn } = look;
  if (!leftIn || leases.some(({ unit }) => unit.key === leftIn.key)) return leases;
  const left = await world.leases.take(leftIn, world.uuid(), { resourceId: look.id.text, cause: look.cause });
  if (!left) return leases;
  await giveBack(world, left);
  return left.takenOver ? leases.map((lease) => ({ ...lease, takenOver: true })) : leases;
}

/** The leases as last renewed, so that they can be given back whatever happens. */
interface Hold {
  leases: Lease[];
  /** Looks that were handed over, and are not judged yet: their messages are gone. */
  unjudged: Pending[];
}

/** One resource that is to be looked at, with all the causes that came in. */
interface Pending {
  id: ResourceId;
  causes: Cause[];
}

/** What is remembered of a resource tells of many events that nothing has to be looked at, or not yet. */
async function ignoreOrPutOff(world: World, type: ResourceType, look: Look): Promise<Answer | undefined> {
  const isEvent = look.cause.via === "event";
  if (!isEvent && look.cause.via !== "follow-up") return undefined;
  const { state } = await world.states.read(look.id);
  const ownObjectId = await world.ownObjectId();
  const known = reasonToIgnore(look.cause, state, ownObjectId);
  // A repeated delivery apart, an operation is counted also where there is nothing to look at.
  const isCounted = isEvent && known !== "duplicate" && (await isOnlyCounted(world, type, look));
  const isTold = isForeignUse(look.cause, state, ownObjectId);
  const reason = known ?? (isCounted && !isTold ? "counted" : undefined);
  if (reason === undefined && isTooSoon(look.cause, state, { world, ownObjectId })) {
    await joinBurst(world, look.id, [look.cause]);
    return { kind: "waiting" };
  }
  if (reason === undefined) return undefined;
  world.log.info("nothing to look at", {
    resource: resourceName(look.id),
    resourceId: look.id.text,
    reason,
    cause: look.cause,
  });
  return { kind: "ignored", reason };
}

async function holdAndJudge(world: World, type: ResourceType, look: Look, hold: Hold): Promise<Answer> {
  const answer = await judgeHeld(world, type, look, [look.cause], hold);
  for (let round = 0; ; round += 1) {
    const [lease, ...others] = hold.leases;
    // Of several units none is kept for looks that came in: they come again by the queue, and take what they need.
    if (!lease || others.length > 0) {
      for (const each of hold.leases) await giveBack(world, each);
      return answer;
    }
    const release = await world.leases.release(lease);
    if (release.kind !== "dirty") return answer;
    hold.leases = [release.lease];
    hold.unjudged = byResource(release.pending);
    for (let next = hold.unjudged[0]; next; next = hold.unjudged[0]) {
      await judgePending(world, type, next, { round, look, hold });
      hold.unjudged = hold.unjudged.slice(1);
    }
  }
}

/** Looks at other resources of the unit, which may need more than is held, and what comes after many rounds go back to the queue. */
async function judgePending(
  world: World,
  type: ResourceType,
  pending: Pending,
  { round, look, hold }: { round: number; look: Look; hold: Hold },
): Promise<void> {
  const { id, causes } = pending;
  const [cause] = causes;
  if (!cause) return;
  if (round >= mostRounds || id.key !== look.id.key) return await sendOn(world, [pending]);
  await judgeHeld(world, type, { id, cause, attempt: 0, dryRun: false }, causes, hold);
}

async function judgeHeld(world: World, type: ResourceType, look: Look, causes: Cause[], hold: Hold): Promise<Answer> {
  const run = await runOf(world, type, look, causes, hold.leases);
  const burst = causes.some(({ via }) => via === "burst") ? await world.bursts.take(look.id) : undefined;
  const sifted = await sift(run, burst);
  if (sifted.kind !== "judge") {
    leaveSlot(world, type, look, run.slot);
    return sifted;
  }
  const [cause = look.cause] = sifted.causes;
  Object.assign(run, { causes: sifted.causes, look: { ...look, cause } });
  try {
    const result = await judgeAndTell(run);
    if (burst) await world.bursts.remove(look.id, burst);
    return { kind: "settled", result };
  } finally {
    hold.leases = run.leases ?? hold.leases;
    leaveSlot(world, type, look, run.slot);
  }
}

/** What still has to be looked at, now that nobody else changes what is remembered. After a holder that died everything is. */
async function sift(
  { world, look, state: { state }, causes, leases = [] }: Run,
  burst: Burst | undefined,
): Promise<Answer | { kind: "judge"; causes: Cause[] }> {
  const all = [...(burst?.causes ?? []), ...causes.filter(({ via }) => via !== "burst")];
  if (leases.some(({ takenOver }) => takenOver)) return { kind: "judge", causes: all.length > 0 ? all : causes };
  const ownObjectId = await world.ownObjectId();
  const left = burst ? all : all.filter((cause) => reasonToIgnore(cause, state, ownObjectId) === undefined);
  if (left.length === 0) return { kind: "ignored", reason: "answered" };
  if (burst || !left.every((cause) => isTooSoon(cause, state, { world, ownObjectId }))) {
    return { kind: "judge", causes: left };
  }
  await joinBurst(world, look.id, left);
  return { kind: "waiting" };
}

async function judgeAndTell(run: Run): Promise<LookResult> {
  const result = await conclude(run, await judge(run));
  for (const { operationId } of run.causes) {
    if (operationId !== undefined) await run.world.tellOperation(operationId, run.look.id.text, result);
  }
  return result;
}

/** After a failure the message comes again by itself; who takes the unit then asks the journal how far this one came. */
async function abandon(world: World, lease: Lease): Promise<void> {
  try {
    await world.leases.abandon(lease);
  } catch (thrown) {
    world.log.warn("lease not given back: the waker takes it up when it has expired", { error: messageOf(thrown) });
  }
}

/** Looks that came in meanwhile are sent back, since their messages are gone. */
async function giveBack(world: World, lease: Lease): Promise<void> {
  try {
    const release = await world.leases.release(lease);
    if (release.kind !== "dirty") return;
    await sendOn(world, byResource(release.pending));
    await giveBack(world, release.lease);
  } catch (thrown) {
    world.log.warn("lease not given back: the waker takes it up when it has expired", { error: messageOf(thrown) });
  }
}

async function runOf(
  world: World,
  type: ResourceType,
  look: Look,
  causes: Cause[],
  leases: Lease[] | undefined,
): Promise<Run> {
  const units = (leases ?? []).map(({ unit }) => unit.text);
  const state = await world.states.read(look.id);
  const policy = await world.policies.current(look.id.subscriptionId);
  const intents = state.state.remediation?.intents ?? [];
  const isTakenOver = leases?.some(({ takenOver }) => takenOver) === true;
  const left = isTakenOver ? intents : [];
  const uncertain = new Set(left.map(({ intentId }) => intentId));
  const mayBeBusy = isTakenOver || intents.length > 0;
  const empty = { policies: [], undone: [], lookBackSeconds: [], durations: {}, unjournaled: [], sendAt: undefined };
  const { slot } = look;
  return { world, look, type, causes, leases, units, state, policy, uncertain, mayBeBusy, slot, ...empty };
}

function byResource(pending: readonly PendingLook[]): Pending[] {
  const looks = new Map<string, Pending>();
  for (const { resourceId, cause } of pending) {
    const parsed = parseResourceId(resourceId);
    if (!parsed.ok) continue;
    const known = looks.get(parsed.id.key);
    if (known) known.causes.push(cause);
    else looks.set(parsed.id.key, { id: parsed.id, causes: [cause] });
  }
  return [...looks.values()];
}

/** Looks that somebody else has to make. Several events about one resource need one only. */
async function sendOn(world: World, pending: readonly Pending[]): Promise<void> {
  for (const { id, causes } of pending) {
    const events = causes.filter(({ via }) => via === "event");
    const isBurst = events.length > 1;
    if (isBurst) await joinBurst(world, id, events);
    await sendAllBack(world, [{ id, causes: isBurst ? causes.filter(({ via }) => via !== "event") : causes }]);
  }
}

async function sendAllBack(world: World, pending: readonly Pending[]): Promise<void> {
  for (const { id, causes } of pending) {
    for (const cause of causes) {
      const message: ChangeMessage = { version: 1, resourceId: id.text, cause, attempt: 0, dryRun: false };
      await world.changes.send(JSON.stringify(message), 5);
    }
  }
}
