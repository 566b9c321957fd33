import type { Cause, ChangeMessage } from "../events/cause.ts";
import { type ResourceId, resourceName } from "../resources/resource-id.ts";
import type { ResourceState } from "../state/resource-state.ts";
import { isOwnWrite } from "./recognise.ts";
import type { World } from "./world.ts";

/**
 * Whether an event comes so soon after the last read of its resource that it waits for others: the first event of a burst is looked at at
 * once, all others by one look at its end. Only a delay hangs on the clocks. Our own event of a write that is waited for is never put
 * off. Pure.
 */
export function isTooSoon(
  cause: Cause,
  state: ResourceState,
  { world, ownObjectId }: { world: Pick<World, "now" | "burstSeconds">; ownObjectId: string | undefined },
): boolean {
  if (cause.via !== "event" || state.readAt === undefined) return false;
  if (isOwnWrite(cause, state, ownObjectId)) return false;
  return Math.abs(world.now().getTime() - Date.parse(state.readAt)) < world.burstSeconds * 1000;
}

/** Lets events wait for one look at their resource, which is on the queue when this returns. */
export async function joinBurst(world: World, id: ResourceId, causes: readonly Cause[]): Promise<void> {
  const message: ChangeMessage = {
    version: 1,
    resourceId: id.text,
    cause: { via: "burst" },
    attempt: 0,
    dryRun: false,
  };
  const due = new Date(world.now().getTime() + world.burstSeconds * 1000);
  await world.bursts.add(id, causes, due, () => world.changes.send(JSON.stringify(message), world.burstSeconds));
  world.log.info("waits for one look with others", { resource: resourceName(id), resourceId: id.text, causes });
}
