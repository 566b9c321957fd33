import type { ChangeMessage } from "../events/cause.ts";
import { laneOf, turnsOf } from "../resources/request-limits.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { OpenIntent } from "../state/resource-state.ts";
import type { Claim, Turn } from "../state/stores.ts";
import type { Run } from "./run.ts";
import type { Look, World } from "./world.ts";

/** A look whose write would come so soon is not worth a message: it reads meanwhile, and waits for what is left. */
const shortWaitMilliseconds = 300;
/** What was read is not thrown away for less: it is no use when the message comes back. */
const patienceSeconds = 2;
/** A message is hidden for whole seconds. */
const earlyMilliseconds = 300;

/** What a look that may wait has to do: go on, with the slot that it has for its write; or be done, its message sent on. */
export type Admission = { kind: "go-on"; slot: string | undefined } | { kind: "put-off"; until: Date };

/**
 * Puts a look off before it reads, where its write would only wait behind others, or where the limit of reads is used up: so it costs Azure
 * nothing, and looks at other subscriptions go on. Looks that put something back, and those that a person waits for, are not put off. Being
 * put off does not count as an attempt. Asks no store where nothing is in the way.
 */
export async function admit(world: World, { limits }: ResourceType, look: Look): Promise<Admission> {
  if (!limits || look.mayWait !== true) return { kind: "go-on", slot: look.slot };
  const { subscriptionId } = look.id;
  const isPatient = look.cause.via === "sweep" || look.cause.via === "recheck";
  // Who took its turn goes by the whole limit, or much that happens could keep a sweep from its end for ever.
  const reads = laneOf(limits, subscriptionId, isPatient && !look.waited ? "patient-reads" : "reads");
  const writes = laneOf(limits, subscriptionId, "writes");
  const readsAt = world.pace.earliest(reads);
  // Asked for afterwards: what is free now must not seem to lie ahead because a millisecond has passed.
  const now = world.now().getTime();
  if (readsAt.getTime() > now && !(await putsBack(world, look))) {
    const turns = turnsOf(limits, subscriptionId, isPatient ? "patient-reads" : "reads");
    world.pace.holdBack(turns, readsAt);
    return await sendOn(world, { ...look, slot: undefined, waited: true }, await world.pace.book(turns));
  }

  const isHeldBack = world.pace.heldBackUntil(writes).getTime() > now;
  const claim: Claim = isHeldBack ? { kind: "none" } : world.pace.claim(writes, dateOf(look.slot));
  if (claim.kind === "slot") return { kind: "go-on", slot: claim.slot.toISOString() };
  const isFree = world.pace.earliest(writes).getTime() <= now + shortWaitMilliseconds;
  if (claim.kind === "none" && isFree) return { kind: "go-on", slot: undefined };
  if (!(await mayWrite(world, look)) || (await putsBack(world, look))) return { kind: "go-on", slot: undefined };
  if (claim.kind === "wait") return await sendOn(world, look, new Date(now + 1000));
  const booked = await world.pace.book(writes);
  if (booked.getTime() <= now + shortWaitMilliseconds) return { kind: "go-on", slot: booked.toISOString() };
  world.pace.leave(writes, booked);
  return await sendOn(world, { ...look, slot: booked.toISOString() }, booked);
}

/** A slot that a look did not need is there for others. */
export function leaveSlot({ pace }: World, { limits }: ResourceType, look: Look, slot: string | undefined): void {
  if (slot === undefined || !limits) return;
  pace.leave(laneOf(limits, look.id.subscriptionId, "writes"), new Date(slot));
}

/** When a write is to be sent; nothing where no limits are known. The slot of a look is for its first write. */
export function turnOf(
  { look, type, slot }: Run,
  target: ResourceId,
  purpose: OpenIntent["purpose"],
): Turn | undefined {
  if (!type.limits) return undefined;
  return {
    lane: laneOf(type.limits, target.subscriptionId, "writes"),
    goesFirst: purpose !== "fix",
    patienceSeconds,
    ...(slot === undefined || target.subscriptionId !== look.id.subscriptionId ? {} : { slot: new Date(slot) }),
  };
}

/** How long a message is to be hidden so that it comes when its slot does. */
export function secondsUntil(slot: Date, now: Date): number {
  return Math.max(0, Math.ceil((slot.getTime() - now.getTime() - earlyMilliseconds) / 1000));
}

function dateOf(slot: string | undefined): Date | undefined {
  return slot === undefined ? undefined : new Date(slot);
}

/** Where nothing may be written, nothing waits for a write. A rule that goes by tags is not known before the read: its looks take their turn later. */
async function mayWrite({ policies, now }: World, { id }: Look): Promise<boolean> {
  const policy = await policies.current(id.subscriptionId);
  return policy.of({ id: id.text, type: id.type, tags: undefined }, now()).some(({ mode }) => mode !== "audit");
}

/** Whether a look puts back what broke something, or what a person wants back. */
async function putsBack(world: World, look: Look): Promise<boolean> {
  const { undoing, lookBacks } = (await world.states.read(look.id)).state;
  const now = world.now().getTime();
  return undoing !== undefined || Object.values(lookBacks).some(({ dueAt }) => dueAt && Date.parse(dueAt) <= now);
}

async function sendOn(world: World, look: Look, until: Date): Promise<Admission> {
  const { cause, attempt, dryRun, slot, waited } = look;
  const message: ChangeMessage = {
    version: 1,
    resourceId: look.id.text,
    cause,
    attempt,
    dryRun,
    ...(slot === undefined ? {} : { slot }),
    ...(waited ? { waited } : {}),
  };
  const seconds = secondsUntil(until, world.now());
  await world.changes.send(JSON.stringify(message), Math.max(1, seconds));
  world.log.info("put off: Azure's limits are used up until then", { resourceId: look.id.text, until, cause });
  return { kind: "put-off", until };
}
