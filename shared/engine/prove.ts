import type { Resource } from "../baselines/baseline.ts";
import type { BaselineResult, PropertyValue } from "../journal/journal.ts";
import { type Applied, endIntent, type FixDecision, pathsNotForeign } from "./apply.ts";
import { withFix } from "./breaker.ts";
import { foreignDifferences } from "./compare.ts";
import { ownedValues } from "./evaluate.ts";
import { reads, rememberProven } from "./look-back.ts";
import { changerOf, type Run, requestLimit, timed } from "./run.ts";
import { endWrittenUndo } from "./undo.ts";

/** The results of written fixes, and what was read to prove them. */
export interface Proof {
  results: BaselineResult[];
  resource: Resource | undefined;
}

/**
 * Proves what was written by what is read afterwards (rule 3): each intent gets its outcome, each baseline its result.
 * The answer of the last write stands for that read where it shows the whole resource; parts are always read anew.
 */
export async function proveFixes(
  run: Run,
  before: Resource,
  fixes: readonly FixDecision[],
  applied: Applied,
): Promise<Proof> {
  const results = [...applied.ended.values()];
  const toProve = fixes.filter(({ evaluation }) => !applied.ended.has(evaluation.baseline.id));
  if (applied.written.length === 0) return { results, resource: undefined };

  const read = await timed(run, "prove", () => readAfterwards(run, before, applied));
  if (read.kind !== "read" || !read.settled || (read.failed ?? []).length > 0) {
    const unproven = {
      outcome: "retrying" as const,
      reason: "Written; the read that proves it failed, and is tried again.",
    };
    applied.lookAgainSeconds ??= 0;
    return { results: [...results, ...toProve.map(({ draft }) => ({ ...draft, ...unproven }))], resource: undefined };
  }
  const after = read.resource;
  const evaluations = fixes.map(({ evaluation }) => evaluation);
  for (const { intent, write } of applied.written) {
    const owned = ownedPaths(fixes, write.baselines);
    const took = reads(write.change, after) || areMended(fixes, write.baselines, after);
    await endIntent(run, intent, {
      outcome: took ? provenOutcomes[intent.purpose] : "failed",
      reason: took ? "Read afterwards as it was written." : "Read afterwards with another value.",
      readAfterwards: ownedValues(after, owned),
      foreignDifferences: foreignDifferences(intent.foreign, after, pathsNotForeign(run, intent)),
    });
    if (took) rememberProven(run, intent, evaluations, after);
    if (took) endWrittenUndo(run, after);
  }
  const proven = toProve.map((fix) => provenResult(fix, after));
  countOvertaken(
    run,
    proven.filter(({ code }) => code === "fix-not-taken").map(({ baseline }) => baseline),
  );
  return { results: [...results, ...proven], resource: after };
}

/**
 * Counts fixes that Azure took and that a read did not find: who sets a property back before our read of it sets it back all the same,
 * and must open the breaker as well (rule 5).
 */
export function countOvertaken(run: Run, baselines: readonly string[]): void {
  const changedBy = changerOf(run);
  for (const baseline of baselines) run.state.state = withFix(run.state.state, baseline, run.world.now(), changedBy);
}

/** What an intent comes to whose write was read afterwards. */
export const provenOutcomes = { fix: "remediated", revert: "reverted", undo: "undone" } as const;

async function readAfterwards(run: Run, before: Resource, applied: Applied) {
  const { type, look } = run;
  const writtenParts = applied.written.map(({ write }) => write.change.part).filter((part) => part !== "");
  const read = applied.answered
    ? ({ kind: "read", resource: applied.answered, settled: true, failed: [] } as const)
    : await type.read(look.id, "event", requestLimit(run), { compliantAt: undefined });
  if (read.kind !== "read") return read;
  // Checks see the parts that were not written as they were before.
  if (writtenParts.length === 0) return { ...read, resource: { ...read.resource, parts: before.parts } };
  const parts = await type.readParts(look.id, [...new Set(writtenParts)], requestLimit(run), read.resource);
  if (parts.kind === "refused") return parts;
  const resource = { ...read.resource, parts: { ...before.parts, ...parts.parts } };
  return {
    kind: "read",
    resource,
    settled: read.settled && parts.settled !== false,
    failed: [...(read.failed ?? []), ...(parts.failed ?? [])],
  } as const;
}

function provenResult({ evaluation, draft, changes, purpose }: FixDecision, after: Resource): BaselineResult {
  const { baseline } = evaluation;
  if (purpose !== "fix" && changes.every((change) => reads(change, after))) {
    return { ...draft, outcome: provenOutcomes[purpose], readAfterwards: ownedValues(after, baseline.owns) };
  }
  const readValues: PropertyValue[] = ownedValues(after, baseline.owns);
  const left = baseline.check(after);
  if (left.length === 0) {
    return {
      ...draft,
      outcome: "remediated",
      reason: baseline.provenAs ?? "Fixed, and read compliant afterwards.",
      readAfterwards: readValues,
    };
  }
  if (left.every(({ remedy }) => remedy === "report")) {
    const reason = "What could be fixed was fixed and read so afterwards; what is left is only reported.";
    return { ...draft, outcome: "audit", reason, findings: draft.findings, readAfterwards: readValues };
  }
  const reason = "Azure accepted the change, but the resource still falls short.";
  return { ...draft, outcome: "failed", code: "fix-not-taken", reason, readAfterwards: readValues };
}

/** Azure may answer a value in another spelling, `07.00:00:00` for `7.00:00:00`: what the baselines say of it counts. */
function areMended(fixes: readonly FixDecision[], baselines: readonly string[], after: Resource): boolean {
  const chosen = fixes.filter(({ evaluation }) => baselines.includes(evaluation.baseline.id));
  return chosen.every(({ evaluation }) => evaluation.baseline.check(after).every(({ remedy }) => remedy === "report"));
}

function ownedPaths(fixes: readonly FixDecision[], baselines: readonly string[]): string[] {
  const chosen = fixes.filter(({ evaluation }) => baselines.includes(evaluation.baseline.id));
  return [...new Set(chosen.flatMap(({ evaluation }) => evaluation.baseline.owns))];
}
