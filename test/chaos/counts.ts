import type { Violation } from "./invariants.ts";

/** What was tried, and what broke. */
export interface Counts {
  /** By kind of fault, before or after it took effect. */
  faults: Map<string, number>;
  /** By the place where they struck. */
  places: Map<string, number>;
  /** How many requests each way of healing makes where nothing fails. */
  requestsOfEach: Map<string, number>;
  /** At how many of them the process died, before or after the request, by the way of healing. */
  deaths: Map<string, number>;
  kills: number;
  /** Cases whose request was not made this time. */
  missed: number;
  cases: number;
  histories: number;
  steps: number;
  /** Requests of the service in all. */
  requests: number;
  broken: { seed: number; what: string; violations: readonly Violation[] }[];
}

export function emptyCounts(): Counts {
  return {
    faults: new Map(),
    places: new Map(),
    requestsOfEach: new Map(),
    deaths: new Map(),
    kills: 0,
    missed: 0,
    cases: 0,
    histories: 0,
    steps: 0,
    requests: 0,
    broken: [],
  };
}

/** Counts one more of something. */
export function countOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The counts as they are printed at the end. */
export function toldCounts(counts: Counts): string {
  const { cases, missed, kills, histories, steps, requests, broken } = counts;
  return [
    "Faults by kind",
    ...table(counts.faults),
    "Faults by place",
    ...table(counts.places),
    "Deaths of the process, before and after each request",
    ...[...counts.requestsOfEach].map(
      ([name, requests]) => `  ${counts.deaths.get(name) ?? 0} of ${2 * requests}  ${name}`,
    ),
    `${cases} remediations with one fault each, of which ${missed} made fewer requests than the one that was to fail`,
    `${kills} deaths of the process survived`,
    `${histories} histories of ${steps} steps`,
    `${requests} requests of the service`,
    broken.length === 0 ? "No invariant was violated" : `${broken.length} runs violated an invariant:`,
    ...broken.flatMap(({ seed, what, violations }) => [
      `  seed ${seed}: ${what}`,
      ...violations.map(({ invariant, how }) => `    ${invariant}: ${how}`),
    ]),
  ].join("\n");
}

function table(counts: ReadonlyMap<string, number>): string[] {
  const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
}
