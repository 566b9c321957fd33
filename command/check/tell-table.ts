import { isJsonObject, type Json } from "../../shared/json.ts";
import type { PolicyWord } from "./policy-here.ts";
import {
  type CheckedResource,
  countStates,
  isExempt,
  type PlacedFinding,
  type Standing,
  type State,
} from "./standing.ts";

/** The states in words. */
export const stateWords: { readonly [Name in State]: string } = {
  compliant: "compliant",
  "not-compliant": "not compliant",
  unknown: "unknown",
  unsupported: "unsupported",
};

/** What a check came to, for people: each resource with its baselines, and the sums. */
export function tellTable(resources: readonly CheckedResource[]): string[] {
  const { compliant, "not-compliant": notCompliant, unknown, unsupported, exempt } = countStates(resources);
  const more = `${unsupported === 0 ? "" : `, ${unsupported} unsupported`}${exempt === 0 ? "" : `, ${exempt} exempt`}`;
  const sums = `${compliant} compliant, ${notCompliant} not compliant, ${unknown} unknown${more}`;
  const told = resources.flatMap((resource) => [...tellResource(resource), ""]);
  if (resources.length === 0) return ["There is nothing in it that a baseline concerns."];
  return [...told, `${resources.length} resource${resources.length === 1 ? "" : "s"}: ${sums}.`];
}

function tellResource({ id, type, file, standings }: CheckedResource): string[] {
  // An id of Azure names its type already.
  const more = file ? `  ${type}  ${file.name}:${file.place.startLine}` : "";
  return [`${id}${more}`, ...standings.flatMap(tellStanding)];
}

function tellStanding(standing: Standing): string[] {
  const { baseline, state, findings, reason, policy } = standing;
  const word = isExempt(standing) ? "exempt" : stateWords[state];
  const line = `  ${word.padEnd(13)}  ${baseline}${tellPolicy(policy)}`.trimEnd();
  const { exemption, passedOver = [] } = policy ?? {};
  const details = [
    ...findings.flatMap(tellFinding),
    ...(reason === undefined ? [] : [reason]),
    ...(exemption ? [`Exempt until ${exemption.until}, ${exemption.owner}: ${exemption.reason}`] : []),
    ...passedOver,
  ];
  return [line, ...details.map((detail) => `${" ".repeat(17)}${detail}`)];
}

function tellFinding(finding: PlacedFinding): string[] {
  const { place, explanation } = finding;
  const where = place ? `line ${place.startLine}: ` : "";
  return [`${where}${tellDeviation(finding)}`, ...(explanation === undefined ? [] : [explanation])];
}

/** The mode and the rule by which a policy file decides, behind a baseline's name. */
export function tellPolicy(policy: Pick<PolicyWord, "mode" | "rule"> | undefined): string {
  if (policy === undefined) return "";
  return ` (${policy.mode}${policy.rule === undefined ? "" : `, rule ${policy.rule}`})`;
}

/** A finding in one line: what is there, and what was expected. */
export function tellDeviation({ path, expected, actual }: PlacedFinding): string {
  return `${path} is ${tellValue(actual)}, expected ${expected}`;
}

function tellValue(value: Json): string {
  if (value === null) return "not set";
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
