import type { LocalAzure } from "../../emulator/local-azure.ts";
import type { Observed, ObservedRequest } from "./observed.ts";
import type { Left } from "./settle.ts";
import { isAbout, type Subject } from "./subjects.ts";

/** All that the outside knows after a run. */
export interface Evidence {
  azure: LocalAzure;
  subjects: readonly Subject[];
  observed: Observed;
  left: Left;
  /** Messages that were given up, each with its queue. */
  poisoned: readonly string[];
  /** How often a function of the service ran, timers apart. */
  invocations: number;
  /** The requests that it made meanwhile, by place, where they are known: they tell what it was at. */
  requests?: ReadonlyMap<string, number>;
  /** How often it may have, at most. */
  mostInvocations: number;
  /** Resources that others set back so often that the service gave up, as it should. */
  contested: ReadonlySet<string>;
  /** Since when, by the world's clock, nobody disturbed the service any more. */
  calmSince: number;
  /** So many minutes later everything is healed. */
  mostMinutes: number;
  /** How many requests to Azure Resource Manager may read; undefined where that depends on what happens. */
  mostReads?: number | undefined;
  /** The cap on writes in an hour; undefined where none is in question. */
  mostWritesAnHour?: number | undefined;
  /** Faults, deaths and stops, each of which may cost a write that is made again. */
  disturbances: number;
  /** What is wrong with the journal's entries. */
  journalProblems: readonly string[];
}

/** Questions to Resource Graph are sent as POST, and change nothing. */
export function isChange({ path }: ObservedRequest): boolean {
  return !/\/providers\/Microsoft\.ResourceGraph\//i.test(path);
}

/** What only one worker at a time may write to, of the subject that a request is about. */
export function unitOf(subjects: readonly Subject[], { path }: ObservedRequest): string | undefined {
  const subject = subjects.find((each) => isAbout(each, path));
  return subject?.kind.unit(subject.id).toLowerCase();
}

/** Entries that were seen more than once count once: the first one. */
export function onceEach<Entry extends { id: string }>(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ id }, index) => entries.findIndex((other) => other.id === id) === index);
}

/** A request in a few words. */
export function told({ method, path, status }: ObservedRequest): string {
  return `${method} ${nameOf(path)} (${status})`;
}

/** The last two segments of an id. */
export function nameOf(id: string): string {
  return id.split("/").slice(-2).join("/");
}
