import { z } from "zod";

const byName = z.map(z.string(), z.number());

/** What was tried, and what broke: as processes give it to each other. */
export const countsSchema = z.strictObject({
  /** By kind of fault, before or after it took effect. */
  faults: byName,
  /** By the place where they struck. */
  places: byName,
  /** How many requests each way of healing makes where nothing fails. */
  requestsOfEach: byName,
  /** At how many of them the process died, before or after the request, by the way of healing. */
  deaths: byName,
  kills: z.number(),
  /** Cases whose request was not made this time. */
  missed: z.number(),
  cases: z.number(),
  histories: z.number(),
  steps: z.number(),
  floods: z.number(),
  /** Requests of the service in all. */
  requests: z.number(),
  broken: z.array(
    z.strictObject({
      seed: z.number(),
      what: z.string(),
      violations: z.array(z.strictObject({ invariant: z.string(), how: z.string() })),
    }),
  ),
});

/** See {@link countsSchema}. */
export type Counts = z.infer<typeof countsSchema>;

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
    floods: 0,
    requests: 0,
    broken: [],
  };
}

/** Adds what others tried. */
export function mergeCounts(sum: Counts, more: Counts): void {
  for (const name of ["faults", "places", "deaths"] as const) {
    for (const [key, count] of more[name]) sum[name].set(key, (sum[name].get(key) ?? 0) + count);
  }
  for (const [key, count] of more.requestsOfEach) {
    sum.requestsOfEach.set(key, Math.max(sum.requestsOfEach.get(key) ?? 0, count));
  }
  for (const name of ["kills", "missed", "cases", "histories", "steps", "floods", "requests"] as const) {
    sum[name] += more[name];
  }
  sum.broken.push(...more.broken);
}

/** Counts one more of something. */
export function countOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** The counts as they are printed at the end. */
export function toldCounts(counts: Counts): string {
  const { cases, missed, kills, histories, steps, floods, requests, broken } = counts;
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
    `${floods} times more resources at once than may be written to in an hour`,
    `${requests} requests of the service`,
    broken.length === 0 ? "No invariant was violated" : `${broken.length} runs violated an invariant:`,
    ...broken.map(toldBroken),
  ].join("\n");
}

/** What broke in one run, with the seed that brings it back. */
export function toldBroken({ seed, what, violations }: Counts["broken"][number]): string {
  return [`  seed ${seed}: ${what}`, ...violations.map(({ invariant, how }) => `    ${invariant}: ${how}`)].join("\n");
}

function table(counts: ReadonlyMap<string, number>): string[] {
  const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
}
