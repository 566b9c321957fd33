import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Cause } from "../events/cause.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { ResourceState } from "../state/resource-state.ts";
import { eventGraceMilliseconds } from "./changers.ts";
import { clockToleranceMilliseconds } from "./recognise.ts";
import { note, type Run } from "./run.ts";

/**
 * Keeps watch for changes that raised no event: a sweep or a re-check that finds what was compliant changed waits for the event of that
 * change, and where none came in time says so, in the journal. Of a resource that was never seen compliant nobody can tell.
 * Changes the run's state in memory; the look that says so is asked for by {@link endsOfUnexplained}.
 */
export function watchForMissedEvent(run: Run, results: readonly BaselineResult[]): void {
  const { unexplained, ...state } = run.state.state;
  if (unexplained && !run.causes.some((cause) => explains(cause, unexplained, state))) {
    const isOverdue = run.world.now().getTime() >= endOf(unexplained);
    if (!isOverdue) return;
    noteMissedEvent(run, unexplained);
  }
  const baselines = results.filter((result) => isChangeSinceCompliant(result, state)).map(({ baseline }) => baseline);
  const isUntold = run.causes.every(({ via }) => via === "sweep" || via === "recheck");
  const found = { baselines, seenAt: run.world.now().toISOString() };
  run.state.state = isUntold && baselines.length > 0 ? { ...state, unexplained: found } : state;
}

/** When the event of a change that was found without one is waited for no longer, in milliseconds of the epoch. Pure. */
export function endsOfUnexplained({ unexplained }: Pick<ResourceState, "unexplained">): number[] {
  return unexplained ? [endOf(unexplained)] : [];
}

type Unexplained = NonNullable<ResourceState["unexplained"]>;

function endOf({ seenAt }: Unexplained): number {
  return Date.parse(seenAt) + eventGraceMilliseconds;
}

/** Whether an event tells of the change: it is somebody's, and made before the change was seen. */
function explains(
  { eventId, changedAt, correlationId }: Cause,
  { seenAt }: Unexplained,
  { ownCorrelations }: Pick<ResourceState, "ownCorrelations">,
): boolean {
  if (eventId === undefined) return false;
  if (correlationId !== undefined && ownCorrelations.includes(correlationId)) return false;
  return changedAt === undefined || Date.parse(changedAt) <= Date.parse(seenAt) + clockToleranceMilliseconds;
}

/** A finding alone is none: the policy may have become stricter. What was compliant must read otherwise now. */
function isChangeSinceCompliant(
  { baseline, findings }: BaselineResult,
  { outcomes, lastCompliant }: Pick<ResourceState, "outcomes" | "lastCompliant">,
): boolean {
  const before = outcomes[baseline]?.outcome;
  if (before !== "compliant" && before !== "remediated") return false;
  const known = lastCompliant[baseline];
  return findings.some(
    ({ path, actual }) => known !== undefined && path in known && !isDeepStrictEqual(known[path], actual),
  );
}

/** Under the same id should a crash make it said twice. */
function noteMissedEvent(run: Run, { baselines, seenAt }: Unexplained): void {
  const told = createHash("sha256").update(`${run.look.id.key} ${seenAt}`).digest("hex").slice(0, 32);
  note(run, { kind: "missed-event", baselines, seenAt }, `missed-event-${told}`);
}
