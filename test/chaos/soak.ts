import { readFile } from "node:fs/promises";
import { seededRandom } from "../../emulator/event-grid/random.ts";
import type { Fault } from "../../emulator/faults.ts";
import { faultKinds } from "./fault-kinds.ts";
import type { Violation } from "./invariants.ts";
import type { ObservedRequest } from "./observed.ts";
import { placeSubject } from "./population.ts";
import { run } from "./run.ts";
import { settle, untilStill } from "./settle.ts";
import { isAbout, type Subject, subjectKinds } from "./subjects.ts";
import { type Arrival, type ChaosWorld, writers } from "./world.ts";

/** Enough that each is set back less than three times an hour, which would be a fight. */
const subjectsOfEachKind = 12;
/** Of the service's time, between two changes. */
const secondsBetweenChanges = 60;
const changesBetweenLooks = 100;
/** So many changes are made at the same moment, at most. */
const mostTogether = 6;
/** Of a hundred requests so many meet a fault. */
const faultsInAHundred = 0.5;
const lostEvents = 0.02;
const minutesOfAHealing = 60;
/** A database that was seen encrypted is not read again by sweeps of the same day. */
const untilAnySweepReads = 25 * 3_600_000;

/** How things stood at one moment of the soak, when everything was healed. Sums are those since its beginning. */
export interface SoakLook {
  minutes: number;
  /** How often a resource that was compliant was made to fall short. */
  setBack: number;
  /** Writes of the service that took effect. */
  writes: number;
  faults: number;
  /** Of the process of the first instance, in MB; 0 where the machine does not tell. */
  residentMegabytes: number;
  /** Rows by table. */
  rows: Record<string, number>;
  violations: Violation[];
}

/**
 * Sets resources back at random, under faults at random, for so many minutes of real time; every hundred changes the service gets time
 * to heal all of them, and is held against its promises.
 * @param tell is given each look; the last one is the end.
 */
export async function soak(
  world: ChaosWorld,
  minutes: number,
  seed: number,
  tell: (look: SoakLook) => void,
): Promise<void> {
  const random = seededRandom(seed);
  const begin = performance.now();
  const subjects = subjectKinds.flatMap((kind) =>
    Array.from({ length: subjectsOfEachKind }, () => placeSubject(world, kind)),
  );
  const sums = { setBack: 0, writes: 0, faults: 0 };
  let next = 0;
  let setBackNow: Subject[] = [];
  let calmSince = world.clock.now();

  function setBack(): void {
    const subject = subjects[next % subjects.length];
    next += 1;
    if (!subject || subject.kind.isBusy(world.azure, subject.id)) return;
    if (!subject.kind.isBroken(world.azure, subject.id)) setBackNow.push(subject);
    change(world, subject, random);
  }

  async function changes(): Promise<void> {
    for (let count = 0; count < changesBetweenLooks; ) {
      const together = 1 + Math.floor(random() * mostTogether);
      for (let each = 0; each < together; each += 1) setBack();
      count += together;
      await untilStill(world);
      world.clock.skip(together * secondsBetweenChanges * 1000);
    }
    world.plan(() => undefined);
    await settle(world);
    world.clock.skip(untilAnySweepReads);
    calmSince = world.clock.now();
    await world.fire("sweep");
  }

  function fault({ side }: Arrival): Fault | undefined {
    if (random() * 100 >= faultsInAHundred) return undefined;
    sums.faults += 1;
    const kind = faultKinds[Math.floor(random() * faultKinds.length)];
    return kind?.at(side, random() < 0.5 ? "before" : "after");
  }

  for (let elapsed = 0; elapsed < minutes; ) {
    setBackNow = [];
    const { violations } = await run(world, changes, {
      fault,
      calmSince: () => calmSince,
      mostInvocations: Number.POSITIVE_INFINITY,
      mostMinutes: minutesOfAHealing,
      disturbances: Number.POSITIVE_INFINITY,
    });
    const healings = world.observed.writes.filter(({ handled, method }) => handled && method !== "POST");
    sums.setBack += setBackNow.length;
    sums.writes += healings.length;
    elapsed = (performance.now() - begin) / 60_000;
    tell({
      minutes: elapsed,
      ...sums,
      residentMegabytes: await residentMegabytes(world),
      rows: await rowsOf(world),
      violations: [...violations, ...unaccounted(subjects, setBackNow, healings)],
    });
  }
}

/** Who was compliant, fell short and is compliant again was written to: each time, since nobody else heals here. */
function unaccounted(
  subjects: readonly Subject[],
  setBack: readonly Subject[],
  healings: readonly ObservedRequest[],
): Violation[] {
  return subjects.flatMap((subject) => {
    const needed = setBack.filter((each) => each === subject).length;
    const written = healings.filter(({ path }) => isAbout(subject, path)).length;
    if (written >= needed) return [];
    const how = `${subject.id} was set back ${needed} times and written to ${written} times`;
    return [{ invariant: "the counts add up", how }];
  });
}

function change(world: ChaosWorld, subject: Subject, random: () => number): void {
  subject.kind.break(world.azure, subject.id);
  const writer = random() < 0.5 ? writers[0] : writers[1];
  const [lost, twice] = [random() < lostEvents, random() < 0.3];
  if (!lost) world.announce(subject, { writer, times: twice ? 2 : 1 });
}

/** Of the first instance. Linux tells it in pages of 4 KiB; elsewhere it is not told. */
async function residentMegabytes({ azure }: ChaosWorld): Promise<number> {
  try {
    const [, pages = "0"] = (await readFile(`/proc/${azure.functions.worker.processId}/statm`, "utf8")).split(" ");
    return Math.round((Number(pages) * 4096) / 2 ** 20);
  } catch {
    return 0;
  }
}

async function rowsOf(world: ChaosWorld): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of await world.tables()) counts[name] = (await world.rows(name)).length;
  return counts;
}
