import type { Lane } from "../resources/request-limits.ts";
import { earliest, holdBack, type Marks, take } from "./pace.ts";
import type { Reservation, Turn, WriteCaps } from "./stores.ts";

/** What one hour's row holds: the writes of each subscription, and how far the limits are used. */
export interface WriteRow {
  writes: Map<string, number>;
  marks: Marks;
}

/** What is asked of the row. */
export type Asked =
  | { kind: "reserve"; subscriptionId: string; caps: WriteCaps; turn?: Turn }
  | { kind: "give-back"; subscriptionId: string }
  | { kind: "book"; lane: Lane }
  | { kind: "count"; lane: Lane; at: number; count: number }
  | { kind: "hold-back"; lane: Lane; until: number };

/**
 * Answers what is asked, and changes the row accordingly. What only tells something is answered like a grant.
 * @param now in milliseconds.
 */
export function answerFrom(row: WriteRow, asked: Asked, now: number): Reservation {
  switch (asked.kind) {
    case "reserve":
      return reserve(row, asked, now);
    case "give-back":
      row.writes.set(asked.subscriptionId, Math.max(0, (row.writes.get(asked.subscriptionId) ?? 0) - 1));
      return { kind: "granted", at: new Date(now) };
    case "book":
      return { kind: "booked", slot: new Date(nextSlot(row.marks, asked.lane, now)) };
    case "count":
      take(row.marks, asked.lane, asked.at, asked.count);
      return { kind: "granted", at: new Date(now) };
    case "hold-back":
      holdBack(row.marks, asked.lane, asked.until);
      return { kind: "granted", at: new Date(now) };
  }
}

/** Which cap has no room for another write in a subscription; nothing where both have. Pure. */
export function capReached(
  writes: ReadonlyMap<string, number>,
  subscriptionId: string,
  caps: WriteCaps,
): keyof WriteCaps | undefined {
  if ((writes.get(subscriptionId) ?? 0) >= caps.perSubscription) return "perSubscription";
  const total = [...writes.values()].reduce((sum, each) => sum + each, 0);
  return total >= caps.inTotal ? "inTotal" : undefined;
}

function reserve(
  { writes, marks }: WriteRow,
  { subscriptionId, caps, turn }: Extract<Asked, { kind: "reserve" }>,
  now: number,
): Reservation {
  const cap = capReached(writes, subscriptionId, caps);
  if (cap) return { kind: "capped", cap };
  const at = turn ? slotOf(marks, turn, now) : now;
  if (turn && at > now + turn.patienceSeconds * 1000) return { kind: "booked", slot: new Date(at) };
  writes.set(subscriptionId, (writes.get(subscriptionId) ?? 0) + 1);
  return { kind: "granted", at: new Date(at) };
}

function slotOf(marks: Marks, { lane, slot, goesFirst }: Turn, now: number): number {
  if (goesFirst) {
    take(marks, lane, now);
    return now;
  }
  return slot ? Math.max(now, slot.getTime()) : nextSlot(marks, lane, now);
}

function nextSlot(marks: Marks, lane: Lane, now: number): number {
  const slot = earliest(marks, lane, now);
  take(marks, lane, slot);
  return slot;
}
