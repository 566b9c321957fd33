import type { Fault } from "../../emulator/faults.ts";
import { countOne } from "./counts.ts";
import { type Violation, violationsIn } from "./invariants.ts";
import { repeatedIn } from "./journal.ts";
import { settle } from "./settle.ts";
import { isAbout } from "./subjects.ts";
import type { Arrival, ChaosWorld } from "./world.ts";
import { fixesUntilContested } from "./write-invariants.ts";

/** What a run came to. */
export interface RunResult {
  violations: Violation[];
  /** The service's requests in their order. */
  arrivals: Arrival[];
}

/** What may happen in a run, and how much the service may take for it. */
export interface RunOptions {
  /** Decides over each request of the service, from the beginning of the run on. */
  fault(arrival: Arrival): Fault | undefined;
  /** Since when nobody disturbs the service any more, by the world's clock; asked at the end. The beginning, where left out. */
  calmSince?(): number;
  /** How often functions may run until all is done. */
  mostInvocations: number;
  /** Minutes of calm after which everything is healed. */
  mostMinutes: number;
  /** How many requests to Azure Resource Manager may read, where that is known. */
  mostReads?: number | undefined;
  mostWritesAnHour?: number;
  /** Faults, deaths and stops in it. */
  disturbances: number;
}

/**
 * Does something to the resources of a world, lets the service finish, and holds what was seen against every promise.
 */
export async function run(
  world: ChaosWorld,
  act: () => Promise<void> | void,
  { fault, calmSince, ...bounds }: RunOptions,
): Promise<RunResult> {
  const { azure, observed, subjects } = world;
  const arrivals: Arrival[] = [];
  observed.forget();
  const seenBefore = new Set(await world.poison());
  const poisonedBefore = await poisonedIn(world);
  const begin = world.clock.now();
  const invokedBefore = invocationsIn(world);
  world.plan((arrival) => {
    arrivals.push(arrival);
    return fault(arrival);
  });
  await act();
  const left = await settle(world);
  const violations = violationsIn({
    azure,
    subjects,
    observed,
    left,
    poisoned: await newlyPoisoned(world, poisonedBefore, seenBefore),
    invocations: invocationsIn(world) - invokedBefore,
    requests: requestsByPlace(arrivals),
    calmSince: calmSince?.() ?? begin,
    ...bounds,
    contested: contestedIn(world),
    journalProblems: repeatedIn(observed.entries),
  });
  return { violations, arrivals };
}

/** Rightly given up is what was written to as often as the breaker allows, and set back after that. */
function contestedIn({ subjects, observed }: ChaosWorld): Set<string> {
  const given = subjects.filter((subject) => {
    const last = observed.entries.findLast(
      ({ kind, resourceId }) => kind === "remediation" && resourceId.toLowerCase() === subject.id.toLowerCase(),
    );
    const writes = observed.writes.filter(({ path }) => isAbout(subject, path));
    return last?.outcome === "contested" && writes.length >= fixesUntilContested;
  });
  return new Set(given.map(({ id }) => id));
}

/** Timers apart: they run by the clock, whatever there is to do. */
function invocationsIn({ azure, fired }: ChaosWorld): number {
  return azure.instances.reduce((sum, { statistics }) => sum + statistics.invocations, -fired);
}

function requestsByPlace(arrivals: readonly Arrival[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { place } of arrivals) countOne(counts, place);
  return counts;
}

/** What was given up since then. Of many messages Azure shows the first ones only. */
async function newlyPoisoned(world: ChaosWorld, before: number, seenBefore: ReadonlySet<string>): Promise<string[]> {
  const more = (await poisonedIn(world)) - before;
  if (more <= 0) return [];
  const seen = (await world.poison()).filter((each) => !seenBefore.has(each));
  return seen.length > 0 ? seen : [`${more} messages that can't be seen`];
}

async function poisonedIn(world: ChaosWorld): Promise<number> {
  const counts = Object.entries(await world.messages());
  return counts.filter(([name]) => name.endsWith("-poison")).reduce((sum, [, count]) => sum + count, 0);
}
