import type { Cause } from "../events/cause.ts";
import type { ResourceState } from "../state/resource-state.ts";

const mostChangers = 50;
/** An event that is not lost comes within seconds to a few minutes; after this long its change counts as one that raised none. */
export const eventGraceMilliseconds = 10 * 60_000;

/** Who changed a resource, the causes of a look at it included: each once, newest first. Our own writes' events are nobody's change. Pure. */
export function withChangers(
  { changers, ownCorrelations }: ResourceState,
  causes: readonly Cause[],
  readAt: Date,
): ResourceState["changers"] {
  const at = readAt.toISOString();
  const others = causes.filter(({ correlationId }) => !(correlationId && ownCorrelations.includes(correlationId)));
  const seen = [...new Set(others.flatMap(({ changedBy }) => changedBy ?? []))].map((by) => ({ by, at }));
  const before = changers.filter(({ by }) => !seen.some((each) => each.by === by));
  return [...seen, ...before].slice(0, mostChangers);
}

/**
 * Who changed a resource since a baseline was last seen compliant there, as far as events told, those that led to this look included. Pure.
 */
export function changersSince(
  state: ResourceState,
  causes: readonly Cause[],
  { baseline, readAt }: { baseline: string; readAt: Date },
): string[] {
  const known = state.outcomes[baseline];
  const wasGood = known?.outcome === "compliant" || known?.outcome === "remediated";
  const since = wasGood ? readAt.toISOString() : known?.since;
  const all = withChangers(state, causes, readAt);
  return all.filter(({ at }) => since === undefined || at >= since).map(({ by }) => by);
}

/**
 * Until when the event of a change may still tell who made it, where nobody is known yet; nothing where somebody is, or none came in time. Pure.
 * @param since when it was found, ISO 8601.
 */
export function changerAwaitedUntil(changers: readonly string[], since: string, now: Date): Date | undefined {
  const until = new Date(Date.parse(since) + eventGraceMilliseconds);
  return changers.length === 0 && now < until ? until : undefined;
}

/**
 * Which of those who made changes a person is, or stands behind: nobody decides about what they changed themselves, nor about what a service
 * principal changed whose team they are of. Nothing where it is none of them, or where no person is known. Pure.
 */
export function changerBehind(
  changers: readonly string[],
  objectId: string | undefined,
  teams: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (objectId === undefined) return undefined;
  const person = objectId.toLowerCase();
  return changers.find((changer) => {
    const known = changer.toLowerCase();
    return known === person || teams.get(known)?.includes(person) === true;
  });
}
