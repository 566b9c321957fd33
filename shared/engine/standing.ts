import { createHash } from "node:crypto";
import type { BaselineResult } from "../journal/journal.ts";
import type { Outcome } from "../outcomes.ts";
import type { Run } from "./run.ts";

/** How a baseline may stand for long: it is told once, whatever else is found meanwhile. */
const toldOnce: readonly Outcome[] = ["contested", "reverted", "capped"];

/** A sweep that finds what the last look found has nothing to add to the journal. */
export function isSameAsBefore(run: Run, skipped: boolean, results: readonly BaselineResult[]): boolean {
  if (run.look.cause.via !== "sweep" && run.look.cause.via !== "waker") return false;
  if (skipped) return run.state.state.skippedAs === results.map(fingerprintOf).join(" ");
  const before = run.state.state.outcomes;
  return results.every((result) => before[result.baseline]?.fingerprint === fingerprintOf(result));
}

/** What a baseline was told to be at the last look. A fix is news each time. */
export function isOldNews({ state: { state } }: Run, result: BaselineResult): boolean {
  const before = state.outcomes[result.baseline];
  if (before?.outcome !== result.outcome || result.outcome === "remediated") return false;
  return toldOnce.includes(result.outcome) || before.fingerprint === fingerprintOf(result);
}

/** How a baseline stands, in so many digits that two standings differ. Pure. */
export function fingerprintOf(result: BaselineResult): string {
  const { outcome, findings, changes, azure, code, guard, proposal, exemptionAsked } = result;
  const asked = proposal?.proposedAt;
  const told = { outcome, findings, changes, code: azure?.code ?? code, guard, asked, exemptionAsked };
  return createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 16);
}
