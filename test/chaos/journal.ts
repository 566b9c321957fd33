import type { Violation } from "./invariants.ts";
import type { ObservedEntry } from "./observed.ts";
import { settle, untilStill } from "./settle.ts";
import type { ChaosWorld } from "./world.ts";

/** What is wrong with entries as they became durable: one that was written more than once has to be the same each time. */
export function contradictionsIn(entries: readonly ObservedEntry[]): string[] {
  return entries.flatMap((entry, index) => {
    const first = entries.find(({ id }) => id === entry.id);
    if (first === undefined || entries.indexOf(first) === index) return [];
    const isSame = first.kind === entry.kind && first.intentId === entry.intentId && first.outcome === entry.outcome;
    return isSame ? [] : [`the entry ${entry.id} says ${first.outcome} first and ${entry.outcome} later`];
  });
}

/** Lets the service verify its whole journal, as it does each night, and gives what it finds. */
export async function verifyJournal(world: ChaosWorld): Promise<Violation[]> {
  world.plan(() => undefined);
  await settle(world);
  await world.fire("journal-verify");
  await untilStill(world);
  return (await world.journalProblems()).map((how) => ({ invariant: "the journal verifies", how }));
}
