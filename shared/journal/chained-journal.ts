import { createHash } from "node:crypto";
import { CodedError, messageOf } from "../errors.ts";
import type { Json } from "../json.ts";
import type { AppendBlobs } from "./append-blobs.ts";
import { type Chain, type ChainHead, openChain, successorOf } from "./chain.ts";
import type { EntryReference, Journal, JournalEntry } from "./journal.ts";
import { linesOf } from "./links.ts";

const chainCount = 16;
/** One append holds at most 4 MiB (docs: "Append Block"). An entry that is longer than this goes alone. */
const mostBytesAtOnce = 1024 * 1024;
const searchStep = 4 * 1024 * 1024;

/** The names of all chains, in order. */
export const chainNames: readonly string[] = Array.from({ length: chainCount }, (_, index) =>
  String(index).padStart(2, "0"),
);

/** The chain that a unit's entries go to, by hash of its id: the same for equal ids. */
function chainOf(unit: string): string {
  const [first = 0] = createHash("sha256").update(unit.toLowerCase()).digest();
  return chainNames[first % chainCount] ?? "";
}

/**
 * The journal in 16 chains of append blobs. While one append of a chain is under way, what comes in waits, and goes out together as the
 * next one.
 */
export function chainedJournal(blobs: AppendBlobs): Journal {
  const groups = new Map(chainNames.map((name) => [name, groupedChain(openChain(blobs, name))]));

  function chain(unit: string): GroupedChain {
    const found = groups.get(chainOf(unit));
    if (!found) throw new TypeError(`No chain for ${unit}.`);
    return found;
  }

  return {
    append: (unit, entries) => chain(unit).append(entries),
    place: (unit) => chain(unit).place(),

    async read({ blob, offset, length }) {
      const bytes = await blobs.read(blob, offset, length);
      try {
        const entry: Json = JSON.parse(bytes.toString("utf8"));
        return entry;
      } catch (thrown) {
        throw new CodedError("storage-unavailable", `Journal: ${messageOf(thrown)}`, [], { cause: thrown });
      }
    },

    async find(id, place) {
      for (let blob = place.blob, offset = place.offset; ; blob = successorOf(blob), offset = 0) {
        const size = await blobs.sizeOf(blob);
        if (!size) return undefined;
        const found = await findIn(blobs, id, { blob, offset, end: size.length });
        if (found) return found;
      }
    },
  };
}

/** Where each chain ends now; chains that hold nothing yet are left out. Throws `storage-unavailable`. */
export async function chainHeads(blobs: AppendBlobs): Promise<ChainHead[]> {
  const heads: ChainHead[] = [];
  for (const name of chainNames) heads.push(await openChain(blobs, name).head());
  return heads.filter(({ position }) => position > 0);
}

interface GroupedChain extends Pick<Chain, "place"> {
  append(entries: readonly JournalEntry[]): Promise<EntryReference[]>;
}

interface Waiting {
  entries: readonly JournalEntry[];
  resolve(references: EntryReference[]): void;
  reject(thrown: unknown): void;
}

function groupedChain(chain: Chain): GroupedChain {
  let waiting: Waiting[] = [];
  let isSending = false;

  async function send(): Promise<void> {
    isSending = true;
    while (waiting.length > 0) {
      const group = firstGroup(waiting);
      waiting = waiting.slice(group.length);
      await sendGroup(chain, group);
    }
    isSending = false;
  }

  return {
    place: chain.place,
    append: (entries) =>
      new Promise((resolve, reject) => {
        waiting.push({ entries, resolve, reject });
        if (!isSending) void send();
      }),
  };
}

function firstGroup(waiting: readonly Waiting[]): Waiting[] {
  let bytes = 0;
  const length = waiting.findIndex(({ entries }, index) => {
    bytes += JSON.stringify(entries).length;
    return index > 0 && bytes > mostBytesAtOnce;
  });
  return length < 0 ? [...waiting] : waiting.slice(0, length);
}

async function sendGroup(chain: Chain, group: readonly Waiting[]): Promise<void> {
  try {
    const references = await chain.append(group.flatMap(({ entries }) => entries));
    let next = 0;
    for (const { entries, resolve } of group) {
      resolve(references.slice(next, next + entries.length));
      next += entries.length;
    }
  } catch (thrown) {
    for (const { reject } of group) reject(thrown);
  }
}

/** Searches a blob from an offset on, in steps; a line that is cut at the end of a step is read again with the next one. */
async function findIn(
  blobs: AppendBlobs,
  id: string,
  { blob, offset, end }: { blob: string; offset: number; end: number },
): Promise<EntryReference | undefined> {
  let begin = offset;
  while (begin < end) {
    const bytes = await blobs.read(blob, begin, Math.min(searchStep, end - begin));
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    const found = linesOf(whole, begin).find(({ entry }) => entry?.id === id);
    if (found) return { blob, offset: found.offset, length: found.length };
    if (whole.byteLength === 0) return undefined;
    begin += whole.byteLength;
  }
  return undefined;
}
