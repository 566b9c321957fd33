import { causeLedBy } from "../events/cause.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { mostSignificant, type Outcome, outcomes } from "../outcomes.ts";
import { resourceName } from "../resources/resource-id.ts";
import { endIntent } from "./apply.ts";
import { withoutSettledProposals } from "./approval.ts";
import { noteOpenedBreakers } from "./breaker-entries.ts";
import { freeUnits } from "./busy.ts";
import { carriedResults } from "./carry.ts";
import { comesAgain, followUp, secondsToNextLook, sendLookBack, sendTo, waitForAnEnd } from "./follow-up.ts";
import { noteForeignUse } from "./foreign-use.ts";
import { aboutLook, journalResults } from "./journal-results.ts";
import type { Judgment } from "./judge.ts";
import { putBackSoon } from "./look-back.ts";
import { watchForMissedEvent } from "./missed-event.ts";
import { changerOf, journalNoted, note, openRemediation, type Run, saveState, setRemediation, timed } from "./run.ts";
import { isSameAsBefore } from "./standing.ts";
import { stateAfter } from "./state-after.ts";
import type { LookResult } from "./world.ts";

/** What Azure can't do for so long is put before a person (encrypting a big database may take days). */
const longestRetryMilliseconds = 7 * 24 * 3_600_000;
/**
 * Ends a judgment: the follow-up first, then the journal, then the index and the state. A crash between any two costs a repeated look
 * and no more.
 */
export async function conclude(run: Run, judgment: Judgment): Promise<LookResult> {
  const { world, look } = run;
  const results = giveUpAfterLong(run, carriedResults(run, judgment));
  const outcome = mostSignificant(results.map((result) => result.outcome));
  if (look.dryRun) {
    note(run, { kind: "check", outcome, dryRun: true, results, ...aboutLook(run) });
    await journalNoted(run);
    tell(run, "dry run", { outcome, results });
    return { outcome, results, policy: { reference: run.policy.reference, says: run.policies } };
  }

  await noteForeignUse(run);
  watchForMissedEvent(run, results);
  const isOpen = results.some((result) => comesAgain.has(result.outcome));
  run.state.state = withoutSettledProposals(run.state.state, results, world.now());
  // Its follow-up names it, so that one that comes after its end is known as such.
  if (isOpen && !isSameAsBefore(run, judgment.skipped, results)) setRemediation(run, openRemediation(run));
  const nextLookAt = isOpen ? await followUp(run, secondsToNextLook(run, judgment, results), judgment.slot) : undefined;
  putBackHalfDone(run, judgment, results);
  if (!isOpen) await waitForAnEnd(run, results);
  if (!isOpen) await endOpenIntents(run, results, outcome);
  for (const seconds of new Set(run.lookBackSeconds)) await sendLookBack(run, seconds);
  for (const resourceId of judgment.leadsTo) await sendTo(run, resourceId, causeLedBy(look.id.text), 0);

  const changedBy = changerOf(run);
  const answered = [...run.causes, ...(run.state.state.remediation?.causes ?? [])];
  await timed(run, "state", () => freeUnits(run));
  noteOpenedBreakers(run, judgment.opened);
  const remediationId = await journalResults(run, judgment, results, nextLookAt);
  if (outcome === "gone") await world.states.clear(look.id);
  else await saveState(run, () => stateAfter(run, judgment, { results, isOpen, changedBy, answered }));
  const { ruling } = judgment;
  const result = {
    outcome,
    results,
    ...(remediationId === undefined ? {} : { remediationId }),
    ...(ruling === undefined ? {} : { ruling }),
  };
  tell(run, "judged", result);
  return result;
}

function giveUpAfterLong(run: Run, results: BaselineResult[]): BaselineResult[] {
  const retryingSince = run.state.state.remediation?.retryingSince;
  if (retryingSince === undefined) return results;
  if (run.world.now().getTime() - Date.parse(retryingSince) < longestRetryMilliseconds) return results;
  return results.map((result) =>
    result.outcome === "retrying" ? { ...result, outcome: "failed", code: "retries-exhausted" } : result,
  );
}

/** A fix of several writes that began, and that can't go on without a person, is put back: neither written nor proven ends it. */
function putBackHalfDone(run: Run, { resource }: Judgment, results: readonly BaselineResult[]): void {
  if (!resource) return;
  for (const { baseline, outcome, reason } of results) {
    const isDone = outcomes[outcome].end === "good" && outcome !== "exempt";
    if (isDone || comesAgain.has(outcome)) continue;
    const { check } = run.policies.find((each) => each.baseline.id === baseline)?.baseline ?? {};
    const isLeft = check?.(resource).some(({ remedy }) => remedy === "fix");
    if (isLeft) putBackSoon(run, baseline, reason);
  }
}

/** What stays unproven where nothing looks again by itself: it ends as its baselines do, or as the look where none of them is looked at any more. */
async function endOpenIntents(run: Run, results: readonly BaselineResult[], lookOutcome: Outcome): Promise<void> {
  for (const intent of run.state.state.remediation?.intents ?? []) {
    const concerned = results.filter(({ baseline }) => intent.baselines.includes(baseline));
    const outcome = concerned.length === 0 ? lookOutcome : mostSignificant(concerned.map((result) => result.outcome));
    await endIntent(run, intent, { outcome, reason: "It was written, and could not be proven." });
  }
}

function tell(run: Run, message: string, result: LookResult): void {
  const { world, look, causes, durations } = run;
  const needsPerson = outcomes[result.outcome].end === "person";
  const write = needsPerson ? world.log.warn : world.log.info;
  write(message, {
    resource: resourceName(look.id),
    resourceId: look.id.text,
    outcome: result.outcome,
    ...(result.remediationId === undefined ? {} : { remediationId: result.remediationId }),
    results: result.results,
    causes,
    durations,
  });
}
