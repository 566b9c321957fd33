import type { Change, GuardVerdict, Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { Exemption } from "../policy/resource-policy.ts";
import type { Settings } from "../policy/settings.ts";
import type { OpenIntent, ResourceState, StoredProposal } from "../state/resource-state.ts";
import { datesOf, proposalOf, rulingOn } from "./approval.ts";
import { breakerOf } from "./breaker.ts";
import { type Evaluation, ruleOf } from "./evaluate.ts";
import { holdOf } from "./look-back.ts";
import { exemptionOf } from "./undo.ts";

/** What is to be done about one baseline of a resource: nothing further, or these changes now. */
export type Decision = (
  | { kind: "result"; result: BaselineResult; breakerOpens?: boolean; leadsTo?: string; lookAgainSeconds?: number }
  | { kind: "fix"; evaluation: Evaluation; changes: Change[]; draft: BaselineResult; purpose: OpenIntent["purpose"] }
) & {
  /** The fix that a person decides about, or decided. */
  proposed?: Proposed;
};

/** A fix that needs a person's word, and whose. */
export type Proposed = StoredProposal & { baseline: string };

/** What decisions depend on beside the resource. */
export interface Circumstances {
  settings: Settings;
  state: ResourceState;
  now: Date;
  dryRun: boolean;
}

/** Decides what to do about one evaluation. The resource has the parts that the baseline's guards asked for. Pure. */
export function decide(evaluation: Evaluation, resource: Resource, circumstances: Circumstances): Decision {
  const { baseline, findings, unsupported, mode } = evaluation;
  if (unsupported !== undefined) return resultOf(evaluation, "unsupported", unsupported);
  if (findings.length === 0) return resultOf(evaluation, "compliant", "Nothing to do.");
  if (evaluation.exemption) return exemptByAgreement(evaluation, evaluation.exemption);
  if (findings.every((finding) => finding.remedy === "report")) {
    return resultOf(evaluation, "audit", "Only reported: no fix is made for this by machine.");
  }

  const exempt = exemptionOf(circumstances.state, evaluation, circumstances);
  if (exempt !== undefined) return resultOf(evaluation, "exempt", exempt);

  const memory = circumstances.state.lastCompliant[baseline.id];
  const fix = baseline.fix(resource, memory === undefined ? {} : { lastCompliant: memory });
  const verdicts = baseline.guards.flatMap((guard) => {
    const verdict = guard.evaluate(resource, memory === undefined ? {} : { lastCompliant: memory });
    return verdict === undefined ? [] : [{ guard: guard.id, verdict }];
  });
  const leftAlone = verdicts.find(({ verdict }) => verdict.leaveAlone);
  if (leftAlone) {
    const { reason, advice, leadsTo } = leftAlone.verdict;
    const result = { ...draftOf(evaluation, { changes: [] }), outcome: "unsupported" as const, reason, advice };
    return { kind: "result", result: { ...result, guard: leftAlone.guard }, ...(leadsTo ? { leadsTo } : {}) };
  }
  const changes = [...verdicts.flatMap(({ verdict }) => verdict.safeChanges ?? []), ...fix];
  const stopping = stoppingOf(verdicts);
  const mayBreak = stopping?.verdict.mayBreak ?? baseline.mayBreak;
  const draft = draftOf(evaluation, { changes, mayBreak });
  if (changes.length === 0) {
    const reason = "The baseline has a finding to fix, but its fix is empty.";
    return { kind: "result", result: { ...draft, outcome: "failed", code: "fix-incomplete", reason } };
  }

  if (mode === "audit") {
    const why = evaluation.auditBecause ?? "Audit mode: nothing was changed.";
    const reason = `${why}${wouldWait(stopping?.verdict)}`;
    return { kind: "result", result: { ...draft, ...named(stopping), outcome: "audit", reason } };
  }
  const held = holdOf(circumstances.state, evaluation, resource);
  if (held !== undefined) {
    return { kind: "result", result: { ...draft, outcome: "reverted", reason: held, advice: waitsForAPerson } };
  }
  const breaker = breakerOf(baseline.id, circumstances.state, circumstances.settings, circumstances.now);
  if (breaker.open) {
    const reason = `It was fixed ${breaker.changedBy.length} times and set back each time, by: ${breaker.changedBy.join(", ")}.`;
    const result: BaselineResult = {
      ...draft,
      outcome: "contested",
      reason,
      advice:
        "Settle it with who sets it back, then close the breaker (POST /api/close-breaker); a day later it is tried once.",
    };
    return { kind: "result", result, breakerOpens: breaker.opening };
  }
  const plan: Plan = { evaluation, changes, draft, verdicts };
  return stopping || mode === "approve" ? askOrFix(plan, resource, circumstances) : fixOrDryRun(plan, circumstances);
}

/** A fix as it would be made, and what the guards say of it. */
interface Plan {
  evaluation: Evaluation;
  changes: Change[];
  draft: BaselineResult;
  verdicts: { guard: string; verdict: GuardVerdict }[];
}

/** A fix that a person has to approve: it is made where one did, left alone where one said no, and else asked for. */
function askOrFix(plan: Plan, resource: Resource, circumstances: Circumstances): Decision {
  const { evaluation, changes, draft, verdicts } = plan;
  const { state, now, settings, dryRun } = circumstances;
  const baseline = evaluation.baseline.id;
  const stopping = stoppingOf(verdicts);
  const guards = verdicts.filter(({ verdict }) => !verdict.allowed).map(({ guard }) => guard);
  const proposal = proposalOf(evaluation, resource, { changes, guards });
  const dates = datesOf(state, baseline, proposal, { now, days: settings.approvalDays });
  const proposed: Proposed = { baseline, ...proposal, ...dates };
  const ruling = rulingOn(state, baseline, proposal, now);
  if (ruling?.kind === "approved") return { ...fixOrDryRun(plan, circumstances), proposed };

  const shown = { ...draft, ...named(stopping), proposal: { hash: proposal.hash, ...dates } };
  if (ruling?.kind === "rejected") {
    const until = `left alone until ${ruling.expiresAt}, or until the proposal changes`;
    const reason = `Rejected by ${ruling.by}, and ${until}: ${ruling.reason}`;
    return { kind: "result", result: { ...shown, outcome: "audit", reason }, proposed };
  }
  if (stopping?.verdict.askAgainSeconds !== undefined && evaluation.mode === "enforce" && !dryRun) {
    const { reason, askAgainSeconds } = stopping.verdict;
    const result = { ...draft, ...named(stopping), outcome: "retrying" as const, reason };
    return { kind: "result", result, lookAgainSeconds: askAgainSeconds, proposed };
  }
  const asked = { ...shown, outcome: "awaiting-approval" as const };
  const result = stopping
    ? { ...asked, reason: stopping.verdict.reason, advice: stopping.verdict.advice }
    : { ...asked, reason: "Approve mode: a person has to approve the change.", advice: "Approve the remediation." };
  return { kind: "result", result, proposed };
}

/** What nobody has to be asked about is made now, unless a write window is waited for. */
function fixOrDryRun({ evaluation, changes, draft }: Plan, { state, dryRun }: Circumstances): Decision {
  const { baseline, window } = evaluation;
  if (window && !window.isOpen && !isBegun(state, baseline.id)) {
    const { name, opensAt } = window;
    const reason = `The write window ${name} is closed until ${opensAt}.`;
    return { kind: "result", result: { ...draft, outcome: "awaiting-window", reason, opensAt } };
  }
  if (dryRun) {
    return { kind: "result", result: { ...draft, outcome: "audit", reason: wouldBeChanged } };
  }
  return { kind: "fix", evaluation, changes, draft, purpose: "fix" };
}

function exemptByAgreement(evaluation: Evaluation, exemption: Exemption): Decision {
  const { id, owner, reason, until, sharedBy } = exemption;
  const source = id === undefined ? "the policy file" : `exemption ${id}`;
  const shared = sharedBy === undefined ? "" : ` from ${sharedBy}, which is about the same property`;
  const text = `Left alone until ${until} by ${source}${shared}, for ${owner}: ${reason}`;
  const result = { ...draftOf(evaluation, { changes: [] }), outcome: "exempt" as const, reason: text, exemption };
  return { kind: "result", result };
}

/** How the reason begins of a baseline that nothing but a dry run keeps from being fixed. */
export const wouldBeChanged = "Dry run: this would be changed now.";

/** A fix of several writes that began while the window was open is ended: half of it may be worse than none. */
function isBegun({ lookBacks, remediation }: ResourceState, baseline: string): boolean {
  return remediation !== undefined && lookBacks[baseline]?.remediationId === remediation.id;
}

/** A guard that stops the fix for good goes before one that can't tell yet. */
function stoppingOf<Asked extends { verdict: GuardVerdict }>(verdicts: readonly Asked[]): Asked | undefined {
  const stopping = verdicts.filter(({ verdict }) => !verdict.allowed);
  return stopping.find(({ verdict }) => verdict.askAgainSeconds === undefined) ?? stopping[0];
}

function wouldWait(verdict: GuardVerdict | undefined): string {
  if (verdict === undefined) return "";
  const what = verdict.askAgainSeconds === undefined ? "wait for approval" : "be looked at again";
  return ` In enforce mode it would ${what}: ${verdict.reason}`;
}

const waitsForAPerson = "Nothing is written until somebody changes it.";

function named(stopping: { guard: string } | undefined): Partial<BaselineResult> {
  return stopping === undefined ? {} : { guard: stopping.guard };
}

function resultOf(evaluation: Evaluation, outcome: BaselineResult["outcome"], reason: string): Decision {
  return { kind: "result", result: { ...draftOf(evaluation, { changes: [] }), outcome, reason } };
}

function draftOf(evaluation: Evaluation, plan: { changes: Change[]; mayBreak?: string }): BaselineResult {
  const { findings } = evaluation;
  return {
    baseline: evaluation.baseline.id,
    outcome: "compliant",
    reason: "",
    findings,
    ...ruleOf(evaluation),
    ...plan,
  };
}
