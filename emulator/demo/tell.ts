import type { BaselineStanding } from "./service-log.ts";
import type { Paint, Style } from "./style.ts";
import { patchInWords, seconds } from "./words.ts";

/** Outcomes after which the service looks again by itself. */
const goesOn = ["retrying", "capped", "awaiting-window"];
/** Good ends. */
const good = ["compliant", "remediated", "exempt"];

/** Whether a judgment is an end, so far as the service itself is concerned. */
export function isEnd(outcome: string): boolean {
  return !goesOn.includes(outcome);
}

/** Whether nothing is left to do. */
export function isGood(outcome: string): boolean {
  return good.includes(outcome);
}

/** Green for a good end, red for what stands in the way of the service, yellow for what waits for somebody. */
export function paintOf(style: Style, outcome: string): Paint {
  if (isGood(outcome)) return style.good;
  return outcome === "blocked" || outcome === "failed" ? style.bad : style.warn;
}

/**
 * A judgment of one account in plain words, one text for each outcome of its baselines.
 * @param milliseconds from the change to this judgment.
 * @param shown what Azure shows of it afterwards; told where the judgment names no change, since a later look proved the fix.
 */
export function judgmentInWords(
  standings: readonly BaselineStanding[],
  milliseconds: number,
  shown = "",
): { outcome: string; text: string }[] {
  const outcomes = [...new Set(standings.map(({ outcome }) => outcome))];
  const notable = outcomes.filter((outcome) => outcome !== "compliant");
  if (notable.length === 0) return [{ outcome: "compliant", text: "looked at: compliant, nothing to do" }];
  return notable.map((outcome) => {
    const same = standings.filter((standing) => standing.outcome === outcome);
    return { outcome, text: textFor(outcome, same, milliseconds, shown) };
  });
}

/**
 * Why an account stands as it does, in the service's own sentences: one for each outcome of its baselines, and of what was fixed
 * what was found first.
 */
export function reasons(standings: readonly BaselineStanding[]): string {
  const notable = standings.filter(({ outcome }) => outcome !== "compliant");
  const told = notable.length > 0 ? notable : standings;
  const firsts = told.filter(({ outcome }, index) => told.findIndex((each) => each.outcome === outcome) === index);
  return firsts
    .flatMap((first) => [...(first.outcome === "remediated" ? foundIn(told, "remediated") : []), reasonOf(first)])
    .join(" ");
}

/** The first that was found by baselines that stand so, and on how many other properties there was something; several may look at one. */
function foundIn(standings: readonly BaselineStanding[], outcome: string): string[] {
  const findings = standings.filter((each) => each.outcome === outcome).flatMap((each) => each.findings);
  const [first] = findings;
  if (!first) return [];
  const others = new Set(findings.map(({ path }) => path)).size - 1;
  if (others === 0) return [first.explanation];
  return [first.explanation, `${others} more ${others === 1 ? "property" : "properties"} fell short.`];
}

/** What can only be reported is explained by its finding; everything else by the service's reason. */
export function reasonOf({ outcome, reason, findings, patches }: BaselineStanding): string {
  const isOnlyReported = outcome === "audit" && patches.length === 0;
  return (isOnlyReported ? findings[0]?.explanation : undefined) ?? reason;
}

function textFor(outcome: string, standings: readonly BaselineStanding[], milliseconds: number, shown: string): string {
  const [first] = standings;
  const changes = [...new Set(standings.flatMap(({ patches }) => patches.flatMap(patchInWords)))].join(", ");
  switch (outcome) {
    case "remediated":
      return `fixed in ${seconds(milliseconds)}, and proven: ${changes || shown}`;
    case "awaiting-approval":
      return `waits for a person's approval: ${first?.reason ?? ""}`;
    case "blocked":
      return `blocked by Azure, ${first?.azureCode ?? ""}: a person has to clear the way`;
    case "skipped-paused":
      return `left asleep: ${first?.reason ?? ""}`;
    case "unsupported":
      return `left alone: ${first?.reason ?? ""}`;
    case "audit":
      return changes === ""
        ? `only reported: ${first ? reasonOf(first) : ""}`
        : `nothing was changed; this would be: ${changes}`;
    default:
      return `${outcome}: ${first?.reason ?? ""}`;
  }
}
