import { seededRandom } from "../../emulator/event-grid/random.ts";
import type { Fault } from "../../emulator/faults.ts";
import { faultKinds, type Side } from "./fault-kinds.ts";
import { createFaults } from "./faults.ts";
import type { Violation } from "./invariants.ts";
import { placeSubject, removeSubjects } from "./population.ts";
import { type RunResult, run } from "./run.ts";
import { settle } from "./settle.ts";
import {
  ipsecPolicy,
  isAbout,
  minimumTls,
  type Subject,
  type SubjectKind,
  secureTransfer,
  subjectKinds,
} from "./subjects.ts";
import { type Arrival, type ChaosWorld, writers } from "./world.ts";

/** A way in which a resource is healed. */
interface Scenario {
  name: string;
  kind: SubjectKind;
  /** What comes before; no fault meets it. */
  prepare?(world: ChaosWorld, subject: Subject): Promise<void>;
  /** Tells the service that the resource, which falls short unless it was prepared, should be looked at. */
  tell(world: ChaosWorld, subject: Subject): Promise<void> | void;
  /** What makes good whatever a fault cost, where that is not the service's own business; no fault meets it. */
  makeGood?(world: ChaosWorld, subject: Subject): Promise<void>;
  /** It is gone through without a fault only: histories have the others. */
  isWithoutFaults?: true;
  /** Requests to Azure Resource Manager of this method are answered late. */
  slow?: string;
  /** How many requests read where nothing fails; left out where that depends on time. */
  mostReads?: number | undefined;
  /** After so many minutes it is healed. */
  mostMinutes?: number;
}

/** A dead process's messages come back after ten minutes, a dead holder's looks after one; a tunnel takes two. */
const minutesOfAHealing = 20;

const scenarios: readonly Scenario[] = [
  ...subjectKinds.map((kind) => ({ name: kind.name, kind, tell: announce, mostReads: kind.readsAFix })),
  {
    name: "falling short anew while the write is under way",
    kind: { ...minimumTls, writesAFix: 2 },
    tell: announceAndBreakAnew,
    slow: "PATCH",
  },
  { name: "two tunnels of a gateway", kind: ipsecPolicy, tell: announceTwo, isWithoutFaults: true },
  { name: "the first event ever", kind: secureTransfer, prepare: (world) => world.startAnew(), tell: announce },
  { name: "an undo", kind: minimumTls, prepare: healFirst, tell: undo, makeGood: undo },
  { name: "a sweep", kind: minimumTls, tell: sweep, makeGood: sweep, mostMinutes: 150 },
];

/** One healing in which one request meets one fault. */
export interface Case {
  scenario: Scenario;
  /** Which request of the service, counted from the event on, or the first one to this side. */
  index: number | Side;
  /** A kind of fault by its name, or the death of the process. */
  fault: string;
  when: "before" | "after";
}

/** The name of the fault that is no answer's: the process is killed at the request. */
export const killed = "SIGKILL";

/** Ways of healing, and how many requests the service makes for each. */
export type Requests = ReadonlyMap<string, number>;

/** What became of a case. */
export interface CaseResult extends RunResult {
  /** Where the fault struck; undefined where the service had made fewer requests. */
  place: string | undefined;
}

/** More than any remediation takes with one fault: the look, follow-ups, wakers, and one look for its own event. */
const mostInvocations = 60;

const betweenSweeps = 3_600_000;

/** Heals a resource in each way without a fault; gives how many requests that takes at least, and what promises are broken even so. */
export async function healEach(
  world: ChaosWorld,
  times: number,
): Promise<{ requests: Requests; violations: Violation[] }> {
  const requests = new Map<string, number>();
  const violations: Violation[] = [];
  for (const scenario of scenarios) {
    // The first time it may do what is done once, or wait longer on a busy machine: the shorter way is that of all others.
    const healings: RunResult[] = [];
    while (healings.length < times) healings.push(await healUndisturbed(world, scenario, healingsWithoutFault));
    if (!scenario.isWithoutFaults)
      requests.set(scenario.name, Math.min(...healings.map(({ arrivals }) => arrivals.length)));
    violations.push(...healings.flatMap((healing) => healing.violations));
  }
  return { requests, violations };
}

/** On a busy machine a request may be given up without any fault; then the next healing tells. */
const healingsWithoutFault = 3;

async function healUndisturbed(world: ChaosWorld, scenario: Scenario, times: number): Promise<RunResult> {
  const result = await heal(world, scenario, () => undefined, scenario.mostReads);
  return result.violations.length === 0 || times <= 1 ? result : await healUndisturbed(world, scenario, times - 1);
}

/** Every fault at each of these requests, before and after it took effect. */
export function everyCase(requests: Requests): Case[] {
  const faults = [...faultKinds, { name: killed, only: undefined }];
  return scenarios.flatMap((scenario) =>
    Array.from({ length: requests.get(scenario.name) ?? 0 }, (_, index) =>
      faults.flatMap(({ name: fault, only }): Case[] => {
        const times = (["before", "after"] as const).filter((when) => only === undefined || only === when);
        return times.map((when) => ({ scenario, index, fault, when }));
      }),
    ).flat(),
  );
}

/** Takes each side away for a while, from the first request to it on, in a way of healing that is another one for each seed. */
export function outagesOf(seed: number): Case[] {
  const scenario = scenarios[seed % scenarios.length];
  const sides = ["arm", "queue", "table", "blob"] as const;
  return scenario ? sides.map((index) => ({ scenario, index, fault: "outage", when: "before" })) : [];
}

/** A share of all cases, another one for each seed: `parts` seeds in a row have them all. */
export function shareOf(cases: readonly Case[], seed: number, parts: number): Case[] {
  const random = seededRandom(1);
  const shuffled = cases.map((each) => ({ each, order: random() })).sort((a, b) => a.order - b.order);
  return shuffled.filter((_, index) => index % parts === seed % parts).map(({ each }) => each);
}

/** Heals a fresh resource while one request meets its fault. */
export async function tryCase(world: ChaosWorld, { scenario, index, fault, when }: Case): Promise<CaseResult> {
  let place: string | undefined;
  const faults = createFaults(world.clock);
  const result = await heal(world, scenario, (arrival) => {
    const isMeant = typeof index === "number" ? arrival.index === index : !place && arrival.side === index;
    if (!isMeant) return faults.lasting(arrival.side);
    place = arrival.place;
    if (fault !== killed) return faults.begin(fault, arrival.side, when);
    world.kill(0);
    return { kind: "drop", when };
  });
  return { ...result, place };
}

async function heal(
  world: ChaosWorld,
  { kind, prepare, tell, makeGood, slow, mostMinutes = minutesOfAHealing }: Scenario,
  fault: (arrival: Arrival) => Fault | undefined,
  mostReads?: number,
): Promise<RunResult> {
  const subject = placeSubject(world, kind);
  await prepare?.(world, subject);
  let isOver = false;
  let requests = 0;
  const act = async () => {
    if (!subject.undone) kind.break(world.azure, subject.id);
    await tell(world, subject);
    isOver = makeGood !== undefined;
    await makeGood?.(world, subject);
  };
  function faultUntilOver(arrival: Arrival): Fault | undefined {
    if (isOver) return undefined;
    requests = arrival.index + 1;
    const isSlow = arrival.side === "arm" && arrival.method === slow;
    return fault(arrival) ?? (isSlow ? createFaults(world.clock).begin("slow", "arm", "after") : undefined);
  }
  const stopWatching = touchAtWrite(world, subject);
  try {
    const result = await run(world, act, {
      fault: faultUntilOver,
      mostInvocations,
      mostMinutes,
      mostReads,
      disturbances: 1,
    });
    return { ...result, arrivals: result.arrivals.slice(0, requests) };
  } finally {
    stopWatching();
    await removeSubjects(world);
  }
}

/** Somebody else changes the resource in the moment in which the first write to it arrives, unless Azure takes it as a whole only. */
function touchAtWrite({ azure }: ChaosWorld, subject: Subject): () => void {
  const { kind, id } = subject;
  let isTouched = kind.isWrittenWhole;
  return azure.arm.observe((request, caller) => {
    const isWrite = caller?.objectId === azure.managedIdentity.objectId && request.method !== "GET";
    if (isTouched || !isWrite || !isAbout(subject, request.path)) return undefined;
    isTouched = true;
    kind.touch(azure, id, "pilot");
    subject.foreign = kind.foreign(azure, id);
    return undefined;
  });
}

function announce(world: ChaosWorld, subject: Subject): void {
  world.announce(subject);
}

/** Another one of the same gateway falls short at the same time. */
function announceTwo(world: ChaosWorld, subject: Subject): void {
  const other = placeSubject(world, subject.kind);
  other.kind.break(world.azure, other.id);
  for (const each of [subject, other]) world.announce(each);
}

/** Somebody makes it fall short in another way as the first write to it arrives, and the word of that comes while the writer is at work. */
function announceAndBreakAnew(world: ChaosWorld, subject: Subject): void {
  const { azure } = world;
  const stop = azure.arm.observe((request, caller) => {
    const isWrite = caller?.objectId === azure.managedIdentity.objectId && request.method !== "GET";
    if (!isWrite || !isAbout(subject, request.path)) return undefined;
    stop();
    secureTransfer.break(azure, subject.id);
    world.announce(subject, { writer: writers[1] });
    return undefined;
  });
  world.announce(subject);
}

async function healFirst(world: ChaosWorld, subject: Subject): Promise<void> {
  world.plan(() => undefined);
  subject.kind.break(world.azure, subject.id);
  world.announce(subject);
  await settle(world);
  subject.undone = true;
}

/** A person undoes what was fixed, and somebody changes the resource; whoever got no good answer asks once more, later. */
async function undo(world: ChaosWorld, subject: Subject): Promise<void> {
  await world.undo(subject);
  await settle(world);
  world.announce(subject);
  await settle(world);
}

/** By its schedule. What a fault costs one, the next one makes good. */
async function sweep(world: ChaosWorld): Promise<void> {
  world.clock.skip(betweenSweeps);
  await world.fire("sweep");
  await settle(world);
}
