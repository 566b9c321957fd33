import { CodedError } from "../errors.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { OpenIntent } from "../state/resource-state.ts";
import type { Lease, WriteCaps } from "../state/stores.ts";
import { markBusy, otherAtWork, sharedUnits } from "./busy.ts";
import { secondsUntil, turnOf } from "./pace.ts";
import { type Run, timed } from "./run.ts";

/** Why nothing may be written now, and when to look again; 0 leaves the time to the growing delay. */
export interface ClosedGate {
  result: Pick<BaselineResult, "outcome" | "reason" | "advice">;
  lookAgainSeconds: number;
  /** The slot that was booked for the write, ISO 8601; it comes with the next look. */
  slot?: string;
}

/** Recorded: what keeps a unit busy takes half a minute to two minutes. */
const secondsUntilFree = 30;

/**
 * Passes what has to hold before each write: the summary was logged, the lease is still ours, the policy is the one that decided, writes are
 * not stopped, no other resource of a unit is being changed, the cap has room, and Azure's limits have. Says in the run when the write is to
 * be sent. Summary and cap are those of the resource that is written. What puts something back counts against the cap, and is never held
 * back by it, nor by others' slots. The stop switch does not stop an undo: it is how a person takes back what was written. It stops a revert,
 * which is the service's own. Gives what the baselines become where the gate stays closed. Throws
 * `state-conflict` where the lease is lost.
 */
export async function gateBefore(
  run: Run,
  purpose: OpenIntent["purpose"],
  target: ResourceId,
): Promise<ClosedGate | undefined> {
  const { world } = run;
  const { leases } = run;
  if (!leases) throw new TypeError("A dry run does not write.");
  const unsummarised = await timed(run, "summary", () => world.summariseBeforeFirstWrite(target));
  if (unsummarised !== undefined) {
    const reason = `No write before the summary of what would be done: ${unsummarised}`;
    return { result: { outcome: "retrying", reason }, lookAgainSeconds: 0 };
  }
  // After the summary, which may take long: what is left of the lease must be more than a request may take.
  run.leases = await timed(run, "state", () => Promise.all(leases.map((lease) => renewed(run, lease))));
  if (purpose === "fix" && (await isOutOfDate(run))) {
    const reason = "The policy changed since this was decided: it is judged again.";
    return { result: { outcome: "retrying", reason }, lookAgainSeconds: 0 };
  }
  const isStoppable = purpose !== "undo";
  if (isStoppable && (world.settings.writesStopped || (await world.control.writesStopped()))) {
    const advice = "Take the stop switch back, or the setting WRITES_STOPPED.";
    return {
      result: { outcome: "capped", reason: "Writes are stopped.", advice },
      lookAgainSeconds: 0,
    };
  }
  const units = await timed(run, "state", () => sharedUnits(run));
  const other = otherAtWork(run, units);
  if (other !== undefined) {
    const reason = `Another resource of the same unit is being changed: ${other}.`;
    return { result: { outcome: "retrying", reason }, lookAgainSeconds: secondsUntilFree };
  }
  const turn = turnOf(run, target, purpose);
  const reservation = await timed(run, "budget", () =>
    world.budget.reserve(target.subscriptionId, capsFor(purpose, run), turn),
  );
  if (reservation.kind === "capped") return cappedBy(reservation.cap, run);
  if (reservation.kind === "booked") return bookedFor(reservation.slot, run);
  run.slot = undefined;
  run.sendAt = reservation.at;
  await timed(run, "state", () => markBusy(run, units));
  return undefined;
}

/** The cap bounds what fixes may break in an hour; what they broke must not stay broken because of it. */
function capsFor(purpose: OpenIntent["purpose"], { world: { settings } }: Run): WriteCaps {
  if (purpose !== "fix") return { perSubscription: Number.POSITIVE_INFINITY, inTotal: Number.POSITIVE_INFINITY };
  return { perSubscription: settings.writesPerHour, inTotal: settings.writesPerHourInTotal };
}

function bookedFor(slot: Date, { world }: Run): ClosedGate {
  const reason = `Azure's limit of writes is used up by others until its turn at ${slot.toISOString()}.`;
  return {
    result: { outcome: "retrying", reason },
    lookAgainSeconds: Math.max(1, secondsUntil(slot, world.now())),
    slot: slot.toISOString(),
  };
}

function cappedBy(cap: keyof WriteCaps, { world }: Run): ClosedGate {
  const { writesPerHour, writesPerHourInTotal } = world.settings;
  const reasons = {
    perSubscription: `The cap of ${writesPerHour} writes in this subscription and hour is reached.`,
    inTotal: `The cap of ${writesPerHourInTotal} writes in all subscriptions and this hour is reached.`,
  };
  const raise = { perSubscription: "WRITES_PER_HOUR", inTotal: "WRITES_PER_HOUR_IN_TOTAL" };
  const advice = `It goes on in the next hour; raise ${raise[cap]} if that is too slow.`;
  return {
    result: { outcome: "capped", reason: reasons[cap], advice },
    lookAgainSeconds: secondsToNextHour(world.now()),
  };
}

async function isOutOfDate(run: Run): Promise<boolean> {
  const { world, policy, look } = run;
  const holds = await timed(run, "policy", () => world.policies.beforeWrite(look.id.subscriptionId));
  return holds.reference?.version !== policy.reference?.version;
}

/** Right after it was taken a lease is not renewed: what remains is more than two requests may take. */
async function renewed({ world, look }: Run, lease: Lease): Promise<Lease> {
  const remaining = lease.expiresAt.getTime() - world.now().getTime();
  if (remaining > (world.settings.leaseSeconds * 1000 * 2) / 3) return lease;
  const extended = await world.leases.renew(lease);
  if (!extended) throw new CodedError("state-conflict", `The lease of ${look.id.text} was lost before a write.`);
  return extended;
}

/** Spread over the hour's first minutes by the follow-up's own jitter. */
function secondsToNextHour(now: Date): number {
  return 3600 - (now.getTime() % 3_600_000) / 1000;
}
