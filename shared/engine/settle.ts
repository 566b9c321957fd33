import type { Resource } from "../baselines/baseline.ts";
import type { ReadResult, Refusal } from "../resources/resource-type.ts";
import type { OpenIntent } from "../state/resource-state.ts";
import { endIntent, isJournaled, pathsNotForeign, refusedBy, refusedResult } from "./apply.ts";
import { foreignDifferences } from "./compare.ts";
import { draftResult, type Evaluation, ownedValues } from "./evaluate.ts";
import type { Judgment } from "./judge.ts";
import { putBackSoon, reads, rememberProven } from "./look-back.ts";
import { countOvertaken, provenOutcomes } from "./prove.ts";
import { type Run, requestLimit } from "./run.ts";
import { endWrittenUndo } from "./undo.ts";

/** A resource as a judgment read it, and how its last change stands. */
export type SeenResource = Extract<ReadResult, { kind: "read" }>;

/**
 * Where a resource is not yet as it was written while the operation runs, there is nothing to judge yet; where the operation failed,
 * its error is what counts.
 */
export async function unfinishedOperation(
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
    await endIntent(run, intent, { outcome: refused.outcome, reason: refused.reason, ...refusedBy(status.refusal) });
    if (isFinal(status.refusal) || showsFailed(intent, read)) {
      takeFailed(run, intent, { concerned, resource: read.resource, why: refused.reason });
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

/** Intents that a crash, a lost answer or a long operation left open get their outcome from what is read now. */
export async function settleOpenIntents(
  run: Run,
  read: SeenResource,
  evaluations: readonly Evaluation[],
): Promise<string[]> {
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
    if (isFailed) takeFailed(run, intent, { concerned, resource, why: "Azure shows it as failed" });
    const isOvertaken = !took && journaled && !isFailed && intent.accepted === true;
    if (isOvertaken && intent.purpose === "fix") countOvertaken(run, intent.baselines);
    if (!took) continue;
    if (intent.purpose === "undo") run.undone.push(...intent.baselines);
    if (intent.purpose === "fix") fixed.push(...intent.baselines.filter((id) => isMendedBaseline(concerned, id)));
    rememberProven(run, intent, concerned, resource);
    endWrittenUndo(run, resource);
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

/**
 * What a resource shows of a change that failed may hold or not: of a fix it is put back with what was written before it, and a put-back that
 * shows the old value waits for a person, or the fix that broke something would be written again. An undo is a person's own already.
 */
function takeFailed(
  run: Run,
  intent: OpenIntent,
  { concerned, resource, why }: { concerned: readonly Evaluation[]; resource: Resource; why: string },
): void {
  if (reads(intent.change, resource)) rememberProven(run, intent, concerned, resource);
  if (intent.purpose !== "fix") return;
  for (const id of intent.baselines) putBackSoon(run, id, why);
}

/** What fails only for a while is written again, unless it shows its goal: then no later look would find anything left to write. */
function showsFailed({ change }: OpenIntent, { resource, failed }: SeenResource): boolean {
  return failed?.includes(change.part) === true && reads(change, resource);
}

function isFinal({ kind }: Refusal): boolean {
  return kind === "blocked" || kind === "invalid";
}

const unjudged = { outcome: "retrying", reason: "Judged once the operation on the resource is settled." } as const;
