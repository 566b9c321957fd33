import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json } from "../../emulator/arm/json.ts";
import { type Evidence, isChange, nameOf, onceEach, told } from "./evidence.ts";
import {
  changesOneOfAUnit,
  givesUpFights,
  keepsCaps,
  restsWhileStopped,
  staysInScope,
  writesOneAtATime,
  writesOnlyWhatIsDue,
} from "./write-invariants.ts";

/** A promise of the service: gives how it was broken, one text each. */
type Invariant = (evidence: Evidence) => string[];

/** Every promise, by its name in the counts. */
const invariants: Record<string, Invariant> = {
  "what should be compliant is": heals,
  "healed in time": healsInTime,
  "no write that is not due": writesOnlyWhatIsDue,
  "no call outside the scopes": staysInScope,
  "only what is proven is called remediated": provesWhatItSays,
  "no read too many": readsNoMore,
  "no write while writes are stopped": restsWhileStopped,
  "the caps hold": keepsCaps,
  "no loop": givesUpFights,
  "foreign properties stay": touchesNothingElse,
  "each write has one intent before it": writesAfterOneIntent,
  "each intent has one outcome": endsEachIntentOnce,
  "one worker at a time": writesOneAtATime,
  "one tunnel of a gateway at a time": changesOneOfAUnit,
  "every event ends": endsEveryEvent,
  "nothing is left behind": leavesNothing,
  "no own write is taken for somebody else's": accusesNobody,
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
  const healing = subjects.filter(({ leftAlone, undone, id }) => !leftAlone && !undone && !contested.has(id));
  const kept = subjects.filter(({ undone }) => undone);
  return [
    ...healing
      .filter(({ kind, id }) => kind.isBroken(azure, id))
      .map(({ kind, id }) => `${nameOf(id)} still falls short of ${kind.name}`),
    ...kept
      .filter(({ kind, id }) => !kind.isBroken(azure, id))
      .map(({ id }) => `what was to be undone of ${nameOf(id)} is not`),
  ];
}

/** All writes are meant: one that comes later would have been needed earlier. */
function healsInTime({ observed, calmSince, mostMinutes }: Evidence): string[] {
  const latest = Math.max(...observed.writes.filter(isChange).map(({ arrivedAt }) => arrivedAt));
  const minutes = (latest - calmSince) / 60_000;
  return minutes <= mostMinutes ? [] : [`the last write came after ${minutes.toFixed(1)} minutes of calm`];
}

/**
 * After a write, and before its outcome says that it is remediated, the resource was seen as it should be. Where a resource takes two writes,
 * one of them is proven while the other is still to come.
 */
function provesWhatItSays({ subjects, observed }: Evidence): string[] {
  const intents = observed.entries.filter(({ kind }) => kind === "intent");
  const remediated = observed.entries.filter(
    ({ kind, outcome }) => kind === "intent-outcome" && outcome === "remediated",
  );
  return remediated.flatMap(({ intentId, resourceId, durable }) => {
    const intent = intents.find((each) => each.intentId === intentId);
    const write = observed.writes.find(({ correlationId }) => correlationId === intent?.correlationId);
    const subject = subjects.find(({ id }) => id.toLowerCase() === resourceId.toLowerCase());
    if (!write || !subject || subject.kind.writesAFix > 1) return [];
    const shown = subject.kind.shownAt(subject.id).toLowerCase();
    const proof = [...observed.reads, ...observed.writes]
      .filter(({ path, status }) => path.toLowerCase() === shown && status >= 200 && status < 300)
      .filter(({ arrived, ended = Infinity }) => arrived >= write.arrived && ended <= durable)
      .some(({ method, fellShort, fellShortAtEnd }) => (method === "GET" ? !fellShort : !fellShortAtEnd));
    return proof ? [] : [`${nameOf(resourceId)} was called remediated without having been seen so`];
  });
}

/** Our own writes are recognised, and what is known is not asked for. */
function readsNoMore({ observed, mostReads = Infinity }: Evidence): string[] {
  const count = observed.reads.length;
  return count <= mostReads ? [] : [`${count} requests read, where ${mostReads} are enough`];
}

function touchesNothingElse({ azure, subjects }: Evidence): string[] {
  return subjects
    .filter(({ kind, id, foreign }) => !isDeepStrictEqual(kind.foreign(azure, id), foreign))
    .map(({ kind, id, foreign }) => `${nameOf(id)}: ${differences(foreign, kind.foreign(azure, id)).join(", ")}`);
}

/** What differs between two documents, each with its path and both values. */
function differences(before: Json | undefined, after: Json | undefined, path = ""): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isJsonObject(before) || !isJsonObject(after)) {
    return [`${path} became ${JSON.stringify(after)}, was ${JSON.stringify(before)}`];
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], `${path}/${name}`));
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

/** Nobody uses the service's identity in these histories, whatever is lost, repeated or dies. */
function accusesNobody({ observed }: Evidence): string[] {
  const accusing = onceEach(observed.entries.filter(({ kind }) => kind === "foreign-use"));
  return accusing.map(({ resourceId }) => `an own write to ${nameOf(resourceId)} is told as somebody else's`);
}

function endsEveryEvent({ azure }: Evidence): string[] {
  const { published, duplicated, delivered, dropped, deadLettered, pending } = azure.eventGrid.statistics;
  const ended = delivered + dropped + deadLettered;
  return ended === published + duplicated && pending === 0
    ? []
    : [`of ${published} events and ${duplicated} duplicates ${ended} ended and ${pending} are on their way`];
}

/** As many as a message may fail before it is given up. */
const toldFailures = 5;

function leavesNothing({ left, poisoned, observed }: Evidence): string[] {
  const counts = Object.entries(left).filter(([, count]) => count > 0);
  const messages = counts.map(([what, count]) => `${count} ${what} are left`);
  if (poisoned.length === 0) return messages;
  const why = observed.failures.slice(-toldFailures).join("; ");
  return [...messages, ...poisoned.map((each) => `given up was ${each}: ${why}`)];
}

function tellsNoSecret({ observed }: Evidence): string[] {
  return [...new Set(observed.leaks)];
}

function journalVerifies({ observed, journalProblems }: Evidence): string[] {
  return [...observed.unreadableLines, ...journalProblems];
}

function needsFewDeliveries({ invocations, mostInvocations, requests = new Map() }: Evidence): string[] {
  if (invocations <= mostInvocations) return [];
  const byPlace = [...requests].sort(([, a], [, b]) => b - a).map(([place, count]) => `${count} ${place}`);
  return [`functions ran ${invocations} times, where ${mostInvocations} are the most: ${byPlace.join(", ")}`];
}
