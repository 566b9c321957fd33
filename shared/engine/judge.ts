import type { Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { Settings } from "../policy/settings.ts";
import type { Occasion, ReadResult, Refusal } from "../resources/resource-type.ts";
import { type Applied, applyFixes, endIntent, type FixDecision, refusedResult } from "./apply.ts";
import { type Decision, decide } from "./decide.ts";
import { baselinesFor, type Evaluation, evaluate, ownedValues, partsForChecks } from "./evaluate.ts";
import { proveFixes } from "./prove.ts";
import { type Run, requestLimit, timed } from "./run.ts";

/** What a judgment came to. */
export interface Judgment {
  results: BaselineResult[];
  /** The resource as last read, after any fix; absent where it could not be read. */
  resource: Resource | undefined;
  /** When it was first read in this judgment. */
  readAt: Date | undefined;
  /** Baselines whose breaker opened in this judgment. */
  opened: string[];
  /** Baselines that were fixed and proven, those of an earlier intent settled here included. */
  fixed: string[];
  /** Set where it must be looked at again; 0 leaves the time to the growing delay. */
  lookAgainSeconds: number | undefined;
}

/**
 * Reads a resource, holds it against its baselines, fixes what falls short and may be fixed, and proves it. The order of things is here:
 * read, settle what was left open, evaluate, ask the guards, decide, write, prove.
 */
export async function judge(run: Run): Promise<Judgment> {
  const { world, look, type } = run;
  const baselines = baselinesFor(type.type, world.settings);
  const readAt = world.now();
  const read = await timed(run, "read", () => readWithParts(run, partsForChecks(baselines)));
  if (read.kind === "refused") return await unreadable(run, baselines, read.refusal);
  if (read.kind === "skipped") {
    const results = baselines.map(({ baseline }) =>
      resultFor(baseline.id, { outcome: read.outcome, reason: read.reason }),
    );
    return { ...nothingFound, results };
  }

  const evaluations = evaluate(read.resource, baselines);
  if (hasOpenIntents(run) && !read.settled) {
    const reason = "Azure still works on it; a later read proves it.";
    const results = evaluations.map((each) => draftResult(each, { outcome: "retrying", reason }));
    return { ...nothingFound, results, resource: read.resource, readAt, lookAgainSeconds: 0 };
  }
  const settled = look.dryRun ? [] : await settleOpenIntents(run, read.resource, evaluations);

  const guarded = await withGuardParts(run, read.resource, evaluations);
  if (guarded.kind === "refused") return await unreadable(run, baselines, guarded.refusal);
  const circumstances = { settings: world.settings, state: run.state.state, now: world.now(), dryRun: look.dryRun };
  const decisions = evaluations.map((each) => decide(each, guarded.resource, circumstances));
  const fixes = decisions.filter((decision): decision is FixDecision => decision.kind === "fix");
  const decided = decisions.flatMap((decision) => (decision.kind === "result" ? [decision.result] : []));
  const opened = decisions.flatMap((decision) => opening(decision));
  const judgment = { ...nothingFound, readAt, opened };
  if (fixes.length === 0) {
    return { ...judgment, results: withSettled(decided, settled), resource: guarded.resource, fixed: settled };
  }

  const applied = await applyFixes(run, guarded.resource, fixes);
  const proof = await proveFixes(run, guarded.resource, fixes, applied);
  const results = inOrder([...withSettled(decided, settled), ...proof.results], baselines);
  const fixed = [
    ...settled,
    ...results
      .filter(({ outcome, readAfterwards }) => outcome === "remediated" && readAfterwards)
      .map(({ baseline }) => baseline),
  ];
  return {
    ...judgment,
    results,
    resource: proof.resource ?? guarded.resource,
    fixed: [...new Set(fixed)],
    lookAgainSeconds: lookAgain(results, applied),
  };
}

const nothingFound: Judgment = {
  results: [],
  resource: undefined,
  readAt: undefined,
  opened: [],
  fixed: [],
  lookAgainSeconds: undefined,
};

async function readWithParts(run: Run, parts: readonly string[]): Promise<ReadResult> {
  const { type, look } = run;
  const read = await type.read(look.id, occasionOf(run), requestLimit(run));
  if (read.kind !== "read" || parts.length === 0) return read;
  const partsRead = await type.readParts(look.id, parts, requestLimit(run));
  if (partsRead.kind === "refused") return { kind: "refused", refusal: ofPart(partsRead.refusal) };
  return { ...read, resource: { ...read.resource, parts: partsRead.parts } };
}

function occasionOf({ look }: Run): Occasion {
  if (look.cause.via === "sweep" || look.cause.via === "recheck") return look.cause.via;
  return "event";
}

async function unreadable(run: Run, baselines: Settings["baselines"], refusal: Refusal): Promise<Judgment> {
  const refused = refusedResult(refusal);
  if (refusal.kind === "gone" && !run.look.dryRun) {
    for (const intent of run.state.state.remediation?.intents ?? []) await endIntent(run, intent, refused);
  }
  const results = baselines.map(({ baseline }) => resultFor(baseline.id, refused));
  if (refusal.kind !== "later") return { ...nothingFound, results };
  return { ...nothingFound, results, lookAgainSeconds: refusal.waitSeconds ?? 0 };
}

function hasOpenIntents(run: Run): boolean {
  return (run.state.state.remediation?.intents.length ?? 0) > 0;
}

/** Intents that a crash, a lost answer or a long operation left open get their outcome from what is read now. */
async function settleOpenIntents(run: Run, resource: Resource, evaluations: readonly Evaluation[]): Promise<string[]> {
  const fixed: string[] = [];
  for (const intent of run.state.state.remediation?.intents ?? []) {
    const concerned = evaluations.filter(({ baseline }) => intent.baselines.includes(baseline.id));
    const took = concerned.length > 0 && concerned.every(isMended);
    const owned = [...new Set(concerned.flatMap(({ baseline }) => baseline.owns))];
    await endIntent(run, intent, {
      outcome: took ? "remediated" : "superseded",
      reason: took
        ? "A later read shows it compliant."
        : "A later read shows it non-compliant, with nothing in progress: judged again.",
      readAfterwards: ownedValues(resource, owned),
    });
    if (took) fixed.push(...intent.baselines);
  }
  return [...new Set(fixed)];
}

function isMended({ findings, unsupported }: Evaluation): boolean {
  return unsupported === undefined && findings.every(({ remedy }) => remedy !== "fix");
}

/** A baseline that reads compliant because of our own earlier write was remediated, not found so. */
function withSettled(results: BaselineResult[], settled: readonly string[]): BaselineResult[] {
  return results.map((result) => {
    if (result.outcome !== "compliant" || !settled.includes(result.baseline)) return result;
    return { ...result, outcome: "remediated", reason: "Fixed earlier, and read compliant now." };
  });
}

/** Reads what guards need, for baselines that have something to fix only. */
async function withGuardParts(
  run: Run,
  resource: Resource,
  evaluations: readonly Evaluation[],
): Promise<{ kind: "read"; resource: Resource } | { kind: "refused"; refusal: Refusal }> {
  const toFix = evaluations.filter(({ findings }) => findings.some(({ remedy }) => remedy === "fix"));
  const wanted = toFix.flatMap(({ baseline }) => baseline.guards.flatMap(({ parts }) => parts));
  const missing = [...new Set(wanted)].filter((name) => !Object.hasOwn(resource.parts, name));
  if (missing.length === 0) return { kind: "read", resource };
  const read = await timed(run, "guards", () => run.type.readParts(run.look.id, missing, requestLimit(run)));
  if (read.kind === "refused") return { kind: "refused", refusal: ofPart(read.refusal) };
  return { kind: "read", resource: { ...resource, parts: { ...resource.parts, ...read.parts } } };
}

/** A part that is gone does not mean that the resource is: only a read of the resource itself can tell. */
function ofPart(refusal: Refusal): Refusal {
  return refusal.kind === "gone" ? { ...refusal, kind: "later" } : refusal;
}

function opening(decision: Decision): string[] {
  return decision.kind === "result" && decision.breakerOpens ? [decision.result.baseline] : [];
}

function lookAgain(results: readonly BaselineResult[], applied: Applied): number | undefined {
  if (applied.lookAgainSeconds !== undefined) return applied.lookAgainSeconds;
  return results.some(({ outcome }) => outcome === "retrying" || outcome === "capped") ? 0 : undefined;
}

function inOrder(results: BaselineResult[], baselines: Settings["baselines"]): BaselineResult[] {
  const order = baselines.map(({ baseline }) => baseline.id);
  return results.sort((a, b) => order.indexOf(a.baseline) - order.indexOf(b.baseline));
}

function draftResult(evaluation: Evaluation, result: Pick<BaselineResult, "outcome" | "reason">): BaselineResult {
  return { ...resultFor(evaluation.baseline.id, result), findings: evaluation.findings };
}

function resultFor(
  baseline: string,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { findings: [], changes: [], ...result, baseline };
}
