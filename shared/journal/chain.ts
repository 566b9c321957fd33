import { CodedError } from "../errors.ts";
import type { AppendBlobs } from "./append-blobs.ts";
import type { EntryReference } from "./journal.ts";
import { type ChainLine, genesis, linesOf, linkedLine } from "./links.ts";

/** Where a chain ends: the next entry goes there, and names this hash. */
export interface ChainHead {
  blob: string;
  /** In bytes. */
  position: number;
  blocks: number;
  hash: string;
  /** The day of the last entry, `YYYY-MM-DD`; nothing where the blob holds none yet. */
  day: string | undefined;
}

/** What a chain holds: an id, when it was made (ISO 8601), and what the entry is about. */
interface ChainEntry {
  id: string;
  at: string;
  kind: string;
}

/** One chain of entries, each linked to the one before it by its hash. Several processes may append to the same chain. */
export interface Chain {
  /** Appends entries one after the other, all or none. Throws `storage-unavailable` where that is not certain. */
  append(entries: readonly ChainEntry[]): Promise<EntryReference[]>;
  /** Where the chain ends, as the storage says now. */
  head(): Promise<ChainHead>;
  /** Where the chain ended when this process last knew: what is appended from now on stands there or behind. */
  place(): Promise<{ blob: string; offset: number }>;
}

/** A new blob is begun each day, and where one holds so much: an append blob takes at most 50,000 blocks (docs: "Append Block"). */
const mostBlocks = 40_000;
const mostBytes = 64 * 1024 * 1024;
/** Others may append first so many times; the position condition lets one through each time. */
const mostMoves = 100;
/** So many times no answer may come. */
const mostUnknown = 3;
const firstWindow = 64 * 1024;

/**
 * A chain in append blobs `CHAIN/000000.jsonl`, `CHAIN/000001.jsonl` and so on; the last entry of a blob that is done says `rolled`, after
 * which nobody appends to it. Each append names the position that it expects, so no two can follow on the same entry.
 * @param name two digits.
 */
export function openChain(blobs: AppendBlobs, name: string): Chain {
  let known: ChainHead | undefined;
  let place: { blob: string; offset: number } | undefined;

  function remember(head: ChainHead): ChainHead {
    known = head;
    place = { blob: head.blob, offset: head.position };
    return head;
  }

  async function append(entries: readonly ChainEntry[]): Promise<EntryReference[]> {
    let unknown = 0;
    let reason = "others appended first each time";
    for (let tries = 0; tries < mostMoves && unknown < mostUnknown; tries += 1) {
      const head = known ?? remember(await headOfChain(blobs, name));
      known = undefined;
      const rolls = isFull(head, entries[0]);
      const batch = batchOf(head, rolls ? [rolledEntry(entries[0])] : entries);
      const answer = await blobs.append(head.blob, batch.bytes, head.position);
      if (answer.kind === "missing") {
        await blobs.create(head.blob);
        known = head;
        continue;
      }
      if (answer.kind === "unknown") {
        unknown += 1;
        reason = answer.reason;
      }
      const blocks = answer.kind === "appended" ? answer.blocks : await blocksIfLanded(blobs, head, batch.bytes);
      if (blocks === undefined) continue;
      remember(rolls ? beginOf(successorOf(head.blob), batch.head.hash) : { ...batch.head, blocks });
      if (!rolls) return batch.references;
    }
    throw new CodedError("storage-unavailable", `Journal: ${reason} (chain ${name}).`);
  }

  return {
    append,
    head: () => headOfChain(blobs, name),
    async place() {
      if (place) return place;
      const { blob, position } = remember(await headOfChain(blobs, name));
      return { blob, offset: position };
    },
  };
}

/** The blob after this one in its chain. */
export function successorOf(blob: string): string {
  const { chain, sequence } = partsOf(blob);
  return blobName(chain, sequence + 1);
}

/** The first blob of a chain, whether it exists or not. */
export function firstBlobOf(chain: string): string {
  return blobName(chain, 0);
}

/** Whether a blob is the first one of its chain. */
export function isFirst(blob: string): boolean {
  return partsOf(blob).sequence === 0;
}

function partsOf(blob: string): { chain: string; sequence: number } {
  const [chain = "", file = ""] = blob.split("/");
  return { chain, sequence: Number.parseInt(file, 10) };
}

function blobName(chain: string, sequence: number): string {
  return `${chain}/${String(sequence).padStart(6, "0")}.jsonl`;
}

async function headOfChain(blobs: AppendBlobs, chain: string): Promise<ChainHead> {
  const last = (await blobs.list(`${chain}/`)).at(-1)?.name;
  if (last === undefined) return beginOf(blobName(chain, 0), genesis);
  return await headFrom(blobs, last, undefined);
}

/** @param before the hash of the last entry before this blob, where it is known. */
async function headFrom(blobs: AppendBlobs, blob: string, before: string | undefined): Promise<ChainHead> {
  const size = await blobs.sizeOf(blob);
  if (!size || size.length === 0) return beginOf(blob, before ?? (await hashBefore(blobs, blob)));
  const line = await lastLine(blobs, blob, size.length);
  if (line?.entry?.kind === "rolled") return await headFrom(blobs, successorOf(blob), line.hash);
  const day = typeof line?.entry?.at === "string" ? line.entry.at.slice(0, 10) : undefined;
  return { blob, position: size.length, blocks: size.blocks, hash: line?.hash ?? "", day };
}

function beginOf(blob: string, hash: string): ChainHead {
  return { blob, position: 0, blocks: 0, hash, day: undefined };
}

async function hashBefore(blobs: AppendBlobs, blob: string): Promise<string> {
  const { chain, sequence } = partsOf(blob);
  if (sequence === 0) return genesis;
  const before = blobName(chain, sequence - 1);
  const size = await blobs.sizeOf(before);
  return (size && (await lastLine(blobs, before, size.length))?.hash) ?? "";
}

async function lastLine(blobs: AppendBlobs, blob: string, length: number): Promise<ChainLine | undefined> {
  for (let window = Math.min(firstWindow, length); ; window = Math.min(window * 8, length)) {
    const bytes = await blobs.read(blob, length - window, window);
    const feedBefore = bytes.lastIndexOf(0x0a, -2);
    if (feedBefore < 0 && window < length) continue;
    const begin = feedBefore + 1;
    return linesOf(bytes.subarray(begin), length - window + begin)[0];
  }
}

function isFull(head: ChainHead, next: ChainEntry | undefined): boolean {
  if (head.position === 0) return false;
  const isNewDay = head.day !== undefined && next !== undefined && next.at.slice(0, 10) > head.day;
  return isNewDay || head.position >= mostBytes || head.blocks >= mostBlocks;
}

function rolledEntry(next: ChainEntry | undefined): ChainEntry & { version: 1 } {
  const at = next?.at ?? "";
  return { version: 1, id: `rolled-before-${next?.id ?? ""}`, at, kind: "rolled" };
}

interface Batch {
  bytes: Buffer;
  references: EntryReference[];
  /** The head after it was appended; its blocks are as before. */
  head: ChainHead;
}

function batchOf(head: ChainHead, entries: readonly ChainEntry[]): Batch {
  const lines: Buffer[] = [];
  const references: EntryReference[] = [];
  let { position, hash } = head;
  for (const entry of entries) {
    const linked = linkedLine(entry, hash);
    lines.push(linked.line);
    references.push({ blob: head.blob, offset: position, length: linked.line.byteLength });
    position += linked.line.byteLength;
    hash = linked.hash;
  }
  const day = entries.at(-1)?.at.slice(0, 10) ?? head.day;
  return { bytes: Buffer.concat(lines), references, head: { ...head, position, hash, day } };
}

/**
 * After a lost answer, or a 412: an append that landed stands exactly where it was asked to. Gives how many blocks there are then.
 * One that is still under way can land only as long as nothing else does: then the same bytes are sent again, and one of both is refused.
 */
async function blocksIfLanded(blobs: AppendBlobs, head: ChainHead, bytes: Buffer): Promise<number | undefined> {
  const size = await blobs.sizeOf(head.blob);
  if (!size || size.length < head.position + bytes.byteLength) return undefined;
  const there = await blobs.read(head.blob, head.position, bytes.byteLength);
  return there.equals(bytes) ? size.blocks : undefined;
}
