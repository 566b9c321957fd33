import type { BoundBaseline, Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { outcomes } from "../outcomes.ts";
import type { BaselinePolicy } from "../policy/resource-policy.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { Occasion, ReadResult, Refusal, Remembered } from "../resources/resource-type.ts";
import { applyFixes, endIntent, type FixDecision, refusedResult } from "./apply.ts";
import { closeBreaker } from "./breaker-entries.ts";
import { type Circumstances, type Decision, decide } from "./decide.ts";
import { baselinesFor, draftResult, type Evaluation, evaluate, partsForChecks, resultFor } from "./evaluate.ts";
import { withGranted, withUnheld } from "./exempt.ts";
import { lookBackDecision, partsOfLookBacks, withWorking } from "./look-back.ts";
import { proveFixes } from "./prove.ts";
import { keepProposals, type RulingAnswer, takeRuling } from "./rule.ts";
import { type Run, requestLimit, timed } from "./run.ts";
import { settleOpenIntents, unfinishedOperation } from "./settle.ts";
import { withTargets } from "./targets.ts";
import { partsOfUndo, undoDecision, withUndone } from "./undo.ts";
import { putOffUnlessTaken } from "./units.ts";

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
  /** The slot that is booked for the next look, ISO 8601: it was only put off, which is no attempt. */
  slot: string | undefined;
  /** It was not read: what was known of it stays. */
  skipped: boolean;
  /** Ids of other resources that have to be looked at. */
  leadsTo: string[];
  /** How a person's word was taken, where one was given. */
  ruling?: RulingAnswer;
}

/**
 * Reads a resource, holds it against its baselines, fixes what falls short and may be fixed, and proves it. The order of things is here:
 * read, settle what was left open, evaluate, ask the guards, decide, write, prove.
 */
export async function judge(run: Run): Promise<Judgment> {
  const { world, look, type } = run;
  closeBreaker(run);
  const known = baselinesFor(type.type, world.settings);
  const readAt = world.now();
  const parts = [
    ...partsForChecks(known),
    ...partsOfUndo(look, run.state.state),
    ...partsOfLookBacks(run.state.state, readAt),
  ];
  const read = await timed(run, "read", () => readWithParts(run, [...new Set(parts)]));
  if (read.kind === "refused") return await unreadable(run, known, read.refusal);
  if (read.kind === "skipped") {
    const results = known.map(({ id }) => resultFor(id, { outcome: read.outcome, reason: read.reason }));
    return { ...nothingFound, results, skipped: true };
  }

  const baselines = policiesFor(run, read.resource);
  const found = evaluate(read.resource, baselines);
  if (hasOpenIntents(run) && !read.settled) {
    const reason = "Azure still works on it; a later read proves it.";
    const results = found.map((each) => draftResult(each, { outcome: "retrying", reason }));
    return { ...nothingFound, results, resource: read.resource, readAt, lookAgainSeconds: 0 };
  }
  if (read.settled) run.state.state = withWorking(run.state.state, found, read.resource);
  const unfinished = look.dryRun ? undefined : await unfinishedOperation(run, read, found);
  if (unfinished) return { ...nothingFound, ...unfinished, resource: read.resource, readAt };
  const settled = look.dryRun ? [] : await settleOpenIntents(run, read, found);
  const evaluations = await withTargets(run, read.resource, await withGranted(run, read.resource, found));
  run.policies = evaluations;

  const guarded = await withGuardParts(run, read.resource, evaluations);
  const { decisions, ruling } = decisionsOf(run, guarded, evaluations, read.units);
  const fixes = decisions.filter((decision): decision is FixDecision => decision.kind === "fix");
  const decided = decisions.flatMap((decision) => (decision.kind === "result" ? [decision.result] : []));
  const opened = decisions.flatMap((decision) => opening(decision));
  const leadsTo = decisions.flatMap((decision) => (decision.kind === "result" ? (decision.leadsTo ?? []) : []));
  const judgment = {
    ...nothingFound,
    readAt,
    opened,
    leadsTo,
    lookAgainSeconds: askedAgain(decisions, look.attempt),
    ...(ruling === undefined ? {} : { ruling }),
  };
  const unheld = (results: BaselineResult[]) => withUnheld(run, guarded.resource, evaluations, results);
  if (fixes.length === 0) {
    return {
      ...judgment,
      results: unheld(withUndone(run, withSettled(decided, settled, baselines))),
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
    ...results.filter(({ outcome }) => outcome === "remediated").map(({ baseline }) => baseline),
  ];
  return {
    ...judgment,
    results: unheld(results),
    resource: proof.resource ?? guarded.resource,
    fixed: [...new Set(fixed)],
    lookAgainSeconds: applied.lookAgainSeconds ?? judgment.lookAgainSeconds,
    slot: applied.slot,
  };
}

/** What the policy says of the resource as it was read: its tags stand in it. It holds for the rest of the look. */
function policiesFor(run: Run, { id, body }: Resource): BaselinePolicy[] {
  run.policies = run.policy.of({ id, type: run.type.type, tags: body.tags }, run.world.now());
  return run.policies;
}

/** What is to be done about each baseline. A person's word on one is taken first, and that one decided anew by it. */
function decisionsOf(
  run: Run,
  guarded: Guarded,
  evaluations: readonly Evaluation[],
  units: readonly ResourceId[] | undefined,
): { decisions: readonly Decision[]; ruling: RulingAnswer | undefined } {
  const { look } = run;
  const firstDecisions = evaluations.map(
    (each) =>
      undoDecision(run, each, guarded.resource) ??
      guarded.undecidable(each) ??
      lookBackOf(run, each, guarded.resource) ??
      decide(each, guarded.resource, circumstancesOf(run)),
  );
  const ruling = look.ruling && !look.dryRun ? takeRuling(run, firstDecisions, look.ruling) : undefined;
  const ruled = ruling?.kind === "taken" ? ruling.baseline : undefined;
  const wanted = evaluations.map((each, index) => {
    const first = firstDecisions[index];
    return first && each.baseline.id !== ruled ? first : decide(each, guarded.resource, circumstancesOf(run));
  });
  const decisions = putOffUnlessTaken(run, units, wanted);
  keepProposals(run, decisions);
  return { decisions, ruling };
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
  slot: undefined,
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
    ...read,
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

async function unreadable(run: Run, baselines: readonly BoundBaseline[], refusal: Refusal): Promise<Judgment> {
  const refused = refusedResult(refusal);
  if (refusal.kind === "gone" && !run.look.dryRun) {
    for (const intent of run.state.state.remediation?.intents ?? []) await endIntent(run, intent, refused);
  }
  const results = baselines.map(({ id }) => resultFor(id, refused));
  return { ...nothingFound, results, lookAgainSeconds: refusal.waitSeconds };
}

function hasOpenIntents(run: Run): boolean {
  return (run.state.state.remediation?.intents.length ?? 0) > 0;
}

/** A baseline that reads compliant because of our own earlier write was remediated, not found so. */
function withSettled(
  results: BaselineResult[],
  settled: readonly string[],
  baselines: readonly BaselinePolicy[],
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
  const toFix = evaluations.filter((each) => hasSomethingToFix(each) && !each.exemption);
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
      const needs = toFix.includes(evaluation) && partsForGuards(evaluation).some((name) => missing.includes(name));
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
  baselines: readonly BaselinePolicy[],
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

function inOrder(results: BaselineResult[], baselines: readonly BaselinePolicy[]): BaselineResult[] {
  const order = baselines.map(({ baseline }) => baseline.id);
  return results.sort((a, b) => order.indexOf(a.baseline) - order.indexOf(b.baseline));
}
