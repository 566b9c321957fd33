import type { Finding } from "../../shared/baselines/baseline.ts";
import type { Place } from "../template/document.ts";
import type { PolicyWord } from "./policy-here.ts";

/** How a resource stands against one baseline. `unknown`: it could not be judged, which is no pass. */
export type State = "compliant" | "not-compliant" | "unknown" | "unsupported";

/** A finding, with its place where it comes from a file. */
export interface PlacedFinding extends Finding {
  place?: Place;
}

/** A resource held against one baseline. */
export interface Standing {
  baseline: string;
  state: State;
  findings: PlacedFinding[];
  /** Why it could not be judged, or need not. */
  reason?: string;
  /** Where the reason shows in a file. */
  place?: Place;
  /** Where it was judged by a policy file. */
  policy?: PolicyWord;
}

/** A resource held against all its baselines. */
export interface CheckedResource {
  /** ARM's id, or for a file the name that it gives the resource. */
  id: string;
  type: string;
  standings: Standing[];
  /** Where it is declared. */
  file?: { name: string; place: Place };
}

/** What a check came to. */
export interface Checked {
  resources: CheckedResource[];
  /** The file that was checked, as it was named, with its text. */
  file?: { name: string; text: string };
}

/** Whether a standing would count against the resource, and the policy file leaves it alone by agreement. */
export function isExempt({ state, policy }: Standing): boolean {
  return policy?.exemption !== undefined && (state === "not-compliant" || state === "unknown");
}

/** How many standings there are of each state, those that are exempt apart. */
export function countStates(resources: readonly CheckedResource[]): { [Name in State | "exempt"]: number } {
  const counts = { compliant: 0, "not-compliant": 0, unknown: 0, unsupported: 0, exempt: 0 };
  for (const standing of resources.flatMap(({ standings }) => standings)) {
    counts[isExempt(standing) ? "exempt" : standing.state] += 1;
  }
  return counts;
}
