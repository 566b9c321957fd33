import { isJsonObject, type Json } from "../../shared/json.ts";
import { type Outcome, outcomes } from "../../shared/outcomes.ts";
import { type ExitCode, exitCodes } from "../frame/output.ts";
import type { Judged } from "./answers.ts";

/** How a resource stands, for people: each baseline with why, and what a person can do next. */
export function tellJudged({ resourceId, outcome, remediationId, results }: Judged): string[] {
  const remediation = remediationId === undefined ? "" : ` (remediation ${remediationId})`;
  return [`${resourceId}: ${outcome}${remediation}`, ...results.flatMap((result) => tellResult(result, remediationId))];
}

/** What an outcome means to the shell: compliant or left alone by agreement, not read, or not compliant (yet). */
export function exitCodeOf(outcome: Outcome): ExitCode {
  if (outcome === "skipped-paused") return exitCodes.unknown;
  const { end } = outcomes[outcome];
  return end === "good" || end === "final" ? exitCodes.good : exitCodes.notCompliant;
}

function tellResult(result: Judged["results"][number], remediationId: string | undefined): string[] {
  const { baseline, outcome, reason, findings, mayBreak, advice, proposal, exemptionAsked: tagged } = result;
  if (outcome === "compliant") return [`  ${baseline}: compliant`];
  const isOpen = outcomes[outcome].end === "open" || outcomes[outcome].end === "person";
  const approve = `azure-encryption-guard approve ${remediationId ?? "ID"} --proposal ${proposal?.hash} --reason "..."`;
  const more = [
    ...findings.map(({ path, expected, actual }) => `${path} was ${tellValue(actual)}, expected ${expected}`),
    ...(mayBreak !== undefined && isOpen ? [`May break: ${mayBreak}`] : []),
    ...(advice === undefined ? [] : [advice]),
    ...(proposal && outcome === "awaiting-approval" ? [`Until ${proposal.expiresAt}: ${approve}`] : []),
    ...(tagged
      ? [`Its tag ${tagged.tag} asks for an exemption; to grant that: exempt --tag-value ${tagged.value}`]
      : []),
  ];
  return [`  ${baseline}: ${outcome}. ${reason}`, ...more.map((line) => `    ${line}`)];
}

function tellValue(value: Json): string {
  if (value === null) return "not set";
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
