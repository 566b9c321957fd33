import * as fc from "fast-check";
import { type Counts, countOne } from "./counts.ts";
import { playHistory } from "./histories.ts";
import type { Violation } from "./invariants.ts";
import { type Case, everyCase, killed, shareOf, tryCase } from "./matrix.ts";
import { type History, histories, toldHistory } from "./steps.ts";
import { type ChaosWorld, startChaosWorld } from "./world.ts";

/** How much one seed tries. */
export interface Extent {
  /** So many seeds in a row try every fault at every request. */
  parts: number;
  histories: number;
}

/** So many seeds try everything. */
export const fullExtent: Extent = { parts: 200, histories: 10 };

/** Worlds that seeds share; one in which a promise was broken is not used again. */
export interface Worlds {
  /** One instance, in which every remediation meets one fault. */
  single(): Promise<ChaosWorld>;
  /** Three instances, for histories. */
  many(): Promise<ChaosWorld>;
  renew(): Promise<void>;
  close(): Promise<void>;
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
  return { single: () => start(1), many: () => start(3), renew: close, close };
}

let known: Promise<Case[]> | undefined;

/** Tries this seed's share of all faults, and its histories. What was tried and what broke is added to the counts. */
export async function trySeed(worlds: Worlds, seed: number, extent: Extent, counts: Counts): Promise<void> {
  known ??= worlds.single().then(everyCase);
  for (const each of shareOf(await known, seed, extent.parts)) await tryOne(worlds, seed, each, counts);
  await tryHistories(worlds, seed, extent, counts);
}

async function tryOne(worlds: Worlds, seed: number, each: Case, counts: Counts): Promise<void> {
  const { violations, place, arrivals } = await tryCase(await worlds.single(), each);
  counts.cases += 1;
  counts.requests += arrivals.length;
  if (place === undefined) counts.missed += 1;
  else {
    countOne(counts.faults, `${each.fault}, ${each.when}`);
    countOne(counts.places, place);
    if (each.fault === killed) counts.kills += 1;
  }
  if (violations.length === 0) return;
  const what = `${each.scenario.name}: ${each.fault} ${each.when} request ${each.index}, ${place ?? "which was not made"}`;
  counts.broken.push({ seed, what, violations });
  await worlds.renew();
}

async function tryHistories(worlds: Worlds, seed: number, extent: Extent, counts: Counts): Promise<void> {
  let last: readonly Violation[] = [];
  const property = fc.asyncProperty(histories, async (history) => {
    const { violations, arrivals } = await playHistory(await worlds.many(), history);
    counts.histories += 1;
    counts.steps += history.steps.length;
    counts.requests += arrivals.length;
    counts.kills += history.steps.filter((step) => step.do === "kill").length;
    if (violations.length === 0) return;
    last = violations;
    await worlds.renew();
    throw new Error(violations.map(({ invariant, how }) => `${invariant}: ${how}`).join("\n"));
  });
  const result = await fc.check<[History]>(property, {
    seed,
    numRuns: extent.histories,
    interruptAfterTimeLimit: longestShrinking,
    markInterruptAsFailure: false,
  });
  const [smallest] = result.counterexample ?? [];
  if (!smallest) return;
  const what = `a history, shrunk ${result.numShrinks} times (path ${result.counterexamplePath})\n${toldHistory(smallest)}`;
  counts.broken.push({ seed, what, violations: last });
}

/** In milliseconds; a history that fails is made smaller for as long as this. */
const longestShrinking = 180_000;
