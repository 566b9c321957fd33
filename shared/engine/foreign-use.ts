import { createHash } from "node:crypto";
import { isForeignUse } from "./recognise.ts";
import { note, type Run } from "./run.ts";

/**
 * Notes that this service's own identity made a change for which there is no intent: somebody else uses it. Once for each event, under the
 * same id should a crash make it said twice.
 */
export async function noteForeignUse(run: Run): Promise<void> {
  const { world, look, causes } = run;
  const { state } = run.state;
  if (causes.every(({ changedBy }) => changedBy === undefined)) return;
  const ownObjectId = await world.ownObjectId();
  for (const cause of causes.filter((each) => isForeignUse(each, state, ownObjectId))) {
    if (state.settledEvents.some(({ id }) => id === cause.eventId)) continue;
    const told = createHash("sha256").update(`${look.id.key} ${cause.eventId}`).digest("hex").slice(0, 32);
    note(run, { kind: "foreign-use", identity: cause.changedBy ?? "", causes: [cause] }, `foreign-use-${told}`);
  }
}
