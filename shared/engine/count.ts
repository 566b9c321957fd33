import type { ResourceType } from "../resources/resource-type.ts";
import { baselinesFor } from "./evaluate.ts";
import type { Look, World } from "./world.ts";

/**
 * Counts an operation that changes nothing by itself (somebody asked for a SAS), in the journal, by caller. Gives whether that is all:
 * one event of each window leads to a check, the others don't.
 */
export async function isOnlyCounted(world: World, type: ResourceType, look: Look): Promise<boolean> {
  const { operation, eventId, changedBy } = look.cause;
  if (operation === undefined || eventId === undefined) return false;
  const windows = baselinesFor(type.type, world.settings)
    .flatMap(({ operations }) => operations)
    .filter(({ name }) => name.toLowerCase() === operation.toLowerCase())
    .map(({ checkAtMostEverySeconds }) => checkAtMostEverySeconds ?? 0);
  const seconds = windows.length === 0 ? 0 : Math.min(...windows);
  if (seconds === 0) return false;

  const caller = changedBy ?? "unknown";
  const { count, since, leadsToCheck, repeated } = await world.operationCounts.count(
    look.id,
    operation,
    { id: eventId, caller },
    seconds,
  );
  if (!repeated) {
    const entry = { version: 1, id: world.uuid(), at: world.now().toISOString(), resourceId: look.id.text } as const;
    await world.journal.append(look.id.text, [
      { ...entry, kind: "count", operation, caller, count, since, causes: [look.cause] },
    ]);
  }
  return !leadsToCheck;
}
