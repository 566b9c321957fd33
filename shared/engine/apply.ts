import type { Change, Resource } from "../baselines/baseline.ts";
import type { BaselineResult, EntryReference, IntentOutcomeEntry } from "../journal/journal.ts";
import { leafPaths } from "../json.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { Refusal, RefusedWrite } from "../resources/resource-type.ts";
import type { OpenIntent, OpenRemediation, ResourceState } from "../state/resource-state.ts";
import { withBegunRuling } from "./approval.ts";
import { withFound, withWrite } from "./carry.ts";
import { changersSince } from "./changers.ts";
import { foreignProperties } from "./compare.ts";
import type { Decision } from "./decide.ts";
import { baselinesFor, changedResource, ownedValues } from "./evaluate.ts";
import { gateBefore } from "./gate.ts";
import { undoOf, workedBefore } from "./look-back.ts";
import { type PlannedFix, type PlannedWrite, planSeparately, planWrites, writeWithout } from "./plan.ts";
import {
  decidedBy,
  journalNoted,
  journalPlace,
  note,
  openRemediation,
  type Run,
  requestLimit,
  saveState,
  setRemediation,
  timed,
} from "./run.ts";
import { afterFailedUndo, withExemptions } from "./undo.ts";

/** A decision to write. */
export type FixDecision = Extract<Decision, { kind: "fix" }>;

/** What became of the writes: results that are known already, and intents that a read has to prove. */
export interface Applied {
  /** By baseline; those that are not here were written, and wait for their proof. */
  ended: Map<string, BaselineResult>;
  written: { intent: OpenIntent; write: PlannedWrite }[];
  /** The whole resource as the last write's answer showed it. */
  answered: Resource | undefined;
  /** Set where an operation was started, or an answer got lost: look again after so many seconds. */
  lookAgainSeconds: number | undefined;
  /** The slot that is booked for the next look, ISO 8601. */
  slot: string | undefined;
}

/**
 * Writes fixes, each write after its own durable intent. A write for several baselines that Azure refuses as a whole is tried again one by one.
 * Nothing is retried in here: what may succeed later is looked at again, and judged again.
 */
export async function applyFixes(run: Run, resource: Resource, fixes: readonly FixDecision[]): Promise<Applied> {
  const applied: Applied = {
    ended: new Map(),
    written: [],
    answered: undefined,
    lookAgainSeconds: undefined,
    slot: undefined,
  };
  const planned = fixes.map(plannedFix);
  let waiting = purposes.flatMap((purpose) =>
    planWrites(fixes.filter((fix) => fix.purpose === purpose).map(plannedFix)),
  );
  for (let write = waiting.shift(); write; write = waiting.shift()) {
    const current = writeWithout(write, (baseline) => applied.ended.has(baseline));
    if (!current) continue;
    const { baselines } = current;
    const target = run.type.targetOf?.(current.change, resource) ?? run.look.id;
    const closed = await gateBefore(run, purposeOf(fixes, baselines), target);
    if (closed) {
      endAll(applied, fixes, baselines, closed.result);
      applied.lookAgainSeconds = Math.max(applied.lookAgainSeconds ?? 0, closed.lookAgainSeconds);
      applied.slot ??= closed.slot;
      continue;
    }
    const intent = await writeIntent(run, resource, current, { fixes, target });
    await waitForTurn(run);
    const answer = await timed(run, "write", () =>
      run.type.write(
        run.look.id,
        current.change,
        { correlationId: intent.correlationId, signal: requestLimit(run) },
        resource,
      ),
    );
    if (answer.kind === "done") {
      replaceIntent(run, { ...intent, accepted: true });
      applied.written.push({ intent, write: current });
      if (answer.body) applied.answered = { ...resource, body: answer.body };
    } else if (answer.kind === "started") {
      applied.lookAgainSeconds = answer.lookAgainSeconds;
      const { operation } = answer;
      replaceIntent(run, { ...intent, accepted: true, ...(operation === undefined ? {} : { operation }) });
      endAll(applied, fixes, baselines, { outcome: "retrying", reason: "Azure works on it; a later read proves it." });
    } else if (answer.refusal.kind === "invalid" && baselines.length > 1) {
      await giveBackUnwritten(run, target, answer);
      const reason = "Refused as a whole; tried one by one.";
      await endIntent(run, intent, { outcome: "superseded", reason, ...refusedBy(answer.refusal) });
      const others = waiting.flatMap((each) => writeWithout(each, (baseline) => baselines.includes(baseline)) ?? []);
      waiting = [...planSeparately(planned.filter(({ baseline }) => baselines.includes(baseline))), ...others];
    } else {
      await takeRefusal(run, applied, fixes, { intent, baselines, target, refused: answer });
    }
  }
  return applied;
}

/**
 * What puts something back goes first, and shares no write with a fix: what holds a fix back does not hold for it, and only an undo leaves
 * its baselines alone.
 */
const purposes = ["undo", "revert", "fix"] as const;

/** A moment at most: who has to wait longer is not let through the gate. */
async function waitForTurn(run: Run): Promise<void> {
  const { sendAt, world } = run;
  if (sendAt && sendAt > world.now()) await timed(run, "turn", () => world.waitUntil(sendAt));
}

/**
 * Ends an intent: one outcome for each, durable before it is forgotten as open. The entry has the same id whoever writes it, and one that
 * is in the journal already, from a holder that died before it could remember that, is not written again.
 */
export async function endIntent(
  run: Run,
  intent: OpenIntent,
  end: Pick<IntentOutcomeEntry, "outcome" | "reason"> &
    Partial<Pick<IntentOutcomeEntry, "azure" | "code" | "readAfterwards" | "foreignDifferences">>,
): Promise<void> {
  const { intentId } = intent;
  const id = `${intentId}-outcome`;
  const written = await foundInJournal(run, intent, id);
  const remediation = openRemediation(run);
  const intents = remediation.intents.filter((each) => each.intentId !== intentId);
  const entries = written ? [...remediation.entries, written] : remediation.entries;
  setRemediation(run, { ...remediation, intents, entries });
  if (!written) note(run, { kind: "intent-outcome", remediationId: remediation.id, intentId, ...end }, id);
  if (intent.purpose === "undo" && end.outcome !== "undone")
    run.state.state = afterFailedUndo(run.state.state, intent, end.outcome);
}

/** Whether an intent's own entry is in the journal, so that its write may have been sent. */
export async function isJournaled(run: Run, intent: OpenIntent): Promise<boolean> {
  return intent.journaled || (await foundInJournal(run, intent, intent.intentId)) !== undefined;
}

async function foundInJournal(run: Run, intent: OpenIntent, id: string): Promise<EntryReference | undefined> {
  if (!run.uncertain.has(intent.intentId)) return undefined;
  return await timed(run, "journal", () => run.world.journal.find(id, intent.journalPlace));
}

/** Paths that are not foreign to an intent: what its look writes, what baselines own, and what moves by itself. Pure. */
export function pathsNotForeign(run: Run, { ownPaths }: Pick<OpenIntent, "ownPaths">): string[] {
  const owned = baselinesFor(run.type.type, run.world.settings).flatMap(({ owns }) => owns);
  return [...run.type.volatilePaths, ...owned, ...ownPaths];
}

/** What a refusal makes of a baseline. */
export function refusedResult(refusal: Refusal): Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult> {
  const advice = refusal.advice === undefined ? {} : { advice: refusal.advice };
  const said = { ...refusedBy(refusal), ...advice };
  if (refusal.own !== undefined) return { outcome: outcomeOfRefused[refusal.kind], reason: refusal.message, ...said };
  switch (refusal.kind) {
    case "later":
      return { outcome: "retrying", reason: `Azure can't now (${refusal.code}).`, ...said };
    case "blocked":
      return { outcome: "blocked", reason: `Azure refused it: ${refusal.code}.`, ...said };
    case "gone":
      return { outcome: "gone", reason: "The resource is gone.", ...said };
    case "invalid":
      return { outcome: "failed", code: "azure-refused", reason: `Azure refused it: ${refusal.code}.`, ...said };
  }
}

const outcomeOfRefused = { later: "retrying", blocked: "blocked", gone: "gone", invalid: "failed" } as const;

function plannedFix({ evaluation, changes }: FixDecision): PlannedFix {
  return { baseline: evaluation.baseline.id, changes, writtenAlone: evaluation.baseline.writtenAlone };
}

async function writeIntent(
  run: Run,
  resource: Resource,
  write: PlannedWrite,
  { fixes, target }: { fixes: readonly FixDecision[]; target: ResourceId },
): Promise<OpenIntent> {
  const { world } = run;
  const other = target.key === run.look.id.key ? {} : { target: target.text };
  const remediation = openRemediation(run);
  const owned = ownedBy(fixes, write.baselines);
  const ownPaths = fixes.flatMap(({ changes }) => changes.flatMap(pathsOf));
  const intent: OpenIntent = {
    intentId: world.uuid(),
    baselines: write.baselines,
    correlationId: world.uuid(),
    writtenAt: world.now().toISOString(),
    journaled: false,
    journalPlace: await journalPlace(run),
    ownPaths,
    foreign: foreignProperties(resource, pathsNotForeign(run, { ownPaths })),
    purpose: purposeOf(fixes, write.baselines),
    ...other,
    change: write.change,
    undo: undoOf(write.change, resource),
    worked: fixes.some(
      ({ evaluation }) =>
        write.baselines.includes(evaluation.baseline.id) && workedBefore(run.state.state, evaluation, resource),
    ),
  };
  // Noted first: whatever happens next, no entry of the journal is left without an outcome.
  await saveState(run, (state) => ({
    ...withBegunRuling(withExemptions(state, intent, run), intent),
    ownCorrelations: withCorrelation(state, intent),
    remediation: withWrite(
      withFound(
        withIntent(state.remediation ?? remediation, intent),
        fixes.map(({ draft }) => draft),
      ),
      write,
      resource,
    ),
  }));
  if (intent.target !== undefined) await rememberWrite(run, intent, target);
  note(
    run,
    {
      kind: "intent",
      remediationId: remediation.id,
      intentId: intent.intentId,
      ...other,
      baselines: write.baselines,
      change: write.change,
      undo: intent.undo,
      before: ownedValues(resource, owned),
      after: ownedValues(changedResource(resource, write.change), owned),
      correlationId: intent.correlationId,
      causes: run.causes,
      ...changersOf(run, intent),
      ...decidedBy(run),
    },
    intent.intentId,
  );
  await journalNoted(run);
  const journaled = { ...intent, journaled: true };
  replaceIntent(run, journaled);
  return journaled;
}

/** A fix may come long after the change that it is for: of who made that, the causes of the look say nothing then. */
function changersOf({ state: { state }, causes, world }: Run, { purpose, baselines }: OpenIntent) {
  if (purpose !== "fix") return {};
  const readAt = world.now();
  const changers = baselines.flatMap((baseline) => changersSince(state, causes, { baseline, readAt }));
  return changers.length === 0 ? {} : { changers: [...new Set(changers)] };
}

function withIntent(remediation: OpenRemediation, intent: OpenIntent): OpenRemediation {
  const { target } = intent;
  const alsoWritten = new Set([...remediation.alsoWritten, ...(target === undefined ? [] : [target])]);
  return { ...remediation, intents: [...remediation.intents, intent], alsoWritten: [...alsoWritten] };
}

/** Another resource's event about our write leads to that resource: there it is recognised too. */
async function rememberWrite(run: Run, intent: OpenIntent, target: ResourceId): Promise<void> {
  const { states } = run.world;
  await timed(run, "state", async () => {
    const { state, version } = await states.read(target);
    await states.write(target, { state: { ...state, ownCorrelations: withCorrelation(state, intent) }, version });
  });
}

function withCorrelation({ ownCorrelations }: ResourceState, { correlationId }: OpenIntent): string[] {
  return [correlationId, ...ownCorrelations].slice(0, 50);
}

function pathsOf({ part, patch }: Change): string[] {
  return leafPaths(patch).map((path) => (part === "" ? path : `${part}/${path}`));
}

/** In memory; it is saved with the state at the end of the look. */
function replaceIntent(run: Run, intent: OpenIntent): void {
  const remediation = openRemediation(run);
  const intents = remediation.intents.map((each) => (each.intentId === intent.intentId ? intent : each));
  setRemediation(run, { ...remediation, intents });
}

function purposeOf(fixes: readonly FixDecision[], baselines: readonly string[]): OpenIntent["purpose"] {
  return fixes.find(({ evaluation }) => baselines.includes(evaluation.baseline.id))?.purpose ?? "fix";
}

function ownedBy(fixes: readonly FixDecision[], baselines: readonly string[]): string[] {
  const chosen = fixes.filter(({ evaluation }) => baselines.includes(evaluation.baseline.id));
  return [...new Set(chosen.flatMap(({ evaluation }) => evaluation.baseline.owns))];
}

async function takeRefusal(
  run: Run,
  applied: Applied,
  fixes: readonly FixDecision[],
  write: { intent: OpenIntent; baselines: string[]; target: ResourceId; refused: RefusedWrite },
): Promise<void> {
  const { intent, baselines, target, refused } = write;
  const { refusal } = refused;
  const result = refusedResult(refusal);
  await giveBackUnwritten(run, target, refused);
  endAll(applied, fixes, baselines, result);
  if (refusal.kind === "later")
    applied.lookAgainSeconds = Math.max(applied.lookAgainSeconds ?? 0, refusal.waitSeconds ?? 0);
  // Where no answer came, or the server failed, the write may have taken effect: a later read settles the intent.
  if (mayHaveTaken(refused)) return;
  await endIntent(run, intent, { outcome: result.outcome, reason: result.reason, ...refusedBy(refusal) });
}

function mayHaveTaken({ refusal, unsent }: RefusedWrite): boolean {
  if (unsent) return false;
  return refusal.own === undefined ? refusal.status >= 500 : refusal.own === "no-answer";
}

/** What was not sent, or refused, changed nothing: it does not count against the cap. */
async function giveBackUnwritten(run: Run, target: ResourceId, { refusal, unsent }: RefusedWrite): Promise<void> {
  const isRefusedByAzure = refusal.own === undefined && refusal.status >= 400 && refusal.status < 500;
  if (unsent || isRefusedByAzure) await run.world.budget.giveBack(target.subscriptionId);
}

/** Who refused: Azure, in its own words, or this service, by its code. For results and for the entry that ends an intent. */
export function refusedBy(refusal: Refusal): Pick<IntentOutcomeEntry, "azure" | "code"> {
  if (refusal.own !== undefined) return { code: refusal.own };
  return { azure: { status: refusal.status, code: refusal.code, message: refusal.message } };
}

function endAll(
  applied: Applied,
  fixes: readonly FixDecision[],
  baselines: readonly string[],
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): void {
  for (const { evaluation, draft } of fixes) {
    const { id } = evaluation.baseline;
    if (baselines.includes(id)) applied.ended.set(id, { ...draft, ...result, baseline: id });
  }
}
