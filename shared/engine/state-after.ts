import type { Cause } from "../events/cause.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { ResourceState } from "../state/resource-state.ts";
import { contestedMilliseconds, withFix } from "./breaker.ts";
import { withChangers } from "./changers.ts";
import { ownedProperties } from "./evaluate.ts";
import type { Judgment } from "./judge.ts";
import { withoutEndedFixes } from "./look-back.ts";
import type { Run } from "./run.ts";
import { fingerprintOf } from "./standing.ts";

const mostSettledEvents = 200;
/** An event is delivered for at most 24 h (docs: "Event Grid message delivery and retry"); an hour more for clocks. */
const settledEventMilliseconds = 25 * 3_600_000;
/** The state of a resource after a look: how it stands, what was fixed, and which events are settled. */
export function stateAfter(
  run: Run,
  judgment: Judgment,
  {
    results,
    isOpen,
    changedBy,
    answered,
  }: { results: readonly BaselineResult[]; isOpen: boolean; changedBy: string | undefined; answered: readonly Cause[] },
): ResourceState {
  const now = run.world.now();
  const { readAt: _before, ...rest } = run.state.state;
  const seenAt = judgment.readAt ?? now;
  const readAt = judgment.readAt === undefined ? {} : { readAt: judgment.readAt.toISOString() };
  if (judgment.skipped) {
    return {
      ...run.state.state,
      settledEvents: settledEvents(answered, run.state.state, now),
      changers: withChangers(run.state.state, run.causes, seenAt),
      skippedAs: results.map(fingerprintOf).join(" "),
    };
  }
  const { skippedAs: _skipped, ...known } = rest;
  const outcomes = outcomesOf(known, results, seenAt);
  let next: ResourceState = {
    ...withoutEndedFixes(known, results),
    ...readAt,
    outcomes,
    changers: withChangers(run.state.state, run.causes, seenAt),
  };
  for (const baseline of judgment.fixed) next = withFix(next, baseline, now, changedBy);
  for (const baseline of judgment.opened) next.contested = { ...next.contested, [baseline]: now.toISOString() };
  if (run.units.some((unit) => unit !== run.look.id.text)) next.units = run.units;
  for (const baseline of quietAgain(next, results, now)) delete next.contested[baseline];
  next.lastCompliant = { ...next.lastCompliant, ...compliantProperties(run, judgment, results) };
  if (!isOpen) next.settledEvents = settledEvents(answered, next, now);
  return next;
}

/** Baselines that are compliant a day after their breaker opened, and were not fixed since: the fight is over. */
function quietAgain(state: ResourceState, results: readonly BaselineResult[], now: Date): string[] {
  return results
    .filter(({ outcome, baseline }) => outcome === "compliant" && state.contested[baseline] !== undefined)
    .map(({ baseline }) => baseline)
    .filter((baseline) => {
      const since = Date.parse(state.contested[baseline] ?? "");
      const isOver = now.getTime() - since >= contestedMilliseconds;
      return isOver && !state.fixes.some((fix) => fix.baseline === baseline && Date.parse(fix.at) > since);
    });
}

function outcomesOf(state: ResourceState, results: readonly BaselineResult[], seenAt: Date): ResourceState["outcomes"] {
  return Object.fromEntries(
    results.map((result) => {
      const { baseline, outcome } = result;
      const since = state.outcomes[baseline]?.since ?? seenAt.toISOString();
      const isGood = outcome === "compliant" || outcome === "remediated";
      return [baseline, { outcome, fingerprint: fingerprintOf(result), ...(isGood ? {} : { since }) }];
    }),
  );
}

function compliantProperties(
  run: Run,
  { resource }: Judgment,
  results: readonly BaselineResult[],
): ResourceState["lastCompliant"] {
  if (!resource) return {};
  const good = results.filter(({ outcome }) => outcome === "compliant" || outcome === "remediated");
  return Object.fromEntries(
    run.policies
      .filter(({ baseline }) => good.some((result) => result.baseline === baseline.id))
      // What was written while nobody answered is no proof that the other side knows it.
      .filter(({ baseline }) => baseline.lookBack === undefined || baseline.lookBack.works(resource) === true)
      .map(({ baseline }) => [baseline.id, ownedProperties(resource, baseline.owns)]),
  );
}

function settledEvents(answered: readonly Cause[], state: ResourceState, now: Date): ResourceState["settledEvents"] {
  const ids = new Set(answered.flatMap(({ eventId }) => (eventId === undefined ? [] : [eventId])));
  const settled = [...ids].map((id) => ({ id, at: now.toISOString() }));
  const kept = state.settledEvents.filter(({ at }) => now.getTime() - Date.parse(at) < settledEventMilliseconds);
  return [...settled, ...kept].slice(0, mostSettledEvents);
}
