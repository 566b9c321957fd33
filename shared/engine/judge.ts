import type { Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { outcomes } from "../outcomes.ts";
import type { Settings } from "../policy/settings.ts";
import type { Occasion, ReadResult, Refusal, Remembered } from "../resources/resource-type.ts";
import type { OpenIntent } from "../state/resource-state.ts";
import {
  type Applied,
  applyFixes,
  azureOf,
  endIntent,
  type FixDecision,
  isJournaled,
  pathsNotForeign,
  refusedResult,
} from "./apply.ts";
import { foreignDifferences } from "./compare.ts";
import { type Circumstances, type Decision, decide } from "./decide.ts";
import { baselinesFor, type Evaluation, evaluate, ownedValues, partsForChecks } from "./evaluate.ts";
import { lookBackDecision, partsOfLookBacks, putBackSoon, reads, rememberProven, withWorking } from "./look-back.ts";
import { proveFixes, provenOutcomes } from "./prove.ts";
import { type Run, requestLimit, timed } from "./run.ts";
import { partsOfUndo, undoDecision, withUndone } from "./undo.ts";

/** A resource as a judgment read it, and how its last change stands. */
type SeenResource = Extract<ReadResult, { kind: "read" }>;

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
  /** It was not read: what was known of it stays. */
  skipped: boolean;
  /** Ids of other resources that have to be looked at. */
  leadsTo: string[];
}

/**
 * Reads a resource, holds it against its baselines, fixes what falls short and may be fixed, and proves it. The order of things is here:
 * read, settle what was left open, evaluate, ask the guards, decide, write, prove.
 */
export async function judge(run: Run): Promise<Judgment> {
  const { world, look, type } = run;
  const baselines = baselinesFor(type.type, world.settings);
  const readAt = world.now();
  const parts = [...partsForChecks(baselines), ...partsOfUndo(look), ...partsOfLookBacks(run.state.state, readAt)];
  const read = await timed(run, "read", () => readWithParts(run, [...new Set(parts)]));
  if (read.kind === "refused") return await unreadable(run, baselines, read.refusal);
  if (read.kind === "skipped") {
    const results = baselines.map(({ baseline }) =>
      resultFor(baseline.id, { outcome: read.outcome, reason: read.reason }),
    );
    return { ...nothingFound, results, skipped: true };
  }

  const evaluations = evaluate(read.resource, baselines);
  if (hasOpenIntents(run) && !read.settled) {
    const reason = "Azure still works on it; a later read proves it.";
    const results = evaluations.map((each) => draftResult(each, { outcome: "retrying", reason }));
    return { ...nothingFound, results, resource: read.resource, readAt, lookAgainSeconds: 0 };
  }
  if (read.settled) run.state.state = withWorking(run.state.state, evaluations, read.resource);
  const unfinished = look.dryRun ? undefined : await unfinishedOperation(run, read, evaluations);
  if (unfinished) return { ...nothingFound, ...unfinished, resource: read.resource, readAt };
  const settled = look.dryRun ? [] : await settleOpenIntents(run, read, evaluations);

  const guarded = await withGuardParts(run, read.resource, evaluations);
  const decisions = evaluations.map(
    (each) =>
      undoDecision(run, each, guarded.resource) ??
      guarded.undecidable(each) ??
      lookBackOf(run, each, guarded.resource) ??
      decide(each, guarded.resource, circumstancesOf(run)),
  );
  const fixes = decisions.filter((decision): decision is FixDecision => decision.kind === "fix");
  const decided = decisions.flatMap((decision) => (decision.kind === "result" ? [decision.result] : []));
  const opened = decisions.flatMap((decision) => opening(decision));
  const leadsTo = decisions.flatMap((decision) => (decision.kind === "result" ? (decision.leadsTo ?? []) : []));
  const judgment = { ...nothingFound, readAt, opened, leadsTo, lookAgainSeconds: askedAgain(decisions, look.attempt) };
  if (fixes.length === 0) {
    return {
      ...judgment,
      results: withUndone(run, withSettled(decided, settled, baselines)),
      resource: guarded.resource,
      fixed: settled,
    };
  }

  const applied = await applyFixes(run, guarded.resource, fixes);
  const proof = await proveFixes(run, guarded.resource, fixes, applied);
  const left = withMended(withSettled(decided, settled, baselines), proof.resource, baselines);
  const results = inOrder([...left, ...proof.results], baselines);
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
    lookAgainSeconds: lookAgain(results, applied) ?? judgment.lookAgainSeconds,
  };
}

function lookBackOf(run: Run, evaluation: Evaluation, resource: Resource): Decision | undefined {
  return run.look.dryRun ? undefined : lookBackDecision(run, evaluation, resource);
}

function circumstancesOf({ world, state, look }: Run): Circumstances {
  return { settings: world.settings, state: state.state, now: world.now(), dryRun: look.dryRun };
}

const nothingFound: Judgment = {
  results: [],
  resource: undefined,
  readAt: undefined,
  opened: [],
  fixed: [],
  lookAgainSeconds: undefined,
  skipped: false,
  leadsTo: [],
};

async function readWithParts(run: Run, parts: readonly string[]): Promise<ReadResult> {
  const { type, look } = run;
  const read = await type.read(look.id, occasionOf(run), requestLimit(run), rememberedOf(run));
  if (read.kind !== "read" || parts.length === 0) return read;
  const partsRead = await type.readParts(look.id, parts, requestLimit(run), read.resource);
  if (partsRead.kind === "refused") return { kind: "refused", refusal: ofPart(partsRead.refusal) };
  return {
    kind: "read",
    resource: { ...read.resource, parts: { ...read.resource.parts, ...partsRead.parts } },
    settled: read.settled && partsRead.settled !== false,
    failed: [...(read.failed ?? []), ...(partsRead.failed ?? [])],
  };
}

function occasionOf({ look }: Run): Occasion {
  if (look.cause.via === "sweep" || look.cause.via === "recheck") return look.cause.via;
  return "event";
}

/** A compliant state is remembered from looks that read it; a finding or an open write since then makes it worthless. */
function rememberedOf({ state: { state } }: Run): Remembered {
  const isGood = Object.values(state.outcomes).every(({ outcome }) => outcomes[outcome].end === "good");
  const isKnown = state.readAt !== undefined && state.remediation === undefined && isGood;
  return { compliantAt: isKnown && state.readAt !== undefined ? new Date(state.readAt) : undefined };
}

/**
 * Where a resource is not yet as it was written while the operation runs, there is nothing to judge yet; where the operation failed,
 * its error is what counts.
 */
async function unfinishedOperation(
  run: Run,
  read: SeenResource,
  evaluations: readonly Evaluation[],
): Promise<Pick<Judgment, "results" | "lookAgainSeconds"> | undefined> {
  const { type, look } = run;
  for (const intent of run.state.state.remediation?.intents ?? []) {
    const concerned = evaluations.filter(({ baseline }) => intent.baselines.includes(baseline.id));
    if (intent.operation === undefined || type.readOperation === undefined) continue;
    if (isReached(intent, read, concerned)) continue;
    const status = await type.readOperation(look.id, intent.operation, requestLimit(run));
    if (status.kind === "ended") continue;
    if (status.kind === "running") {
      const reason = "Azure still works on it; a later read proves it.";
      return {
        results: evaluations.map((each) => draftResult(each, { outcome: "retrying", reason })),
        lookAgainSeconds: 0,
      };
    }
    const refused = refusedResult(status.refusal);
    await endIntent(run, intent, { outcome: refused.outcome, reason: refused.reason, ...azureOf(status.refusal) });
    if (isFinal(status.refusal) && intent.purpose === "fix") {
      putBackFailed(run, intent, { concerned, resource: read.resource, why: status.refusal.code });
    }
    const results = evaluations.map((each) =>
      concerned.includes(each) ? draftResult(each, refused) : draftResult(each, unjudged),
    );
    return {
      results,
      lookAgainSeconds: status.refusal.kind === "later" ? (status.refusal.waitSeconds ?? 0) : undefined,
    };
  }
  return undefined;
}

/** What a resource shows of a change that failed may hold or not: it is put back with what was written before it. */
function putBackFailed(
  run: Run,
  intent: OpenIntent,
  { concerned, resource, why }: { concerned: readonly Evaluation[]; resource: Resource; why: string },
): void {
  if (reads(intent.change, resource)) rememberProven(run, intent, concerned, resource);
  for (const id of intent.baselines) putBackSoon(run, id, why);
}

function isFinal({ kind }: Refusal): boolean {
  return kind === "blocked" || kind === "invalid";
}

const unjudged = { outcome: "retrying", reason: "Judged once the operation on the resource is settled." } as const;

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
async function settleOpenIntents(run: Run, read: SeenResource, evaluations: readonly Evaluation[]): Promise<string[]> {
  const { resource } = read;
  const fixed: string[] = [];
  for (const intent of run.state.state.remediation?.intents ?? []) {
    const concerned = evaluations.filter(({ baseline }) => intent.baselines.includes(baseline.id));
    const journaled = await isJournaled(run, intent);
    const took = journaled && concerned.length > 0 && isReached(intent, read, concerned);
    const isFailed = journaled && !took && read.failed?.includes(intent.change.part) === true;
    const owned = [...new Set(concerned.flatMap(({ baseline }) => baseline.owns))];
    await endIntent(run, intent, {
      outcome: took ? provenOutcomes[intent.purpose] : "superseded",
      reason: settledReason({ journaled, took, isFailed }),
      readAfterwards: ownedValues(resource, owned),
      ...(journaled && {
        foreignDifferences: foreignDifferences(intent.foreign, resource, pathsNotForeign(run, intent)),
      }),
    });
    if (isFailed && intent.purpose === "fix")
      putBackFailed(run, intent, { concerned, resource, why: "Azure shows it as failed" });
    if (!took) continue;
    if (intent.purpose === "undo") run.undone.push(...intent.baselines);
    if (intent.purpose === "fix") fixed.push(...intent.baselines.filter((id) => isMendedBaseline(concerned, id)));
    rememberProven(run, intent, concerned, resource);
  }
  return [...new Set(fixed)];
}

/**
 * Azure may answer a value in another spelling: of a fix counts what the baselines say. What a failed change shows proves nothing.
 */
function isReached(
  { change, purpose }: OpenIntent,
  { resource, failed }: SeenResource,
  concerned: readonly Evaluation[],
): boolean {
  if (failed?.includes(change.part)) return false;
  return reads(change, resource) || (purpose === "fix" && concerned.every(isMended));
}

function isMendedBaseline(concerned: readonly Evaluation[], id: string): boolean {
  return concerned.some((each) => each.baseline.id === id && isMended(each));
}

function settledReason({
  journaled,
  took,
  isFailed,
}: {
  journaled: boolean;
  took: boolean;
  isFailed: boolean;
}): string {
  if (!journaled) return "It was never sent.";
  if (isFailed) return "A later read shows that the change failed.";
  if (took) return "A later read shows it compliant.";
  return "A later read shows it non-compliant, with nothing in progress: judged again.";
}

function isMended({ findings, unsupported }: Evaluation): boolean {
  return unsupported === undefined && findings.every(({ remedy }) => remedy !== "fix");
}

/** A baseline that reads compliant because of our own earlier write was remediated, not found so. */
function withSettled(
  results: BaselineResult[],
  settled: readonly string[],
  baselines: Settings["baselines"],
): BaselineResult[] {
  return results.map((result) => {
    if (result.outcome !== "compliant" || !settled.includes(result.baseline)) return result;
    const provenAs = baselines.find(({ baseline }) => baseline.id === result.baseline)?.baseline.provenAs;
    return { ...result, outcome: "remediated", reason: provenAs ?? "Fixed earlier, and read compliant now." };
  });
}

/** The resource with what guards need, and what becomes of a baseline whose guards could not be asked. */
interface Guarded {
  resource: Resource;
  undecidable(evaluation: Evaluation): Decision | undefined;
}

/** Reads what guards need, for baselines that have something to fix only. */
async function withGuardParts(run: Run, resource: Resource, evaluations: readonly Evaluation[]): Promise<Guarded> {
  const toFix = evaluations.filter(hasSomethingToFix);
  const wanted = [...new Set(toFix.flatMap(partsForGuards))];
  const missing = wanted.filter((name) => !Object.hasOwn(resource.parts, name));
  if (missing.length === 0) return { resource, undecidable: () => undefined };
  const read = await timed(run, "guards", () => run.type.readParts(run.look.id, missing, requestLimit(run), resource));
  if (read.kind === "read") {
    return { resource: { ...resource, parts: { ...resource.parts, ...read.parts } }, undecidable: () => undefined };
  }
  const refused = refusedResult(ofPart(read.refusal));
  return {
    resource,
    undecidable(evaluation) {
      const needs = hasSomethingToFix(evaluation) && partsForGuards(evaluation).some((name) => missing.includes(name));
      return needs ? { kind: "result", result: draftResult(evaluation, refused) } : undefined;
    },
  };
}

function hasSomethingToFix({ findings }: Evaluation): boolean {
  return findings.some(({ remedy }) => remedy === "fix");
}

function partsForGuards({ baseline }: Evaluation): string[] {
  return baseline.guards.flatMap(({ parts }) => parts);
}

/** What one baseline only reported or waited with may have been mended by the fix of another that owns the same property. */
function withMended(
  results: BaselineResult[],
  after: Resource | undefined,
  baselines: Settings["baselines"],
): BaselineResult[] {
  if (!after) return results;
  return results.map((result) => {
    const { baseline } = baselines.find((each) => each.baseline.id === result.baseline) ?? {};
    const wasLeft = result.outcome === "audit" || result.outcome === "awaiting-approval";
    if (!wasLeft || !baseline || baseline.check(after).length > 0) return result;
    return { ...result, outcome: "compliant", reason: "Compliant now: the fix of another baseline mended it." };
  });
}

/** A part that is gone does not mean that the resource is: only a read of the resource itself can tell. */
function ofPart(refusal: Refusal): Refusal {
  return refusal.kind === "gone" ? { ...refusal, kind: "later" } : refusal;
}

function opening(decision: Decision): string[] {
  return decision.kind === "result" && decision.breakerOpens ? [decision.result.baseline] : [];
}

/** The shortest time after which a guard wants to be asked again, doubled each time up to a quarter of an hour. */
function askedAgain(decisions: readonly Decision[], attempt: number): number | undefined {
  const asked = decisions.flatMap((decision) => (decision.kind === "result" ? (decision.lookAgainSeconds ?? []) : []));
  return asked.length === 0 ? undefined : Math.min(900, Math.min(...asked) * 2 ** Math.min(attempt, 10));
}

function lookAgain(results: readonly BaselineResult[], applied: Applied): number | undefined {
  if (applied.lookAgainSeconds !== undefined) return applied.lookAgainSeconds;
  return results.some(({ outcome }) => outcome === "retrying" || outcome === "capped") ? 0 : undefined;
}

function inOrder(results: BaselineResult[], baselines: Settings["baselines"]): BaselineResult[] {
  const order = baselines.map(({ baseline }) => baseline.id);
  return results.sort((a, b) => order.indexOf(a.baseline) - order.indexOf(b.baseline));
}

function draftResult(
  evaluation: Evaluation,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { ...resultFor(evaluation.baseline.id, result), findings: evaluation.findings };
}

function resultFor(
  baseline: string,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { findings: [], changes: [], ...result, baseline };
}
