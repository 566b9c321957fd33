import { isDeepStrictEqual } from "node:util";
import type { BoundBaseline, Change, Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { type JsonObject, leafPaths, valueAt } from "../json.ts";
import type { OpenIntent, RememberedFix, ResourceState } from "../state/resource-state.ts";
import type { Decision } from "./decide.ts";
import { type Evaluation, ownedValues } from "./evaluate.ts";
import { openRemediation, type Run } from "./run.ts";

const didNotComeBack = "It worked before the fix, and did not come back: the old value was put back.";

/** The change that puts back what another one replaces, property by property. Pure. */
export function undoOf({ part, patch }: Change, before: Resource): Change {
  const document = part === "" ? before.body : before.parts[part];
  const undo: JsonObject = {};
  for (const path of leafPaths(patch)) setAt(undo, path.split("."), valueAt(document, path) ?? null);
  return { part, patch: undo };
}

/**
 * What a proven intent means for later: a fix is looked back at, a revert leaves its baseline to a person once all of it is put back.
 * Changes the run's state in memory.
 */
export function rememberProven(
  run: Run,
  intent: OpenIntent,
  evaluations: readonly Evaluation[],
  resource: Resource,
): void {
  if (intent.purpose === "fix") {
    for (const { baseline } of evaluations.filter(concerns(intent))) rememberFix(run, intent, baseline, resource);
  }
  if (intent.purpose !== "revert") return;
  for (const each of evaluations.filter(concerns(intent))) {
    const entry = run.state.state.lookBacks[each.baseline.id];
    if (!entry?.changes.every(({ putBack }) => reads(putBack, resource))) continue;
    const reason = entry.putBackBecause ?? didNotComeBack;
    run.state.state = withHold(withoutLookBack(run.state.state, each.baseline.id), each, resource, reason);
  }
}

function concerns(intent: OpenIntent): (evaluation: Evaluation) => boolean {
  return ({ baseline }) => intent.baselines.includes(baseline.id);
}

/** What a remediation replaces is remembered by part, its last write first; what an earlier one replaced is nobody's business any more. */
function rememberFix(run: Run, intent: OpenIntent, { id, lookBack }: BoundBaseline, resource: Resource): void {
  if (!lookBack) return;
  const { state } = run.state;
  const remediationId = openRemediation(run).id;
  const known = state.lookBacks[id]?.remediationId === remediationId ? state.lookBacks[id] : undefined;
  // As Azure shows it, which may be another spelling of what was written.
  const left = undoOf(intent.change, resource);
  const others = known?.changes.filter(({ putBack }) => putBack.part !== intent.undo.part) ?? [];
  const entry: RememberedFix = { remediationId, changes: [{ left, putBack: intent.undo }, ...others] };
  const worked = intent.worked || known?.dueAt !== undefined;
  if (worked) {
    entry.dueAt = new Date(run.world.now().getTime() + lookBack.afterSeconds * 1000).toISOString();
    run.lookBackSeconds.push(lookBack.afterSeconds);
  }
  run.state.state = { ...state, lookBacks: { ...state.lookBacks, [id]: entry } };
}

/** Time enough for what was written before to settle; where it has not, the put-back is put off like any write. */
const secondsUntilPutBack = 10;

/**
 * Has what the open remediation wrote for a baseline put back at the next look, since it can't be ended: with half of a fix a resource may
 * be worse off than with none. Does nothing where it wrote nothing, or where that is being put back already.
 */
export function putBackSoon(run: Run, baseline: string, why: string): void {
  const { state } = run.state;
  const entry = state.lookBacks[baseline];
  const isOfThis = entry !== undefined && entry.remediationId === state.remediation?.id;
  if (!isOfThis || entry.putBackBecause !== undefined) return;
  const putBackBecause = `The fix could not be ended (${why}): what it had written was put back.`;
  const due = { ...entry, dueAt: run.world.now().toISOString(), putBackBecause };
  run.state.state = { ...state, lookBacks: { ...state.lookBacks, [baseline]: due } };
  run.lookBackSeconds.push(secondsUntilPutBack);
}

/**
 * What a look-back that is due decides for a baseline; nothing where none is due, or where it found what it hoped for. It is decided again on
 * every look until all of it reads as it was before the fix, or somebody changed it.
 */
export function lookBackDecision(run: Run, evaluation: Evaluation, resource: Resource): Decision | undefined {
  const { id, lookBack, mayBreak } = evaluation.baseline;
  const entry = run.state.state.lookBacks[id];
  if (!entry?.dueAt || !lookBack || Date.parse(entry.dueAt) > run.world.now().getTime()) return undefined;
  // What can't be seen just now was changed by nobody: it waits for a look that sees it.
  if (!entry.changes.every(({ left }) => isSeen(left, resource))) return undefined;
  const isOurs = entry.changes.every(({ left, putBack }) => reads(left, resource) || reads(putBack, resource));
  const changes = entry.changes.map(({ putBack }) => putBack).filter((putBack) => !reads(putBack, resource));
  const isBegun = changes.length < entry.changes.length;
  const isNeeded = entry.putBackBecause !== undefined || isBegun || lookBack.works(resource) !== true;
  if (!isOurs || !isNeeded || changes.length === 0) {
    run.state.state = withoutLookBack(run.state.state, id);
    return undefined;
  }
  const reason = entry.putBackBecause ?? didNotComeBack;
  const draft: BaselineResult = {
    baseline: id,
    outcome: "reverted",
    reason,
    findings: evaluation.findings,
    changes,
    mayBreak,
    advice: "Settle the change with whoever runs the other side, then ask for a re-check.",
  };
  return { kind: "fix", evaluation, changes, draft, purpose: "revert" };
}

/** The parts that look-backs which are due have to see. Pure. */
export function partsOfLookBacks({ lookBacks }: ResourceState, now: Date): string[] {
  const due = Object.values(lookBacks).filter(({ dueAt }) => dueAt !== undefined && Date.parse(dueAt) <= now.getTime());
  const parts = due.flatMap(({ changes }) => changes.map(({ putBack }) => putBack.part));
  return parts.filter((part) => part !== "");
}

/** The state without fixes that are ended and need no look-back: nothing of them is ever put back. Pure. */
export function withoutEndedFixes(state: ResourceState, results: readonly BaselineResult[]): ResourceState {
  const ended = results.filter(({ outcome }) => outcome === "compliant" || outcome === "remediated");
  return ended
    .filter(({ baseline }) => state.lookBacks[baseline]?.dueAt === undefined)
    .reduce((left, { baseline }) => withoutLookBack(left, baseline), state);
}

/** The state that knows which baselines' resource works; what is on its way to either keeps what was seen last. Pure. */
export function withWorking(
  state: ResourceState,
  evaluations: readonly Evaluation[],
  resource: Resource,
): ResourceState {
  const seen = evaluations.flatMap(({ baseline: { id, lookBack } }) => {
    const works = lookBack?.works(resource);
    return works === undefined ? [] : [[id, works] as const];
  });
  return seen.length === 0 ? state : { ...state, working: { ...state.working, ...Object.fromEntries(seen) } };
}

/** Whether the resource worked before a fix. Where that shows neither now nor ever before, it may have: it is looked back at. Pure. */
export function workedBefore(
  state: ResourceState,
  { baseline: { id, lookBack } }: Evaluation,
  resource: Resource,
): boolean {
  return lookBack !== undefined && (lookBack.works(resource) ?? state.working[id] ?? true);
}

function withoutLookBack(state: ResourceState, baseline: string): ResourceState {
  const { [baseline]: _done, ...lookBacks } = state.lookBacks;
  return { ...state, lookBacks };
}

/** The state that holds a baseline for a person: nothing is written until its properties are others than they were left. */
function withHold(state: ResourceState, evaluation: Evaluation, resource: Resource, reason: string): ResourceState {
  const value = JSON.stringify(ownedValues(resource, evaluation.baseline.owns));
  const { [evaluation.baseline.id]: _rejected, ...lastCompliant } = state.lastCompliant;
  return { ...state, lastCompliant, held: { ...state.held, [evaluation.baseline.id]: { value, reason } } };
}

/** Why a baseline is held, where it still is as it was left. */
export function holdOf(state: ResourceState, evaluation: Evaluation, resource: Resource): string | undefined {
  const hold = state.held[evaluation.baseline.id];
  const value = JSON.stringify(ownedValues(resource, evaluation.baseline.owns));
  return hold?.value === value ? hold.reason : undefined;
}

/** Whether every property of a change reads as it was written. */
export function reads({ part, patch }: Change, resource: Resource): boolean {
  const document = part === "" ? resource.body : resource.parts[part];
  return leafPaths(patch).every((path) =>
    isDeepStrictEqual(valueAt(document, path) ?? null, valueAt(patch, path) ?? null),
  );
}

function isSeen({ part, patch }: Change, { parts }: Resource): boolean {
  return part === "" || leafPaths(patch).some((path) => valueAt(parts[part], path) !== undefined);
}

function setAt(document: JsonObject, names: readonly string[], value: JsonObject[string]): void {
  const [name, ...rest] = names;
  if (name === undefined) return;
  if (rest.length === 0) {
    document[name] = value;
    return;
  }
  const inner: JsonObject = {};
  const known = document[name];
  document[name] = typeof known === "object" && known !== null && !Array.isArray(known) ? known : inner;
  const next = document[name];
  if (typeof next === "object" && next !== null && !Array.isArray(next)) setAt(next, rest, value);
}
