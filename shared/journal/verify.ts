import type { AppendBlobs } from "./append-blobs.ts";
import { isFirst, successorOf } from "./chain.ts";
import { chainNames } from "./chained-journal.ts";
import { type ChainLine, genesis, linesOf } from "./links.ts";

/** The first thing that is wrong in a chain, and the entry at which it shows. */
export interface JournalProblem {
  kind: "changed" | "removed" | "inserted" | "reordered" | "replaced";
  blob: string;
  /** In bytes. */
  offset: number;
  /** Id of the entry, as it says of itself. */
  entryId: string;
  /** In plain words. */
  explanation: string;
}

/** A chain's head as it was logged once: from then on an entry with this hash stands at this place. */
export interface LoggedHead {
  blob: string;
  /** Where the entry behind it begins, in bytes. */
  position: number;
  hash: string;
}

/** How one chain stands. */
export interface ChainVerification {
  chain: string;
  blobs: number;
  entries: number;
  /** Set where its begin was taken away by retention: the first blob that is left. */
  beginsAt?: string;
  /** Where it ended; nothing where it is empty or has a problem. */
  head?: LoggedHead;
  problem?: JournalProblem;
}

/** How the whole journal stands. */
export interface JournalVerification {
  /** ISO 8601. */
  at: string;
  entries: number;
  problems: JournalProblem[];
  chains: ChainVerification[];
}

/**
 * Walks all chains, entry by entry, and tells the first one of each that was changed, removed, inserted or reordered.
 * Whoever can write the blobs could make a whole chain anew, links and all: that shows only against heads that were logged elsewhere.
 * Throws `storage-unavailable`.
 * @param logged heads as the log has them; a chain whose entries do not pass through all of them was replaced.
 */
export async function verifyJournal(
  blobs: AppendBlobs,
  now: Date,
  logged: readonly LoggedHead[] = [],
): Promise<JournalVerification> {
  const chains: ChainVerification[] = [];
  for (const chain of chainNames) chains.push(await verifyChain(blobs, chain, logged));
  return {
    at: now.toISOString(),
    entries: chains.reduce((sum, { entries }) => sum + entries, 0),
    problems: chains.flatMap(({ problem }) => problem ?? []),
    chains,
  };
}

async function verifyChain(
  blobs: AppendBlobs,
  chain: string,
  logged: readonly LoggedHead[],
): Promise<ChainVerification> {
  const names = (await blobs.list(`${chain}/`)).map(({ name }) => name);
  const verification: ChainVerification = { chain, blobs: names.length, entries: 0 };
  const [first] = names;
  if (first !== undefined && !isFirst(first)) verification.beginsAt = first;
  let before: Before | undefined;
  const retained = new Set<string>();
  for (const name of names) {
    const lines = linesOf(await blobs.read(name, 0, (await blobs.sizeOf(name))?.length ?? 0), 0);
    for (const blob of lines.flatMap(removedByRetention)) retained.add(successorOf(blob));
    const problem =
      missingBlob(before, name) ??
      brokenLink(name, lines, before) ??
      replacedHead(name, lines, logged) ??
      goesOnAfterRolled(name, lines);
    verification.entries += lines.length;
    if (problem) return { ...verification, problem };
    const last = lines.at(-1);
    if (last) verification.head = { blob: name, position: last.offset + last.length, hash: last.hash };
    before = { blob: name, hash: last?.hash ?? before?.hash ?? genesis };
  }
  const problem = lostHead(names, logged, chain) ?? lostBegin(verification.beginsAt, retained);
  return problem ? { ...verification, problem } : verification;
}

/** What stands before a blob in its chain. */
interface Before {
  blob: string;
  hash: string;
}

function removedByRetention({ entry }: ChainLine): string[] {
  const removed = entry?.kind === "retention" && Array.isArray(entry.removed) ? entry.removed : [];
  return removed.filter((blob): blob is string => typeof blob === "string");
}

/** Retention says in the chain itself what it takes away. */
function lostBegin(beginsAt: string | undefined, retained: ReadonlySet<string>): JournalProblem | undefined {
  if (beginsAt === undefined || retained.has(beginsAt)) return undefined;
  const explanation = `What stood before ${beginsAt} is gone, and no entry says that retention took it away.`;
  return { kind: "removed", blob: beginsAt, offset: 0, entryId: "", explanation };
}

function missingBlob(before: Before | undefined, blob: string): JournalProblem | undefined {
  if (before === undefined || blob === successorOf(before.blob)) return undefined;
  const explanation = `The blob ${successorOf(before.blob)}, which stood between ${before.blob} and ${blob}, is gone.`;
  return { kind: "removed", blob: successorOf(before.blob), offset: 0, entryId: "", explanation };
}

function brokenLink(blob: string, lines: readonly ChainLine[], before: Before | undefined): JournalProblem | undefined {
  // Without its begin, which retention took away, a chain is held from its first entry on.
  let previous = before?.hash ?? (isFirst(blob) ? genesis : lines[0]?.previous);
  for (const [index, line] of lines.entries()) {
    if (!line.isIntact) return problemAt("changed", blob, line, "It is not what its own hash says.");
    if (line.previous !== previous) return brokenAt(blob, lines, index);
    previous = line.hash;
  }
  return undefined;
}

/** Every line up to this one is intact: what it names as the one before tells what became of that. */
function brokenAt(blob: string, lines: readonly ChainLine[], index: number): JournalProblem {
  const line = lines[index];
  const position = lines.findIndex(({ hash }) => hash === line?.previous);
  if (!line) throw new RangeError(`No line ${index} in ${blob}.`);
  if (position > index) {
    return problemAt("reordered", blob, line, "The entry that it follows on stands behind it.");
  }
  const inserted = position >= 0 ? lines[position + 1] : undefined;
  if (inserted && inserted !== line) {
    return problemAt("inserted", blob, inserted, `The entry behind it, ${idOf(line)}, does not know of it.`);
  }
  return problemAt("removed", blob, line, "The entry that it follows on is not before it: it was removed or replaced.");
}

function replacedHead(
  blob: string,
  lines: readonly ChainLine[],
  logged: readonly LoggedHead[],
): JournalProblem | undefined {
  for (const head of logged.filter((each) => each.blob === blob && each.position > 0)) {
    const line = lines.find(({ offset, length }) => offset + length === head.position);
    if (line?.hash === head.hash) continue;
    const at = line ?? lines.at(-1);
    const explanation = `The log has another hash for the entry that ends at byte ${head.position}.`;
    if (at) return problemAt("replaced", blob, at, explanation);
    return { kind: "replaced", blob, offset: 0, entryId: "", explanation };
  }
  return undefined;
}

/** A head of the log that names a blob which the chain does not have. Blobs before its first one were taken away by retention. */
function lostHead(names: readonly string[], logged: readonly LoggedHead[], chain: string): JournalProblem | undefined {
  const first = names[0] ?? "";
  const lost = logged.find(
    ({ blob, position }) =>
      position > 0 && blob.startsWith(`${chain}/`) && !names.includes(blob) && (first === "" || blob > first),
  );
  if (!lost) return undefined;
  const explanation = `The log knows of entries in ${lost.blob}, and there is no such blob.`;
  return { kind: "removed", blob: lost.blob, offset: 0, entryId: "", explanation };
}

function goesOnAfterRolled(blob: string, lines: readonly ChainLine[]): JournalProblem | undefined {
  const rolled = lines.findIndex(({ entry }) => entry?.kind === "rolled");
  const next = rolled < 0 ? undefined : lines[rolled + 1];
  return next && problemAt("inserted", blob, next, "Its blob was done with before: nothing is appended after that.");
}

function problemAt(kind: JournalProblem["kind"], blob: string, line: ChainLine, explanation: string): JournalProblem {
  return { kind, blob, offset: line.offset, entryId: idOf(line), explanation };
}

function idOf({ entry }: ChainLine): string {
  return typeof entry?.id === "string" ? entry.id : "";
}
