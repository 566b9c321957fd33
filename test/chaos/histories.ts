import type { Fault } from "../../emulator/faults.ts";
import { createFaults } from "./faults.ts";
import { placeBystanders, placeSubject, removeSubjects } from "./population.ts";
import { type RunResult, run } from "./run.ts";
import { settle, untilStill } from "./settle.ts";
import type { History, Step, TimedStep, Told } from "./steps.ts";
import { isAbout, type Subject, subjectKinds } from "./subjects.ts";
import { type Arrival, type ChaosWorld, writers } from "./world.ts";

/** Nothing new for so long, in milliseconds of real time: the service has nothing to do but wait. */
const stillMilliseconds = 40;
/** A database that was seen encrypted is not read again by sweeps of the same day. */
const untilAnySweepReads = 25 * 3_600_000;
const mostInvocationsAStep = 60;
/** The longest delay of a look that was put off often, and ten minutes after which a dead process's messages come back. */
const minutesOfAHealing = 45;
const disturbing: ReadonlySet<Step["do"]> = new Set(["fault", "kill", "stop", "stop for"]);
const minute = 60_000;

/** Plays a history in a world, lets the service finish without further faults, and holds what was seen against every promise. */
export async function playHistory(world: ChaosWorld, { kinds, steps }: History): Promise<RunResult> {
  const subjects = kinds.flatMap((kind) => {
    const known = subjectKinds[kind];
    return known ? [placeSubject(world, known)] : [];
  });
  placeBystanders(world);
  const play = createPlay(world, subjects);
  const stopWatching = world.azure.arm.observe((request, caller) => {
    if (caller?.objectId !== world.azure.managedIdentity.objectId || request.method === "GET") return undefined;
    play.writeArrived(request.path);
    return ({ handled }) => {
      if (handled) play.writeEnded(request.path);
    };
  });
  try {
    return await run(world, () => play.all(steps), {
      fault: play.fault,
      calmSince: play.calmSince,
      mostMinutes: minutesOfAHealing,
      disturbances: steps.filter((step) => disturbing.has(step.do)).length,
      mostInvocations: mostInvocationsAStep * (steps.length + subjects.length + 2),
    });
  } finally {
    stopWatching();
    await removeSubjects(world);
  }
}

interface Play {
  all(steps: readonly TimedStep[]): Promise<void>;
  /** When, by the world's clock, the last thing happened to it. */
  calmSince(): number;
  fault(arrival: Arrival): Fault | undefined;
  writeArrived(path: string): void;
  writeEnded(path: string): void;
}

function createPlay(world: ChaosWorld, subjects: readonly Subject[]): Play {
  const { azure, clock } = world;
  const faults = createFaults(clock);
  const planned = new Map<number, (arrival: Arrival) => Fault | undefined>();
  const atWrite: { subject: Subject; value: string }[] = [];
  const afterWrite: { subject: Subject; told: Told; times: number }[] = [];
  /** Set back as soon as Azure is done with it. */
  const soon: { subject: Subject; told: Told }[] = [];
  let calmSince = clock.now();
  let arrived = 0;
  let isSweepDue = false;

  return {
    async all(steps) {
      for (const step of steps) {
        await untilArrived(step.requests);
        await perform(step);
      }
      planned.clear();
      faults.end();
      await world.stop(false);
      if (afterWrite.length + soon.length > 0) await settle(world);
      for (const armed of [atWrite, afterWrite, soon]) armed.length = 0;
      if (isSweepDue) {
        await settle(world);
        clock.skip(untilAnySweepReads);
        await world.fire("sweep");
      }
      calmSince = clock.now();
    },
    calmSince: () => calmSince,
    fault(arrival) {
      arrived = arrival.index + 1;
      breakWhatIsFree();
      return planned.get(arrival.index)?.(arrival) ?? faults.lasting(arrival.side);
    },
    writeArrived(path) {
      for (const { subject, value } of takeThose(atWrite, path)) touch(subject, value, "once");
    },
    writeEnded(path) {
      for (const { subject, told, times } of takeThose(afterWrite, path)) {
        soon.push({ subject, told });
        if (times > 1) afterWrite.push({ subject, told, times: times - 1 });
      }
      breakWhatIsFree();
    },
  };

  async function untilArrived(requests: number): Promise<void> {
    const wanted = arrived + requests;
    let seen = world.observed.activity;
    let since = performance.now();
    while (arrived < wanted) {
      await new Promise((resolve) => setImmediate(resolve));
      if (world.observed.activity !== seen) {
        seen = world.observed.activity;
        since = performance.now();
      }
      if (performance.now() - since > stillMilliseconds) return;
    }
  }

  async function perform(step: Step): Promise<void> {
    switch (step.do) {
      case "break":
        return breakIt(subjectOf(step), writers[step.writer], step.told);
      case "touch":
        // Whoever writes to it as a whole at the same time undoes the other's change: Azure has no condition against it.
        if (isAtWork() && subjectOf(step).kind.isWrittenWhole) return;
        return touchIt(subjectOf(step), step.value, step.told);
      case "touch at write":
        if (!subjectOf(step).kind.isWrittenWhole) atWrite.push({ subject: subjectOf(step), value: step.value });
        return;
      case "break after write":
        afterWrite.push({ subject: subjectOf(step), told: step.told, times: step.times });
        return;
      case "fault":
        planned.set(arrived + step.after, ({ side }) => faults.begin(step.fault, side, step.when));
        return;
      case "kill":
        planned.set(arrived + step.after, () => {
          world.kill(step.instance % azure.instances.length);
          return undefined;
        });
        return;
      case "fire":
        return await world.fire(step.timer);
      case "stop":
        return await world.stop(step.stopped);
      case "stop for":
        return await stopFor(step);
      case "pass":
        clock.skip(step.seconds * 1000);
    }
  }

  async function stopFor(step: Extract<Step, { do: "stop for" }>): Promise<void> {
    await world.stop(true);
    breakIt(subjectOf(step), writers[1], step.told);
    for (let passed = 0; passed < step.minutes; passed += 1) {
      await untilStill(world);
      clock.skip(minute);
      await world.fire("waker");
    }
    await untilStill(world);
    await world.stop(false);
  }

  function breakWhatIsFree(): void {
    const free = soon.filter(({ subject: { kind, id } }) => !kind.isBusy(azure, id));
    soon.splice(0, Infinity, ...soon.filter((entry) => !free.includes(entry)));
    for (const { subject, told } of free) breakIt(subject, writers[1], told);
  }

  function subjectOf({ subject }: { subject: number }): Subject {
    const found = subjects[subject % subjects.length];
    if (!found) throw new Error("A history needs a resource");
    return found;
  }

  function isAtWork(): boolean {
    return azure.instances.some(({ statistics }) => statistics.inFlight > 0);
  }

  function takeThose<Entry extends { subject: Subject }>(list: Entry[], path: string): Entry[] {
    const taken = list.filter(({ subject }) => isAbout(subject, path));
    list.splice(0, Infinity, ...list.filter((entry) => !taken.includes(entry)));
    return taken;
  }

  /** Azure refuses a change of what it still works on. */
  function touchIt(subject: Subject, value: string, told: Told): void {
    if (!subject.kind.isBusy(azure, subject.id)) touch(subject, value, told);
  }

  function touch(subject: Subject, value: string, told: Told): void {
    const { kind, id } = subject;
    kind.touch(azure, id, value);
    subject.foreign = kind.foreign(azure, id);
    tell(subject, writers[0], told);
  }

  function breakIt(subject: Subject, writer: string, told: Told): void {
    const { kind, id } = subject;
    if (kind.isBusy(azure, id)) return;
    kind.break(azure, id);
    tell(subject, writer, told);
  }

  function tell(subject: Subject, writer: string, told: Told): void {
    if (told === "never") isSweepDue = true;
    else world.announce(subject, { writer, times: told === "twice" ? 2 : 1 });
  }
}
