import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../baselines/baseline.ts";
import type { BaselineResult, PropertyValue } from "../journal/journal.ts";
import { type Json, leafPaths, valueAt } from "../json.ts";
import type { Outcome } from "../outcomes.ts";
import type { Settings } from "../policy/settings.ts";
import type { OpenIntent, ResourceState } from "../state/resource-state.ts";
import { withChangers } from "./changers.ts";
import type { Decision } from "./decide.ts";
import { type Evaluation, propertyValue } from "./evaluate.ts";
import { reads } from "./look-back.ts";
import type { Run } from "./run.ts";
import type { Look, Undo, World } from "./world.ts";

/**
 * What becomes of a baseline whose remediation a person wants undone (rule 7): exactly what it changed is put back, and only where all of
 * it is still as it was left. Nothing where no undo is asked for, or not of this baseline.
 */
export function undoDecision(run: Run, evaluation: Evaluation, resource: Resource): Decision | undefined {
  const undo = undoIn(run.look, run.state.state);
  const { id } = evaluation.baseline;
  const own = undo?.changes.filter(({ baselines }) => baselines.includes(id)) ?? [];
  if (!undo || own.length === 0) return undefined;
  const changes = own.map(({ putBack }) => putBack).filter((change) => !reads(change, resource));
  const draft: BaselineResult = {
    baseline: id,
    outcome: "undone",
    reason: `Put back as remediation ${undo.remediationId} had found it: ${undo.reason}`,
    findings: evaluation.findings,
    changes,
  };
  if (changes.length === 0) {
    if (!run.look.dryRun) run.state.state = exempted(run.state.state, undo, [id], run.world);
    endWrittenUndo(run, resource);
    return { kind: "result", result: { ...draft, reason: "It is as it was before already." } };
  }
  // All or nothing: a part of it may be worse than either. What is as it was already was put back by an undo that broke off.
  if (undo.changes.every(({ left, putBack }) => reads(left, resource) || reads(putBack, resource))) {
    if (!run.look.dryRun) run.state.state = { ...run.state.state, undoing: undo };
    return { kind: "fix", evaluation, changes, draft, purpose: "undo" };
  }
  endUndo(run);
  const now = changedSince(undo, resource);
  const reason = `What the remediation changed is not as it left it. ${whatAndWho(now, run, undo)}`;
  const result = { ...draft, outcome: "failed" as const, code: "undo-changed-since", reason, changes: [] };
  return { kind: "result", result: { ...result, readAfterwards: now.map(({ path, value }) => ({ path, value })) } };
}

/** Each property that is neither as the remediation left it nor as it was before. */
function changedSince({ changes }: Undo, resource: Resource): (PropertyValue & { left: Json })[] {
  return changes
    .filter(({ left, putBack }) => !reads(left, resource) && !reads(putBack, resource))
    .flatMap(({ left: { part, patch } }) =>
      leafPaths(patch).map((leaf) => {
        const path = part === "" ? leaf : `${part}/${leaf}`;
        return { path, value: propertyValue(resource, path), left: valueAt(patch, leaf) ?? null };
      }),
    )
    .filter(({ value, left }) => !isDeepStrictEqual(value, left));
}

function whatAndWho(now: (PropertyValue & { left: Json })[], run: Run, { endedAt }: Undo): string {
  const what = now.map(({ path, value, left }) => `${path} was left as ${shown(left)} and reads ${shown(value)}.`);
  const changers = withChangers(run.state.state, run.causes, run.world.now());
  const since = changers.filter(({ at }) => endedAt !== undefined && at > endedAt).map(({ by }) => by);
  const who = since.length === 0 ? "No event told who changed it." : `Changed since by: ${since.join(", ")}.`;
  return [...what, who].join(" ");
}

function shown(value: Json): string {
  return value === null ? "absent" : JSON.stringify(value);
}

/** What a person asked for now, or before where it takes several looks: a long change of one part goes before that of the next. */
function undoIn({ undo, dryRun }: Look, { undoing }: ResourceState): Undo | undefined {
  return undo ?? (dryRun ? undefined : undoing);
}

/** Forgets an undo of which all is written; changes the run's state in memory. */
export function endWrittenUndo(run: Run, resource: Resource): void {
  const isWritten = run.state.state.undoing?.changes.every(({ putBack }) => reads(putBack, resource)) === true;
  if (isWritten) endUndo(run);
}

function endUndo(run: Run): void {
  const { undoing: _ended, ...state } = run.state.state;
  run.state.state = state;
}

/** The parts that an undo has to see. */
export function partsOfUndo(look: Look, state: ResourceState): string[] {
  const parts = (undoIn(look, state)?.changes ?? []).map(({ left }) => left.part).filter((part) => part !== "");
  return [...new Set(parts)];
}

/**
 * The state with the exemptions that an undo brings, noted before it is written: what is put back must not be fixed again.
 */
export function withExemptions(state: ResourceState, intent: OpenIntent, { look, world }: Run): ResourceState {
  const undo = undoIn(look, state);
  return undo && intent.purpose === "undo" ? exempted(state, undo, intent.baselines, world) : state;
}

function exempted(
  state: ResourceState,
  { remediationId, reason }: Undo,
  ids: readonly string[],
  world: World,
): ResourceState {
  const until = new Date(world.now().getTime() + world.settings.undoExemptHours * 3_600_000).toISOString();
  const added = ids.map((id) => [id, { until, reason, remediationId }] as const);
  return { ...state, exemptions: { ...state.exemptions, ...Object.fromEntries(added) } };
}

/** The state after an undo did not come about: where that is final, it is given up, else it goes on at the next look. */
export function afterFailedUndo(
  { undoing, ...state }: ResourceState,
  { baselines }: OpenIntent,
  outcome: Outcome,
): ResourceState {
  const left = Object.entries(state.exemptions).filter(([id]) => !baselines.includes(id));
  const goesOn = undoing !== undefined && (outcome === "retrying" || outcome === "superseded");
  return { ...state, ...(goesOn ? { undoing } : {}), exemptions: Object.fromEntries(left) };
}

/**
 * Why a baseline of a resource is left alone now, since a fix of it was undone, or of another one that owns the same property; nothing where
 * it is not, or no more. Pure.
 */
export function exemptionOf(
  { exemptions }: ResourceState,
  { baseline, findings }: Evaluation,
  { settings, now }: { settings: Pick<Settings, "baselines">; now: Date },
): string | undefined {
  const paths = new Set(findings.filter(({ remedy }) => remedy === "fix").map(({ path }) => path));
  const others = settings.baselines
    .map((known) => known.baseline)
    .filter(({ owns }) => owns.some((path) => paths.has(path)));
  const exemption = [baseline, ...others]
    .flatMap(({ id }) => exemptions[id] ?? [])
    .find(({ until }) => Date.parse(until) > now.getTime());
  if (!exemption) return undefined;
  return `Left alone until ${exemption.until}, since remediation ${exemption.remediationId} was undone: ${exemption.reason}`;
}

/** When the exemptions of a resource end, by an undo or by agreement, in milliseconds since 1970. */
export function endsOfExemptions({ exemptions }: ResourceState, results: readonly BaselineResult[]): number[] {
  const agreed = results.flatMap(({ exemption }) => (exemption === undefined ? [] : [exemption]));
  return [...Object.values(exemptions), ...agreed].map(({ until }) => Date.parse(until));
}

/** A baseline that is exempt because this look saw its undo take effect was undone, not found exempt. */
export function withUndone(run: Run, results: BaselineResult[]): BaselineResult[] {
  return results.map((result) =>
    result.outcome === "exempt" && run.undone.includes(result.baseline) ? { ...result, outcome: "undone" } : result,
  );
}
