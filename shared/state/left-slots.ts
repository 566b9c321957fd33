import type { Lane } from "../resources/request-limits.ts";
import { spacing } from "./pace.ts";
import type { Claim, Pace } from "./stores.ts";

/** Messages come back late; a slot that was missed by more is lost, so that many don't go at once after an outage. */
const slotGoodForMilliseconds = 15_000;
/** Who has no slot of its own may take one that is due so soon. */
const soonMilliseconds = 300;
/** Messages come back in batches: so many may wait behind each other for what their batch has to write. */
const batchMilliseconds = 1000;

interface LaneSlots {
  /** In milliseconds. */
  left: number[];
  /** Slots that another look has than the one that was sent on with them. */
  takenOver: Set<number>;
  /** When the next look that claims a slot would write. */
  next: number;
}

/** Slots in memory whose holders are on their way, by the contract of {@link Pace}. */
export function leftSlots(now: () => Date): Pick<Pace, "leave" | "claim"> {
  const lanes = new Map<string, LaneSlots>();

  return {
    leave({ key }, slot) {
      const slots = current(lanes.get(key), now().getTime());
      slots.left.push(slot.getTime());
      slots.left.sort((a, b) => a - b);
      lanes.set(key, slots);
    },
    claim(lane, own) {
      const time = now().getTime();
      const slots = current(lanes.get(lane.key), time);
      const claim = claimFrom(slots, lane, own?.getTime(), time);
      lanes.set(lane.key, slots);
      return claim;
    },
  };
}

function claimFrom(slots: LaneSlots, lane: Lane, own: number | undefined, now: number): Claim {
  // One that is not known here was booked by another instance: it is as good.
  const isOwn = own !== undefined && now - own <= slotGoodForMilliseconds && !slots.takenOver.delete(own);
  const due = isOwn ? own : slots.left[0];
  if (due === undefined || (!isOwn && due > now + soonMilliseconds)) return { kind: "none" };
  const start = Math.max(now, slots.next);
  if (start > now + (isOwn ? batchMilliseconds : soonMilliseconds)) return { kind: isOwn ? "wait" : "none" };
  slots.next = start + spacing(lane);
  const place = slots.left.indexOf(due);
  if (place >= 0) slots.left.splice(place, 1);
  if (!isOwn) slots.takenOver.add(due);
  return { kind: "slot", slot: new Date(due) };
}

function current(slots: LaneSlots | undefined, now: number): LaneSlots {
  if (!slots) return { left: [], takenOver: new Set(), next: 0 };
  const isGood = (slot: number) => now - slot <= slotGoodForMilliseconds;
  slots.left = slots.left.filter(isGood);
  slots.takenOver = new Set([...slots.takenOver].filter(isGood));
  return slots;
}
