import type { ComplianceControls, Mode } from "../../shared/baselines/baseline.ts";
import { findBaseline } from "../../shared/baselines/index.ts";
import type { Outcome } from "../../shared/outcomes.ts";
import { outcomes } from "../../shared/outcomes.ts";
import type { CheckedResource, State } from "../check/standing.ts";
import { tellDeviation } from "../check/tell-table.ts";
import type { ExemptionTold, RemediationSummary } from "../service/answers.ts";

/** What an auditor is told of one resource and one baseline. */
export interface ReportLine {
  resource: string;
  type: string;
  baseline: string;
  title: string;
  state: State;
  why: string;
  /** ISO 8601; absent where the service never had anything to do about it, judged it otherwise last, or was not asked. */
  since?: string;
  controls: ComplianceControls;
  /** By the policy file, where one was given. */
  mode?: Mode;
  rule?: string;
  /** Of the policy file, or that the service knows; absent where there is none, or neither was asked. */
  exemption?: ReportedExemption;
}

/** An exemption; one of the policy file has no id. */
export type ReportedExemption = Pick<ExemptionTold, "until" | "owner" | "reason"> & { id?: string };

/** What the service knows of the resources in a report. */
export interface ServiceKnowledge {
  /** Newest first, by the lower-cased id of the resource. */
  remediations: ReadonlyMap<string, readonly RemediationSummary[]>;
  /** Those that hold now. */
  exemptions: readonly ExemptionTold[];
}

/** A line for each resource and baseline, in the order of the resources. Pure. */
export function reportLines(resources: readonly CheckedResource[], known: ServiceKnowledge): ReportLine[] {
  return resources.flatMap(({ id, type, standings }) =>
    standings.flatMap(({ baseline, state, findings, reason, policy }) => {
      const registered = findBaseline(baseline);
      if (!registered) return [];
      const since = sinceWhen(known.remediations.get(id.toLowerCase()) ?? [], baseline, state);
      const exemption = lastToEnd(policy?.exemption, exemptionOf(known.exemptions, id, baseline));
      const { title, controls } = registered;
      const why = [...findings.map(tellDeviation), reason ?? ""].filter((text) => text !== "").join("; ");
      return [
        {
          resource: id,
          type,
          baseline,
          title,
          state,
          why,
          ...(since === undefined ? {} : { since }),
          controls,
          ...(policy && { mode: policy.mode }),
          ...(policy?.rule !== undefined && { rule: policy.rule }),
          ...(exemption && { exemption }),
        },
      ];
    }),
  );
}

/** From the first of the newest remediations on that all say the same as what is read now. */
function sinceWhen(remediations: readonly RemediationSummary[], baseline: string, state: State): string | undefined {
  if (state !== "compliant" && state !== "not-compliant") return undefined;
  let since: string | undefined;
  for (const { baselines, startedAt } of remediations) {
    const judged = baselines.find((each) => each.baseline === baseline);
    if (!judged) continue;
    if (isCompliant(judged.outcome) !== (state === "compliant")) break;
    since = startedAt;
  }
  return since;
}

function isCompliant(outcome: Outcome): boolean {
  return outcome !== "exempt" && outcomes[outcome].end === "good";
}

function lastToEnd(
  ofFile: ReportedExemption | undefined,
  ofService: ReportedExemption | undefined,
): ReportedExemption | undefined {
  if (!ofFile || !ofService) return ofFile ?? ofService;
  return Date.parse(ofFile.until) > Date.parse(ofService.until) ? ofFile : ofService;
}

/** The one that ends last, where several hold. */
function exemptionOf(exemptions: readonly ExemptionTold[], id: string, baseline: string): ReportLine["exemption"] {
  const [last] = exemptions
    .filter((each) => each.baseline === "all" || each.baseline === baseline)
    .filter(({ scope }) => `${id}/`.toLowerCase().startsWith(`${scope.replace(/\/$/, "")}/`.toLowerCase()))
    .sort((a, b) => Date.parse(b.until) - Date.parse(a.until));
  return last && { id: last.id, until: last.until, owner: last.owner, reason: last.reason };
}
