import * as fc from "fast-check";
import { type Counts, countOne } from "./counts.ts";
import { tryFlood } from "./flood.ts";
import { playHistory } from "./histories.ts";
import type { Violation } from "./invariants.ts";
import { verifyJournal } from "./journal.ts";
import { type Case, everyCase, healEach, killed, outagesOf, type Requests, shareOf, tryCase } from "./matrix.ts";
import type { RunResult } from "./run.ts";
import { type History, histories, toldHistory } from "./steps.ts";
import { type ChaosWorld, startChaosWorld } from "./world.ts";

/** How much one seed tries. */
export interface Extent {
  /** So many seeds in a row try every fault at every request. */
  parts: number;
  histories: number;
  /** A history that fails is made smaller for so many milliseconds; 0 for not at all. */
  longestShrinking: number;
  /** How often each way of healing goes without a fault first, so that it is known how many requests there are. */
  healings: number;
  /** Nothing more is tried once a promise was broken. */
  untilBroken?: true;
}

/** A flood takes a world of its own, so every so many seeds there is one. */
const seedsPerFlood = 10;

/** So many seeds try everything. */
export const fullExtent: Extent = { parts: 200, histories: 3, longestShrinking: 180_000, healings: 2 };

/** Worlds that seeds share, and what is tried in them now; one in which a promise was broken is not used again. */
export interface Worlds {
  /** One instance, in which every remediation meets one fault. */
  single(): Promise<ChaosWorld>;
  /** Three instances, for histories. */
  many(): Promise<ChaosWorld>;
  /** Those that are running. */
  open(): Promise<ChaosWorld[]>;
  renew(): Promise<void>;
  close(): Promise<void>;
  /** What is tried now, in a few words. */
  doing: string;
  packageDirectory: string | undefined;
  /** How many requests each way of healing makes, once they were counted. */
  requests: Requests | undefined;
}

/** Worlds that are started when first used. */
export function openWorlds(packageDirectory?: string): Worlds {
  const open = new Map<number, Promise<ChaosWorld>>();
  const start = (instances: number) => {
    const known = open.get(instances);
    if (known) return known;
    const starting = startChaosWorld({ instances, ...(packageDirectory === undefined ? {} : { packageDirectory }) });
    open.set(instances, starting);
    return starting;
  };
  const close = async () => {
    for (const world of [...open.values()]) await (await world).close();
    open.clear();
  };
  return {
    single: () => start(1),
    many: () => start(3),
    open: () => Promise.all(open.values()),
    renew: close,
    close,
    doing: "nothing yet",
    packageDirectory,
    requests: undefined,
  };
}

/** Tries this seed's share of all faults, and its histories. What was tried and what broke is added to the counts. */
export async function trySeed(worlds: Worlds, seed: number, extent: Extent, counts: Counts): Promise<void> {
  worlds.doing = "looking which requests there are";
  worlds.requests ??= await requestsOfEach(worlds, seed, extent, counts);
  const { requests } = worlds;
  for (const [name, count] of requests) counts.requestsOfEach.set(name, count);
  const isOver = () => extent.untilBroken === true && counts.broken.length > 0;
  if (extent.histories > 0 && seed % seedsPerFlood === 1 && !isOver()) await tryOneFlood(worlds, seed, counts);
  for (const each of [...outagesOf(seed), ...shareOf(everyCase(requests), seed, extent.parts)]) {
    if (!isOver()) await tryOne(worlds, seed, each, counts);
  }
  if (!isOver()) await tryHistories(worlds, seed, extent, counts);
  if (isOver()) return;
  for (const world of await worlds.open()) {
    const violations = await verifyJournal(world);
    if (violations.length > 0) counts.broken.push({ seed, what: "the journal after all of them", violations });
  }
}

async function requestsOfEach(worlds: Worlds, seed: number, extent: Extent, counts: Counts): Promise<Requests> {
  const { requests, violations } = await healEach(await worlds.single(), extent.healings);
  if (violations.length > 0) counts.broken.push({ seed, what: "healing without any fault", violations });
  return requests;
}

async function tryOneFlood(worlds: Worlds, seed: number, counts: Counts): Promise<void> {
  worlds.doing = "more at once than may be written to in an hour";
  const { violations, arrivals } = await orStuck(tryFlood(worlds.packageDirectory));
  counts.requests += arrivals.length;
  counts.kills += 1;
  counts.floods += 1;
  if (violations.length > 0) counts.broken.push({ seed, what: worlds.doing, violations });
}

async function tryOne(worlds: Worlds, seed: number, each: Case, counts: Counts): Promise<void> {
  const name = `${each.scenario.name}: ${each.fault} ${each.when} request ${each.index}`;
  worlds.doing = name;
  const { violations, place, arrivals } = await orStuck(tryCase(await worlds.single(), each));
  counts.cases += 1;
  counts.requests += arrivals.length;
  if (place === undefined) counts.missed += 1;
  else {
    countOne(counts.faults, `${each.fault}, ${each.when}`);
    countOne(counts.places, place);
    if (each.fault === killed) {
      counts.kills += 1;
      countOne(counts.deaths, each.scenario.name);
    }
  }
  if (violations.length === 0) return;
  const what = `${name}, ${place ?? "which was not made"}`;
  counts.broken.push({ seed, what, violations });
  await worlds.renew();
}

async function tryHistories(worlds: Worlds, seed: number, extent: Extent, counts: Counts): Promise<void> {
  let last: Violation[] = [];
  let shrinkUntil = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(histories, async (history) => {
    // A smaller one that is not tried counts as one that kept every promise, and so ends the search.
    if (performance.now() > shrinkUntil) return;
    worlds.doing = `a history of seed ${seed}\n${toldHistory(history)}`;
    const { violations, arrivals } = await orStuck(playHistory(await worlds.many(), history));
    counts.histories += 1;
    counts.steps += history.steps.length;
    counts.requests += arrivals.length;
    counts.kills += history.steps.filter((step) => step.do === "kill").length;
    if (violations.length === 0) return;
    last = violations;
    shrinkUntil = Math.min(shrinkUntil, performance.now() + extent.longestShrinking);
    await worlds.renew();
    throw new Error(violations.map(({ invariant, how }) => `${invariant}: ${how}`).join("\n"));
  });
  const result = await fc.check<[History]>(property, { seed, numRuns: extent.histories });
  const [smallest] = result.counterexample ?? [];
  if (!smallest) return;
  const what = `a history, shrunk ${result.numShrinks} times (path ${result.counterexamplePath})\n${toldHistory(smallest)}`;
  counts.broken.push({ seed, what, violations: last });
}

/** A run that does not come to its end breaks a promise as well. */
async function orStuck<Result extends RunResult>(running: Promise<Result>): Promise<Result | StuckRun> {
  try {
    return await running;
  } catch (thrown) {
    return { violations: [{ invariant: "every run ends", how: String(thrown) }], arrivals: [], place: undefined };
  }
}

interface StuckRun extends RunResult {
  place: undefined;
}
