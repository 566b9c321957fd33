import { isDeepStrictEqual } from "node:util";
import type { LocalAzure } from "../../emulator/local-azure.ts";
import type { Observed, ObservedRequest } from "./observed.ts";
import type { Left } from "./settle.ts";
import { isAbout, type Subject } from "./subjects.ts";
import { requestTimeoutSeconds } from "./world.ts";

/** All that the outside knows after a run. */
export interface Evidence {
  azure: LocalAzure;
  subjects: readonly Subject[];
  observed: Observed;
  left: Left;
  /** Messages that were given up. */
  poisoned: number;
  /** How often a function of the service ran, timers apart. */
  invocations: number;
  /** How often it may have, at most. */
  mostInvocations: number;
  /** Resources that others set back so often that the service gave up, as it should. */
  contested: ReadonlySet<string>;
  /** What is wrong with the journal as it is stored. */
  journalProblems: readonly string[];
}

/** A promise of the service: gives how it was broken, one text each. */
type Invariant = (evidence: Evidence) => string[];

/** Every promise, by its name in the counts. */
const invariants: Record<string, Invariant> = {
  "what should be compliant is": heals,
  "no write that is not due": writesOnlyWhatIsDue,
  "foreign properties stay": touchesNothingElse,
  "each write has one intent before it": writesAfterOneIntent,
  "each intent has one outcome": endsEachIntentOnce,
  "one worker at a time": writesOneAtATime,
  "every event ends": endsEveryEvent,
  "nothing is left behind": leavesNothing,
  "no secret anywhere": tellsNoSecret,
  "the journal verifies": journalVerifies,
  "a bounded number of deliveries": needsFewDeliveries,
};

/** A promise that was broken, and how. */
export interface Violation {
  invariant: string;
  how: string;
}

/** Holds the evidence of a run against every promise. */
export function violationsIn(evidence: Evidence): Violation[] {
  return Object.entries(invariants).flatMap(([invariant, check]) => check(evidence).map((how) => ({ invariant, how })));
}

function heals({ azure, subjects, contested }: Evidence): string[] {
  return subjects
    .filter(({ kind, id, leftAlone }) => !leftAlone && !contested.has(id) && kind.isBroken(azure, id))
    .map(({ kind, id }) => `${nameOf(id)} still falls short of ${kind.name}`);
}

/** A write is due to a resource of ours that the last read before it showed to fall short. */
function writesOnlyWhatIsDue({ subjects, observed }: Evidence): string[] {
  return observed.writes.filter(isChange).flatMap((write) => {
    const subject = subjects.find((each) => isAbout(each, write.path));
    if (!subject) return [`${told(write)} is outside of what is under test`];
    if (subject.leftAlone) return [`${told(write)} is to be left alone`];
    const shown = subject.kind.shownAt(subject.id).toLowerCase();
    const lastRead = observed.reads
      .filter(({ path, status }) => path.toLowerCase() === shown && status === 200)
      .findLast(({ ended }) => ended !== undefined && ended < write.arrived);
    if (!lastRead) return [`${told(write)} was sent without a read`];
    return lastRead.fellShort ? [] : [`${told(write)} was sent although the last read showed it compliant`];
  });
}

function touchesNothingElse({ azure, subjects }: Evidence): string[] {
  return subjects
    .filter(({ kind, id, foreign }) => !isDeepStrictEqual(kind.foreign(azure, id), foreign))
    .map(
      ({ kind, id, foreign }) =>
        `${nameOf(id)}: ${JSON.stringify(foreign)} became ${JSON.stringify(kind.foreign(azure, id))}`,
    );
}

/** Entries that were written twice under one id count once: the first one. */
function writesAfterOneIntent({ observed }: Evidence): string[] {
  const intents = onceEach(observed.entries.filter(({ kind }) => kind === "intent"));
  return observed.writes.filter(isChange).flatMap((write) => {
    const own = intents.filter(({ correlationId }) => correlationId === write.correlationId);
    const [intent] = own;
    if (!intent || own.length > 1) return [`${told(write)} has ${own.length} intents`];
    const problems: string[] = [];
    if (intent.durable > write.arrived) problems.push(`${told(write)} was sent before its intent was durable`);
    if (!write.path.toLowerCase().startsWith(intent.resourceId.toLowerCase()))
      problems.push(`${told(write)} has an intent that names ${intent.resourceId}`);
    const same = observed.writes.filter(({ correlationId }) => correlationId === write.correlationId);
    if (same.length > 1 && same[0] === write)
      problems.push(`${told(write)} was sent ${same.length} times for one intent`);
    return problems;
  });
}

function endsEachIntentOnce({ observed }: Evidence): string[] {
  const intents = onceEach(observed.entries.filter(({ kind }) => kind === "intent"));
  const outcomes = observed.entries.filter(({ kind }) => kind === "intent-outcome");
  const ends = intents.flatMap(({ intentId, resourceId }) => {
    const own = outcomes.filter((outcome) => outcome.intentId === intentId);
    const different = new Set(own.map(({ id, outcome }) => `${id} ${outcome}`));
    return different.size === 1
      ? []
      : [`an intent of ${nameOf(resourceId)} has ${different.size} outcomes: ${[...different].join(", ")}`];
  });
  // An intent whose append was not seen to succeed is ended as well, as one that was never sent.
  const strays = onceEach(outcomes)
    .filter(({ outcome }) => outcome !== "superseded")
    .filter(({ intentId }) => !intents.some((intent) => intent.intentId === intentId));
  return [...ends, ...strays.map(({ resourceId }) => `an outcome of ${nameOf(resourceId)} has no intent`)];
}

/** A request counts until its sender was told, or must have given up. */
function writesOneAtATime({ subjects, observed }: Evidence): string[] {
  const longest = (requestTimeoutSeconds + 1) * 1000;
  const changes = observed.writes.filter(isChange);
  return changes.flatMap((write, index) => {
    const unit = unitOf(subjects, write);
    return changes
      .slice(0, index)
      .filter((earlier) => unit !== undefined && unitOf(subjects, earlier) === unit)
      .filter(({ ended, arrivedAt }) => (ended ?? Infinity) > write.arrived && write.arrivedAt < arrivedAt + longest)
      .map((earlier) => `${told(write)} was sent while ${told(earlier)} was under way`);
  });
}

function endsEveryEvent({ azure }: Evidence): string[] {
  const { published, duplicated, delivered, dropped, deadLettered, pending } = azure.eventGrid.statistics;
  const ended = delivered + dropped + deadLettered;
  return ended === published + duplicated && pending === 0
    ? []
    : [`of ${published} events and ${duplicated} duplicates ${ended} ended and ${pending} are on their way`];
}

function leavesNothing({ left, poisoned }: Evidence): string[] {
  const counts = Object.entries({ ...left, "poison messages": poisoned });
  return counts.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what} are left`);
}

function tellsNoSecret({ observed }: Evidence): string[] {
  return [...new Set(observed.leaks)];
}

function journalVerifies({ observed, journalProblems }: Evidence): string[] {
  return [...observed.unreadableLines, ...journalProblems];
}

function needsFewDeliveries({ invocations, mostInvocations }: Evidence): string[] {
  return invocations <= mostInvocations
    ? []
    : [`functions ran ${invocations} times, where ${mostInvocations} are the most`];
}

/** Questions to Resource Graph are sent as POST, and change nothing. */
function isChange({ path }: ObservedRequest): boolean {
  return !/\/providers\/Microsoft\.ResourceGraph\//i.test(path);
}

function unitOf(subjects: readonly Subject[], { path }: ObservedRequest): string | undefined {
  const subject = subjects.find((each) => isAbout(each, path));
  return subject?.kind.unit(subject.id).toLowerCase();
}

function onceEach<Entry extends { id: string }>(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ id }, index) => entries.findIndex((other) => other.id === id) === index);
}

function told({ method, path, status }: ObservedRequest): string {
  return `${method} ${nameOf(path)} (${status})`;
}

function nameOf(id: string): string {
  return id.split("/").slice(-2).join("/");
}
