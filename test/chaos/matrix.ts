import { seededRandom } from "../../emulator/event-grid/random.ts";
import { faultKinds } from "./fault-kinds.ts";
import { placeSubject, removeSubjects } from "./population.ts";
import { type RunResult, run } from "./run.ts";
import { type SubjectKind, subjectKinds } from "./subjects.ts";
import type { Arrival, ChaosWorld } from "./world.ts";

/** One remediation in which one request meets one fault. */
export interface Case {
  subject: SubjectKind;
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

/** Heals one resource of each kind without a fault, and gives every case that the requests seen then make possible. */
export async function everyCase(world: ChaosWorld): Promise<Case[]> {
  const cases: Case[] = [];
  const names = [...faultKinds.map(({ name }) => name), killed];
  for (const subject of subjectKinds) {
    const { arrivals, violations } = await healOne(world, subject, () => undefined);
    if (violations.length > 0) throw new Error(`Without any fault: ${JSON.stringify(violations)}`);
    for (const { index } of arrivals) {
      for (const fault of names)
        cases.push({ subject, index, fault, when: "before" }, { subject, index, fault, when: "after" });
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
export async function tryCase(world: ChaosWorld, { subject, index, fault, when }: Case): Promise<CaseResult> {
  let place: string | undefined;
  const result = await healOne(world, subject, (arrival) => {
    if (arrival.index !== index) return undefined;
    place = arrival.place;
    if (fault !== killed) return faultKinds.find(({ name }) => name === fault)?.at(arrival.side, when);
    world.kill(0);
    return { kind: "drop", when };
  });
  return { ...result, place };
}

async function healOne(
  world: ChaosWorld,
  kind: SubjectKind,
  fault: (arrival: Arrival) => ReturnType<Parameters<ChaosWorld["plan"]>[0]>,
): Promise<RunResult> {
  const subject = placeSubject(world, kind);
  const breakIt = () => {
    kind.break(world.azure, subject.id);
    world.announce(subject);
  };
  try {
    return await run(world, breakIt, { fault, mostInvocations });
  } finally {
    removeSubjects(world);
  }
}
