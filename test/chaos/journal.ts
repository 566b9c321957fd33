import type { Violation } from "./invariants.ts";
import type { ObservedEntry } from "./observed.ts";
import { settle, untilStill } from "./settle.ts";
import type { ChaosWorld } from "./world.ts";

/** What is wrong with entries as they became durable: each stands once, whatever answers got lost and whoever died. */
export function repeatedIn(entries: readonly ObservedEntry[]): string[] {
  const ids = entries.map(({ id }) => id);
  const repeated = entries.filter(({ id }, index) => ids.indexOf(id) !== index);
  return repeated.map(
    ({ kind, id, outcome = "no outcome" }) => `the ${kind} ${id} stands there again, with ${outcome}`,
  );
}

/** Lets the service verify its whole journal, as it does each night, and gives what it finds. */
export async function verifyJournal(world: ChaosWorld): Promise<Violation[]> {
  world.plan(() => undefined);
  await settle(world);
  await world.fire("journal-verify");
  await untilStill(world);
  return (await world.journalProblems()).map((how) => ({ invariant: "the journal verifies", how }));
}
