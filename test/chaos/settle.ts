import type { LocalAzure } from "../../emulator/local-azure.ts";
import type { ChaosWorld } from "./world.ts";

/** Real time without anything happening, after which only the passing of time can move things on. */
const stillMilliseconds = 25;
/** The waker's schedule. */
const wakerMilliseconds = 60_000;
const shortestStep = 1_000;
const longestStep = 10_000;
/** Three hours of the service's time: what is still open then is stuck. */
const longestRun = 3 * 3_600_000;

/** Real time in which the service comes to rest on the slowest machine; much longer than any of its own time limits. */
const longestUnrest = 90_000;

/** What was still open when no more time was given. */
export interface Left {
  messages: number;
  leases: number;
  waits: number;
  events: number;
}

/**
 * Lets the service do what it has to: time is moved ahead whenever it only waits, and the waker fires each minute of that time.
 * Resolves when nothing is left to do, after one last waker, or after three hours of the service's time.
 */
export async function settle(world: ChaosWorld): Promise<Left> {
  const { clock } = world;
  const end = clock.now() + longestRun;
  let nextWaker = clock.now() + wakerMilliseconds;
  let lastWaker = false;
  for (;;) {
    await untilStill(world);
    const left = await leftIn(world, end);
    const isDone = left.messages + left.leases + left.waits + left.events === 0;
    if ((isDone && lastWaker) || clock.now() > end) return left;
    for (const instance of world.azure.instances) instance.lookForMessages();
    const due = isDone ? nextWaker : Math.min(clock.nextDue ?? nextWaker, nextWaker);
    clock.skip(Math.max(0, due - clock.now()));
    if (due < nextWaker) continue;
    nextWaker += wakerMilliseconds;
    lastWaker = isDone;
    await world.fire("waker");
  }
}

/**
 * Waits until no function runs and nothing happens. Where functions only wait for time to pass, it does.
 * Rejects after a minute and a half of real time, and says what was still going on.
 */
export async function untilStill({ azure, clock, observed }: ChaosWorld): Promise<void> {
  const end = performance.now() + longestUnrest;
  let step = shortestStep;
  for (;;) {
    if (performance.now() > end) throw new Error(`There is no rest: ${unrest(azure)}`);
    const before = observed.activity + azure.eventGrid.statistics.attempts;
    await new Promise((resolve) => setTimeout(resolve, stillMilliseconds));
    // One that computes, or loads its code, is not waiting: time that leaps ahead meanwhile would use up its time limits.
    await Promise.all(azure.instances.map(({ worker }) => worker.free()));
    if (azure.instances.some(({ worker }) => !worker.isReady)) continue;
    if (observed.activity + azure.eventGrid.statistics.attempts !== before) {
      step = shortestStep;
      continue;
    }
    if (azure.instances.every(({ statistics }) => statistics.inFlight === 0)) return;
    clock.skip(step);
    step = Math.min(step * 2, longestStep);
  }
}

/** What each instance of the function app is at. */
function unrest({ instances, eventGrid }: LocalAzure): string {
  const each = instances.map(
    ({ worker, statistics }) => `${worker.isReady ? "ready" : "starting"} with ${statistics.inFlight} invocations`,
  );
  return `${each.join(", ")}; ${eventGrid.statistics.pending} events are on their way`;
}

/** What waits for a person is looked at again days later: nothing of that is left behind. */
async function leftIn(world: ChaosWorld, end: number): Promise<Left> {
  const { changes = 0, sweeps = 0 } = await world.messages();
  const events = world.azure.eventGrid.statistics.pending;
  if (changes + sweeps + events > 0) return { messages: changes + sweeps, leases: 0, waits: 0, events };
  const [leases, waits] = await Promise.all([world.rows("leases"), world.rows("waits")]);
  const soon = waits.filter(({ due }) => Date.parse(String(due)) <= end);
  return { messages: 0, leases: leases.length, waits: soon.length, events };
}
