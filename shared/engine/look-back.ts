import { isDeepStrictEqual } from "node:util";
import type { Change, Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { type JsonObject, leafPaths, valueAt } from "../json.ts";
import type { OpenIntent, ResourceState } from "../state/resource-state.ts";
import type { Decision } from "./decide.ts";
import { type Evaluation, ownedValues } from "./evaluate.ts";
import type { Run } from "./run.ts";

/** The change that puts back what another one replaces, property by property. Pure. */
export function undoOf({ part, patch }: Change, before: Resource): Change {
  const document = part === "" ? before.body : before.parts[part];
  const undo: JsonObject = {};
  for (const path of leafPaths(patch)) setAt(undo, path.split("."), valueAt(document, path) ?? null);
  return { part, patch: undo };
}

/**
 * The state after a fix was proven whose effect may show only later: what to put back is remembered, and where the resource worked before,
 * when to look back.
 */
export function withLookBack(
  state: ResourceState,
  intent: OpenIntent,
  evaluations: readonly Evaluation[],
  now: Date,
): { state: ResourceState; afterSeconds: number | undefined } {
  const [id] = intent.baselines;
  const lookBack = evaluations.find(({ baseline }) => baseline.id === id)?.baseline.lookBack;
  if (id === undefined || !lookBack || intent.purpose !== "fix") {
    return { state, afterSeconds: undefined };
  }
  // The first write of a remediation names what was there; a second one, to another part, adds its own.
  const undo = [intent.undo, ...(state.lookBacks[id]?.undo ?? [])];
  const dueAt = new Date(now.getTime() + lookBack.afterSeconds * 1000).toISOString();
  const entry = intent.worked ? { undo, dueAt } : { undo };
  return {
    state: { ...state, lookBacks: { ...state.lookBacks, [id]: entry } },
    afterSeconds: intent.worked ? lookBack.afterSeconds : undefined,
  };
}

/** The state after a later write of a fix was refused for good: what was written before it is put back at the next look. */
export function withPutBack(
  state: ResourceState,
  baselines: readonly string[],
  reason: string,
  now: Date,
): ResourceState {
  const lookBacks = { ...state.lookBacks };
  for (const id of baselines) {
    const entry = lookBacks[id];
    if (entry) lookBacks[id] = { ...entry, dueAt: now.toISOString(), putBackBecause: reason };
  }
  return { ...state, lookBacks };
}

/** What a look-back that is due decides for a baseline; nothing where none is due, or where it found what it hoped for. */
export function lookBackDecision(run: Run, evaluation: Evaluation, resource: Resource): Decision | undefined {
  const { id, lookBack, mayBreak } = evaluation.baseline;
  const entry = run.state.state.lookBacks[id];
  if (!entry?.dueAt || !lookBack || Date.parse(entry.dueAt) > run.world.now().getTime()) return undefined;
  const { [id]: _done, ...lookBacks } = run.state.state.lookBacks;
  run.state.state = { ...run.state.state, lookBacks };
  const isOurs = evaluation.findings.length === 0 || entry.putBackBecause !== undefined;
  if (!isOurs || (entry.putBackBecause === undefined && lookBack.works(resource))) return undefined;
  const reason = entry.putBackBecause ?? "It worked before the fix, and did not come back: the old value was put back.";
  const draft: BaselineResult = {
    baseline: id,
    outcome: "reverted",
    reason,
    findings: evaluation.findings,
    changes: entry.undo,
    mayBreak,
    advice: "Settle the change with whoever runs the other side, then ask for a re-check.",
  };
  return { kind: "fix", evaluation, changes: entry.undo, draft, purpose: "revert" };
}

/** The state that holds a baseline for a person: nothing is written until its properties are others than they were left. */
export function withHold(
  state: ResourceState,
  evaluation: Evaluation,
  resource: Resource,
  reason: string,
): ResourceState {
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
