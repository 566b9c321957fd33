import type { ExemptionTold } from "./answers.ts";

/** An exemption in one line. */
export function tellExemption({ id, scope, baseline, owner, reason, until, active }: ExemptionTold): string {
  const state = active === false ? "over, " : "";
  const what = baseline === "all" ? "all baselines" : baseline;
  return `${id}  ${scope}: exempt from ${what} until ${until} (${state}owner ${owner}): ${reason}`;
}
