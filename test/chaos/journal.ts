import type { ObservedEntry } from "./observed.ts";

/**
 * What is wrong with the journal. This is the place where the service's own verifier is asked: as long as it has none, an entry that
 * was written more than once has to be the same each time.
 */
export function verifyJournal(entries: readonly ObservedEntry[]): string[] {
  return entries.flatMap((entry, index) => {
    const first = entries.find(({ id }) => id === entry.id);
    if (first === undefined || entries.indexOf(first) === index) return [];
    const isSame = first.kind === entry.kind && first.intentId === entry.intentId && first.outcome === entry.outcome;
    return isSame ? [] : [`the entry ${entry.id} says ${first.outcome} first and ${entry.outcome} later`];
  });
}
