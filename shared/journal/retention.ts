import { randomUUID } from "node:crypto";
import type { AppendBlobs } from "./append-blobs.ts";
import { openChain } from "./chain.ts";
import { chainNames } from "./chained-journal.ts";

/** The head of a chain, and the blob before it whose last hash the head may still need, always stay. */
const leastBlobs = 2;

/**
 * Takes away blobs that were last written longer ago than the journal is kept, the oldest first. The chain says so itself, before they go:
 * a begin that is missing without such an entry was taken by somebody else.
 * Gives the names of the blobs that are gone. Throws `storage-unavailable`, also where an immutability policy refuses.
 * @param days how long entries are kept.
 */
export async function keepJournalFor(blobs: AppendBlobs, days: number, now: Date): Promise<string[]> {
  const removed: string[] = [];
  const oldest = new Date(now.getTime() - days * 86_400_000);
  for (const chain of chainNames) {
    const all = await blobs.list(`${chain}/`);
    const firstKept = all.findIndex(({ lastModified }) => lastModified >= oldest);
    const most = Math.max(0, all.length - leastBlobs);
    const old = all.slice(0, firstKept < 0 ? most : Math.min(firstKept, most)).map(({ name }) => name);
    if (old.length === 0) continue;
    const entry = { version: 1, id: randomUUID(), at: now.toISOString(), kind: "retention", days, removed: old };
    await openChain(blobs, chain).append([entry]);
    for (const blob of old) await blobs.remove(blob);
    removed.push(...old);
  }
  return removed;
}
