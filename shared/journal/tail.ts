import type { JsonObject } from "../json.ts";
import type { AppendBlobs } from "./append-blobs.ts";
import { firstBlobOf, successorOf } from "./chain.ts";
import type { JournalPlace } from "./journal.ts";
import { linesOf } from "./links.ts";

/** What was appended to a chain behind a place, and where to go on. */
export interface Tail {
  entries: JsonObject[];
  next: JournalPlace;
  /** Set where what stood at the place was taken away by retention before it was read: the first blob that is left. */
  resumedAt?: string;
}

/**
 * Reads on in one chain of the journal. Entries come in their order, each once over the places that are given back.
 * Throws `storage-unavailable`.
 * @param place where the last reading ended; nothing begins with the newest blob of the chain.
 * @param mostBytes so much is read at a time; what is behind it comes with the next reading.
 */
export async function readTail(
  blobs: AppendBlobs,
  chain: string,
  place: JournalPlace | undefined,
  mostBytes: number,
): Promise<Tail> {
  const from = place ?? (await newestBlob(blobs, chain));
  const size = await blobs.sizeOf(from.blob);
  if (!size) return await afterMissing(blobs, chain, from);
  const bytes = await blobs.read(from.blob, from.offset, Math.min(mostBytes, size.length - from.offset));
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  const entries = linesOf(whole, from.offset).flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  const isDone = entries.at(-1)?.kind === "rolled";
  const next = isDone
    ? { blob: successorOf(from.blob), offset: 0 }
    : { blob: from.blob, offset: from.offset + whole.byteLength };
  return { entries, next };
}

async function newestBlob(blobs: AppendBlobs, chain: string): Promise<JournalPlace> {
  const newest = (await blobs.list(`${chain}/`)).at(-1)?.name;
  return { blob: newest ?? firstBlobOf(chain), offset: 0 };
}

/** A blob that is not there is still to be made, or was taken away: then later ones are there. */
async function afterMissing(blobs: AppendBlobs, chain: string, from: JournalPlace): Promise<Tail> {
  const left = (await blobs.list(`${chain}/`)).map(({ name }) => name).find((name) => name > from.blob);
  if (left === undefined) return { entries: [], next: from };
  return { entries: [], next: { blob: left, offset: 0 }, resumedAt: left };
}
