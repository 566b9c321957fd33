import type { ResourceState } from "../state/resource-state.ts";
import type { Answer, Look } from "./world.ts";

/** Clocks may differ, and an event's time may lie before the end of its change, by this much. Too much costs reads only. */
const clockToleranceMilliseconds = 30_000;

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
  // While a write is not settled, our own event is the word that it took effect.
  if (state.remediation !== undefined) return undefined;
  const isOwnCorrelation = cause.correlationId !== undefined && state.ownCorrelations.includes(cause.correlationId);
  if (isOwnCorrelation && ownObjectId !== undefined && cause.changedBy === ownObjectId) return "own-write";
  if (state.readAt === undefined || cause.changedAt === undefined) return undefined;
  const changedAt = Date.parse(cause.changedAt);
  const readAt = Date.parse(state.readAt);
  return changedAt + clockToleranceMilliseconds <= readAt ? "already-seen" : undefined;
}
