import { createHash } from "node:crypto";
import { type Cause, type ChangeMessage, causeLedBy } from "../events/cause.ts";
import type { BaselineResult, CheckEntry } from "../journal/journal.ts";
import type { SummaryOfBaseline } from "../journal/remediations.ts";
import { mostSignificant, type Outcome, outcomes } from "../outcomes.ts";
import { resourceName } from "../resources/resource-id.ts";
import type { OpenRemediation, ResourceState } from "../state/resource-state.ts";
import { endIntent } from "./apply.ts";
import { endsOfProposals, withoutSettledProposals } from "./approval.ts";
import { contestedMilliseconds, withFix } from "./breaker.ts";
import { noteOpenedBreakers } from "./breaker-entries.ts";
import { freeUnits } from "./busy.ts";
import { carriedResults, changedProperties, whyOf, withFound } from "./carry.ts";
import { withChangers } from "./changers.ts";
import { ownedProperties } from "./evaluate.ts";
import type { Judgment } from "./judge.ts";
import { putBackSoon, withoutEndedFixes } from "./look-back.ts";
import {
  changerOf,
  decidedBy,
  journalNoted,
  note,
  openRemediation,
  type Run,
  saveState,
  setRemediation,
  timed,
} from "./run.ts";
import { endsOfExemptions } from "./undo.ts";
import type { LookResult } from "./world.ts";

const mostSettledEvents = 200;
/** An event is delivered for at most 24 h (docs: "Event Grid message delivery and retry"); an hour more for clocks. */
const settledEventMilliseconds = 25 * 3_600_000;
/** What Azure can't do for so long is put before a person (encrypting a big database may take days). */
const longestRetryMilliseconds = 7 * 24 * 3_600_000;
/** Looks that Azure asked to put off to one moment come back over this long. */
const mostSpreadSeconds = 60;
/** What is looked at again by itself, in time. */
const comesAgain: ReadonlySet<Outcome> = new Set(["retrying", "capped", "awaiting-window"]);
/** A queue message waits up to this long; longer waits live in the state tables and the waker. */
const longestMessageDelaySeconds = 3600;

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

  const isOpen = results.some((result) => comesAgain.has(result.outcome));
  run.state.state = withoutSettledProposals(run.state.state, results, world.now());
  // Its follow-up names it, so that one that comes after its end is known as such.
  if (isOpen && !isSameAsBefore(run, judgment.skipped, results)) setRemediation(run, openRemediation(run));
  const nextLookAt = isOpen ? await followUp(run, secondsToNextLook(run, judgment, results), judgment.slot) : undefined;
  putBackHalfDone(run, judgment, results);
  if (!isOpen) await waitForAnEnd(run, results);
  if (!isOpen) await endOpenIntents(run, results);
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

/** Once nothing is open, what may wait is the end of an exemption, of a proposal or of a person's word: then it is judged again. */
async function waitForAnEnd(run: Run, results: readonly BaselineResult[]): Promise<void> {
  const { world, look } = run;
  const { waits, ...state } = run.state.state;
  const ends = [...endsOfExemptions(state, results), ...endsOfProposals(state)];
  const next = Math.min(...ends.filter((end) => end > world.now().getTime()));
  if (next < Number.POSITIVE_INFINITY) {
    const message: ChangeMessage = {
      version: 1,
      resourceId: look.id.text,
      cause: { via: "waker" },
      attempt: 0,
      dryRun: false,
    };
    await world.waits.put(look.id, new Date(next), JSON.stringify(message));
    run.state.state = { ...state, waits: true };
  } else if (waits) {
    await world.waits.remove(look.id);
    run.state.state = state;
  }
}

async function sendLookBack(run: Run, seconds: number): Promise<void> {
  const { operationId: _operationId, follows: _follows, ...cause } = run.look.cause;
  await sendTo(run, run.look.id.text, { ...cause, via: "follow-up" }, seconds);
}

/** Whether a resource is in scope is held against the settings when its message is handled. */
async function sendTo(run: Run, resourceId: string, cause: Cause, delaySeconds: number): Promise<void> {
  const message: ChangeMessage = { version: 1, resourceId, cause, attempt: 0, dryRun: false };
  await timed(run, "queue", () => run.world.changes.send(JSON.stringify(message), delaySeconds));
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

/** What stays unproven where nothing looks again by itself: it ends as its baselines do. */
async function endOpenIntents(run: Run, results: readonly BaselineResult[]): Promise<void> {
  for (const intent of run.state.state.remediation?.intents ?? []) {
    const concerned = results.filter(({ baseline }) => intent.baselines.includes(baseline));
    const outcome = mostSignificant(concerned.map((result) => result.outcome));
    await endIntent(run, intent, { outcome, reason: "It was written, and could not be proven." });
  }
}

/** Sends the follow-up, unless one is on its way already, and gives when it comes. */
async function followUp(run: Run, asked: number, slot: string | undefined): Promise<string> {
  const { world, look } = run;
  const { remediation } = run.state.state;
  const { follows: _follows, ...cause } = look.cause;
  const awaited = remediation?.nextLookAt;
  const isOwn = look.cause.via === "follow-up" || look.cause.via === "waker";
  if (!isOwn && awaited !== undefined && Date.parse(awaited) > world.now().getTime()) return awaited;
  // What Azure asks for is kept to, and spread a little; without a word of it the delay grows.
  const seconds =
    slot !== undefined
      ? asked
      : asked > 0
        ? asked + world.random() * Math.min(asked / 4, mostSpreadSeconds)
        : growingDelay(look.attempt, world.random());
  const message: ChangeMessage = {
    version: 1,
    resourceId: look.id.text,
    cause: { ...cause, via: "follow-up", ...(remediation ? { follows: remediation.id } : {}) },
    attempt: slot === undefined ? look.attempt + 1 : look.attempt,
    dryRun: false,
    ...(slot === undefined ? {} : { slot }),
  };
  const due = new Date(world.now().getTime() + seconds * 1000);
  if (asked <= longestMessageDelaySeconds) {
    await timed(run, "queue", () => world.changes.send(JSON.stringify(message), seconds));
  } else {
    await timed(run, "state", () => world.waits.put(look.id, due, JSON.stringify(message)));
    run.state.state = { ...run.state.state, waits: true };
  }
  return due.toISOString();
}

/** What asks for the next look first: Azure, a guard, or a window that opens. 0 leaves the time to the growing delay. */
function secondsToNextLook({ world }: Run, judgment: Judgment, results: readonly BaselineResult[]): number {
  const windows = results.flatMap(({ opensAt }) => (opensAt === undefined ? [] : [Date.parse(opensAt)]));
  const opens = windows.map((at) => Math.max(1, Math.ceil((at - world.now().getTime()) / 1000)));
  const asked = judgment.lookAgainSeconds ?? (goesOn(results) ? 0 : undefined);
  return Math.min(...opens, ...(asked === undefined ? [] : [asked]));
}

/** Whether something is tried again in a while, and not only at a time that is known. */
function goesOn(results: readonly BaselineResult[]): boolean {
  return results.some(({ outcome }) => outcome === "retrying" || outcome === "capped");
}

/** 5 s, doubling up to 15 minutes, spread by half so that many don't come back at once. */
function growingDelay(attempt: number, random: number): number {
  return Math.min(900, 5 * 2 ** Math.min(attempt, 10)) * (0.75 + random / 2);
}

/** Writes the journal's entry and the index line; gives the remediation's id where there is one. */
async function journalResults(
  run: Run,
  { skipped, resource }: Judgment,
  results: BaselineResult[],
  nextLookAt: string | undefined,
): Promise<string | undefined> {
  const { world, look } = run;
  const { state } = run.state;
  const outcome = mostSignificant(results.map((result) => result.outcome));
  const nothingFound = outcome === "compliant" || outcome === "gone";
  const isNew = state.remediation === undefined;
  if (isNew && isSameAsBefore(run, skipped, results)) return state.awaiting?.id;
  if (state.remediation && nextLookAt !== undefined && !goesOn(results) && isSameAsBefore(run, skipped, results)) {
    setRemediation(run, { ...state.remediation, nextLookAt });
    return state.remediation.id;
  }
  if (nothingFound && isNew && state.awaiting === undefined) {
    note(run, { kind: "check", outcome, dryRun: false, results, ...aboutLook(run) });
    await journalNoted(run);
    return undefined;
  }

  setRemediation(run, openRemediation(run));
  const { id, attempts, startedAt } = openRemediation(run);
  const causes = causesOf(openRemediation(run), run);
  note(run, {
    kind: "remediation",
    remediationId: id,
    outcome,
    results,
    unchanged: results.filter((result) => isOldNews(run, result)).map(({ baseline }) => baseline),
    ...aboutLook(run),
    causes,
    attempt: attempts,
  });
  await journalNoted(run);
  const remediation = openRemediation(run);
  const changedBy = changerOf(run);
  const askedBy = causes.find((cause) => cause.askedBy !== undefined)?.askedBy;
  await timed(run, "index", () =>
    world.remediations.save(look.id, {
      id,
      resourceId: look.id.text,
      outcome,
      baselines: results.map((result) => {
        const { baseline, outcome } = result;
        const changed = changedProperties(remediation, baseline, resource);
        const more = { ...(changed.length === 0 ? {} : { changed }), ...askedOf(result) };
        return { baseline, outcome, why: whyOf(result, remediation), ...more };
      }),
      startedAt,
      updatedAt: world.now().toISOString(),
      via: (remediation.causes[0] ?? look.cause).via,
      ...(changedBy === undefined ? {} : { changedBy }),
      ...(askedBy === undefined ? {} : { askedBy }),
      ...(remediation.alsoWritten.length === 0 ? {} : { alsoWritten: remediation.alsoWritten }),
      entries: remediation.entries,
    }),
  );
  const { remediation: _ended, awaiting: _decided, ...rest } = run.state.state;
  const open = stillOpen(run, remediation, results);
  const isAsked = results.some((result) => result.outcome === "awaiting-approval");
  if (nextLookAt !== undefined) run.state.state = { ...rest, remediation: { ...open, nextLookAt } };
  else run.state.state = isAsked ? { ...rest, awaiting: open } : { ...rest, endedRemediation: id };
  return id;
}

function aboutLook(run: Run): Pick<CheckEntry, "causes" | "durations" | "policy"> {
  return { causes: run.causes, durations: run.durations, ...decidedBy(run) };
}

/** What a person has to know to decide; nothing where nobody is asked. */
function askedOf({ outcome, proposal, changes, mayBreak }: BaselineResult): Pick<SummaryOfBaseline, "asked"> {
  if (outcome !== "awaiting-approval" || !proposal) return {};
  return {
    asked: {
      proposal: proposal.hash,
      expiresAt: proposal.expiresAt,
      changes,
      ...(mayBreak === undefined ? {} : { mayBreak }),
    },
  };
}

/** What led to the remediation first, then what led to this look: who reads one entry alone sees who made the change. */
function causesOf({ causes }: OpenRemediation, run: Run): OpenRemediation["causes"] {
  const known = new Set(causes.map((cause) => JSON.stringify(cause)));
  return [...causes, ...run.causes.filter((cause) => !known.has(JSON.stringify(cause)))];
}

function stillOpen(run: Run, remediation: OpenRemediation, results: readonly BaselineResult[]): OpenRemediation {
  const { retryingSince: before, nextLookAt: _came, ...rest } = remediation;
  const isRetrying = results.some(({ outcome }) => outcome === "retrying");
  const retryingSince = isRetrying ? { retryingSince: before ?? run.world.now().toISOString() } : {};
  return withFound({ ...rest, ...retryingSince, attempts: remediation.attempts + 1 }, results);
}

/** A sweep that finds what the last look found has nothing to add to the journal. */
function isSameAsBefore(run: Run, skipped: boolean, results: readonly BaselineResult[]): boolean {
  if (run.look.cause.via !== "sweep" && run.look.cause.via !== "waker") return false;
  if (skipped) return run.state.state.skippedAs === results.map(fingerprintOf).join(" ");
  const before = run.state.state.outcomes;
  return results.every((result) => before[result.baseline]?.fingerprint === fingerprintOf(result));
}

const toldOnce: readonly Outcome[] = ["contested", "reverted", "capped"];

/** What a baseline was told to be at the last look. A fix is news each time. */
function isOldNews({ state: { state } }: Run, result: BaselineResult): boolean {
  const before = state.outcomes[result.baseline];
  if (before?.outcome !== result.outcome || result.outcome === "remediated") return false;
  return toldOnce.includes(result.outcome) || before.fingerprint === fingerprintOf(result);
}

function stateAfter(
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
    const settled = isOpen ? {} : { settledEvents: settledEvents(answered, run.state.state, now) };
    return {
      ...run.state.state,
      ...settled,
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

function fingerprintOf(result: BaselineResult): string {
  const { outcome, findings, changes, azure, code, guard, proposal, exemptionAsked } = result;
  const asked = proposal?.proposedAt;
  const told = { outcome, findings, changes, code: azure?.code ?? code, guard, asked, exemptionAsked };
  return createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 16);
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
