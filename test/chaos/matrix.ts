import { seededRandom } from "../../emulator/event-grid/random.ts";
import type { Fault } from "../../emulator/faults.ts";
import { faultKinds } from "./fault-kinds.ts";
import { placeSubject, removeSubjects } from "./population.ts";
import { type RunResult, run } from "./run.ts";
import { settle } from "./settle.ts";
import { minimumTls, type Subject, type SubjectKind, secureTransfer, subjectKinds } from "./subjects.ts";
import type { Arrival, ChaosWorld } from "./world.ts";

/** A way in which a resource is healed. */
interface Scenario {
  name: string;
  kind: SubjectKind;
  prepare?(world: ChaosWorld): Promise<void>;
  /** Tells the service that the resource, which falls short now, should be looked at. */
  tell(world: ChaosWorld, subject: Subject): Promise<void> | void;
}

const scenarios: readonly Scenario[] = [
  ...subjectKinds.map((kind) => ({ name: kind.name, kind, tell: announce })),
  { name: "the first event ever", kind: secureTransfer, prepare: (world) => world.startAnew(), tell: announce },
  { name: "a sweep", kind: minimumTls, tell: sweepTwice },
];

/** One healing in which one request meets one fault. */
export interface Case {
  scenario: Scenario;
  /** Which request of the service, counted from the event on. */
  index: number;
  /** A kind of fault by its name, or the death of the process. */
  fault: string;
  when: "before" | "after";
}

/** The name of the fault that is no answer's: the process is killed at the request. */
export const killed = "SIGKILL";

/** What became of a case. */
export interface CaseResult extends RunResult {
  /** Where the fault struck; undefined where the service had made fewer requests. */
  place: string | undefined;
}

/** More than any remediation takes with one fault: the look, follow-ups, wakers, and one look for its own event. */
const mostInvocations = 60;

const betweenSweeps = 3_600_000;

/** Heals a resource in each way without a fault, and gives every case that the requests seen then make possible. */
export async function everyCase(world: ChaosWorld): Promise<Case[]> {
  const cases: Case[] = [];
  const names = [...faultKinds.map(({ name }) => name), killed];
  for (const scenario of scenarios) {
    const { arrivals, violations } = await heal(world, scenario, () => undefined);
    if (violations.length > 0) throw new Error(`${scenario.name} without any fault: ${JSON.stringify(violations)}`);
    for (const { index } of arrivals) {
      for (const fault of names)
        cases.push({ scenario, index, fault, when: "before" }, { scenario, index, fault, when: "after" });
    }
  }
  return cases;
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
  const result = await heal(world, scenario, (arrival) => {
    if (arrival.index !== index) return undefined;
    place = arrival.place;
    if (fault !== killed) return faultKinds.find(({ name }) => name === fault)?.at(arrival.side, when);
    world.kill(0);
    return { kind: "drop", when };
  });
  return { ...result, place };
}

async function heal(
  world: ChaosWorld,
  { kind, prepare, tell }: Scenario,
  fault: (arrival: Arrival) => Fault | undefined,
): Promise<RunResult> {
  await prepare?.(world);
  const subject = placeSubject(world, kind);
  const act = async () => {
    kind.break(world.azure, subject.id);
    await tell(world, subject);
  };
  try {
    return await run(world, act, { fault, mostInvocations });
  } finally {
    removeSubjects(world);
  }
}

function announce(world: ChaosWorld, subject: Subject): void {
  world.announce(subject);
}

/** By their schedule. What a fault costs the first one, the second one makes good. */
async function sweepTwice(world: ChaosWorld): Promise<void> {
  for (let sweep = 0; sweep < 2; sweep += 1) {
    world.clock.skip(betweenSweeps);
    await world.fire("sweep");
    await settle(world);
  }
}
