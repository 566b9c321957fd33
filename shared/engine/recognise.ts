import type { ResourceState } from "../state/resource-state.ts";
import type { Answer, Look } from "./world.ts";

/** Clocks of Azure's services and ours may differ by this much. */
const clockToleranceMilliseconds = 2000;

/**
 * Why an event needs no look, from what is remembered alone. Pure.
 * Own writes count as such only where both the correlation id is ours and the caller is us: either alone could be forged or reused.
 */
export function reasonToIgnore(
  look: Look,
  state: ResourceState,
  ownObjectId: string | undefined,
): Extract<Answer, { kind: "ignored" }>["reason"] | undefined {
  const { cause } = look;
  if (state.settledEvents.some((event) => event.id === cause.eventId)) return "duplicate";
  const isOwnCorrelation = cause.correlationId !== undefined && state.ownCorrelations.includes(cause.correlationId);
  if (isOwnCorrelation && ownObjectId !== undefined && cause.changedBy === ownObjectId) return "own-write";
  if (state.remediation !== undefined || state.readAt === undefined || cause.changedAt === undefined) return undefined;
  const changedAt = Date.parse(cause.changedAt);
  const readAt = Date.parse(state.readAt);
  return changedAt + clockToleranceMilliseconds <= readAt ? "already-seen" : undefined;
}
