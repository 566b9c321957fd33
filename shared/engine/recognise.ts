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
  // Where a follow-up is waited for, our own event may be the word that the write took effect; else its writer is still at it.
  if (state.remediation?.nextLookAt !== undefined) return undefined;
  const isOwnCorrelation = cause.correlationId !== undefined && state.ownCorrelations.includes(cause.correlationId);
  if (isOwnCorrelation && ownObjectId !== undefined && cause.changedBy === ownObjectId) return "own-write";
  // Where a person is waited for, who else made the change counts: they may not decide about it.
  if (state.remediation !== undefined || state.awaiting !== undefined) return undefined;
  if (state.readAt === undefined || cause.changedAt === undefined) return undefined;
  const changedAt = Date.parse(cause.changedAt);
  const readAt = Date.parse(state.readAt);
  return changedAt + clockToleranceMilliseconds <= readAt ? "already-seen" : undefined;
}
