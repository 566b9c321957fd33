import type { Cause } from "../events/cause.ts";
import type { ResourceState } from "../state/resource-state.ts";
import type { Answer } from "./world.ts";

/** Clocks may differ, and an event's time may lie before the end of its change, by this much. Too much costs reads only. */
export const clockToleranceMilliseconds = 30_000;

/**
 * Why an event, or a follow-up, needs no look, from what is remembered alone. Pure.
 * Own writes count as such only where both the correlation id is ours and the caller is us: either alone could be forged or reused.
 */
export function reasonToIgnore(
  cause: Cause,
  state: ResourceState,
  ownObjectId: string | undefined,
): Extract<Answer, { kind: "ignored" }>["reason"] | undefined {
  if (cause.via === "follow-up") return hasEnded(cause, state) ? "ended" : undefined;
  if (cause.via !== "event") return undefined;
  if (state.settledEvents.some((event) => event.id === cause.eventId)) return "duplicate";
  // Somebody else uses our identity: that is told, by a look.
  if (isForeignUse(cause, state, ownObjectId)) return undefined;
  // Where a follow-up is waited for, our own event may be the word that the write took effect; else its writer is still at it.
  if (state.remediation?.nextLookAt !== undefined) return undefined;
  if (isOwnWrite(cause, state, ownObjectId)) return "own-write";
  // Where a person is waited for, who else made the change counts: they may not decide about it.
  if (state.remediation !== undefined || state.awaiting !== undefined) return undefined;
  // The event of a change that was found without one is news, however late.
  if (state.unexplained !== undefined) return undefined;
  if (state.readAt === undefined || cause.changedAt === undefined) return undefined;
  const changedAt = Date.parse(cause.changedAt);
  const readAt = Date.parse(state.readAt);
  return changedAt + clockToleranceMilliseconds <= readAt ? "already-seen" : undefined;
}

/** Whether an event tells of a write of ours. Pure. */
export function isOwnWrite(cause: Cause, state: ResourceState, ownObjectId: string | undefined): boolean {
  const isOwnCorrelation = cause.correlationId !== undefined && state.ownCorrelations.includes(cause.correlationId);
  return isOwnCorrelation && ownObjectId !== undefined && cause.changedBy === ownObjectId;
}

/** Whether an event, or the waker for a holder of it that died, tells of a change by our identity that no intent of ours stands for. Pure. */
export function isForeignUse(cause: Cause, state: ResourceState, ownObjectId: string | undefined): boolean {
  if (cause.eventId === undefined || (cause.via !== "event" && cause.via !== "waker")) return false;
  const isOurs = ownObjectId !== undefined && cause.changedBy === ownObjectId;
  return isOurs && !isOwnWrite(cause, state, ownObjectId);
}

/** What a follow-up was to find out may be known before it comes, by our own event. A re-check still waits to be told. */
function hasEnded({ follows, operationId }: Cause, { endedRemediation, remediation }: ResourceState): boolean {
  return (
    follows !== undefined && follows === endedRemediation && follows !== remediation?.id && operationId === undefined
  );
}
