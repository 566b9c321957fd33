import type { Lane, RequestLimit } from "../resources/request-limits.ts";

/** How far a limit is used up, or until when a lane waits. */
export interface Mark {
  /** Of a bucket the time until which what it gave out takes to flow in again; of a window its begin. In milliseconds. */
  at: number;
  /** What a window gave out. */
  used: number;
  /** From then on it says nothing any more. */
  until: number;
}

/** By the key of a limit or a lane; what is not in it is not used. */
export type Marks = Map<string, Mark>;

/** When the next request of a lane fits under all its limits, in milliseconds; `now` at the earliest. Pure. */
export function earliest(marks: Marks, lane: Lane, now: number): number {
  const times = lane.limits.map(({ key, limit }) => earliestOf(marks.get(key), limit, now));
  return Math.max(now, marks.get(lane.key)?.until ?? now, ...times);
}

/** Takes requests at a time out of all limits of a lane, whether they fit or not. Changes the marks. */
export function take(marks: Marks, lane: Lane, at: number, count = 1): void {
  for (const { key, limit } of lane.limits) marks.set(key, taken(marks.get(key), limit, at, count));
}

/** Nothing of the lane fits before this time. Changes the marks. */
export function holdBack(marks: Marks, lane: Pick<Lane, "key">, until: number): void {
  const at = Math.max(until, marks.get(lane.key)?.until ?? 0);
  marks.set(lane.key, { at, used: 0, until: at });
}

/** How far apart requests of a lane are that come all at once, in milliseconds: what its buckets leave between them. Pure. */
export function spacing(lane: Lane): number {
  return Math.max(0, ...lane.limits.map(({ limit }) => (limit.kind === "bucket" ? intervalOf(limit) : 0)));
}

/** How much of its fullest limit a lane has used, from 0 to 1 and more. Pure. */
export function usage(marks: Marks, lane: Lane, now: number): number {
  return Math.max(0, ...lane.limits.map(({ key, limit }) => usageOf(marks.get(key), limit, now)));
}

/** Without marks that say nothing any more. Pure. */
export function current(marks: Marks, now: number): Marks {
  return new Map([...marks].filter(([, { until }]) => until > now));
}

function earliestOf(mark: Mark | undefined, limit: RequestLimit, now: number): number {
  if (!mark || mark.until <= now) return now;
  if (limit.kind === "bucket") return mark.at - (limit.size - 1) * intervalOf(limit);
  return mark.used < limit.requests ? mark.at : mark.until;
}

function taken(mark: Mark | undefined, limit: RequestLimit, at: number, count: number): Mark {
  if (limit.kind === "bucket") {
    const until = Math.max(mark?.at ?? 0, at) + count * intervalOf(limit);
    return { at: until, used: 0, until };
  }
  if (mark && mark.until > at) return { ...mark, used: mark.used + count };
  return { at, used: count, until: at + limit.seconds * 1000 };
}

function intervalOf(limit: RequestLimit): number {
  return limit.kind === "bucket" ? 1000 / limit.perSecond : (limit.seconds * 1000) / limit.requests;
}

function usageOf(mark: Mark | undefined, limit: RequestLimit, now: number): number {
  if (!mark || mark.until <= now) return 0;
  if (limit.kind === "window") return mark.used / limit.requests;
  return (mark.at - now) / intervalOf(limit) / limit.size;
}
