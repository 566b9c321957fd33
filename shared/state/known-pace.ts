import { current, earliest, holdBack, type Marks, take, usage } from "./pace.ts";
import type { Pace } from "./stores.ts";
import type { Asked } from "./write-row.ts";

/** What the others have to hear of. */
type Untold = Extract<Asked, { kind: "count" | "hold-back" }>;

/** What one instance knows of the pace: the marks as last seen in the store, and what it did since. */
export interface KnownPace extends Pick<Pace, "earliest" | "count" | "holdBack" | "heldBackUntil"> {
  /** Takes what was not told to the store yet. */
  takeUntold(): Untold[];
  /** The marks as they stand in the store now. */
  seen(marks: Marks): void;
}

/** A limit that is used up to here is told of, since others may use it as well. */
const shareWorthTelling = 0.25;
/** So many requests are told of together. */
const requestsTold = 25;
/** What was counted longer ago is used up no more. */
const longestUntoldMilliseconds = 300_000;

/**
 * A pace in memory, with nothing known yet.
 * @param tell is called when there is so much to tell that it should not wait for the next reservation.
 */
export function knownPace(now: () => Date, tell: () => void): KnownPace {
  let marks: Marks = new Map();
  let untold = new Map<string, Untold & { since: number }>();

  function apply({ kind, lane, ...of }: Untold): void {
    if ("count" in of) take(marks, lane, of.at, of.count);
    else holdBack(marks, lane, of.until);
  }

  return {
    earliest: (lane) => new Date(earliest(marks, lane, now().getTime())),
    count(lane) {
      const at = now().getTime();
      take(marks, lane, at);
      const known = untold.get(lane.key);
      const isKnown = known?.kind === "count" && at - known.since < longestUntoldMilliseconds;
      const count = (isKnown ? known.count : 0) + 1;
      untold.set(lane.key, { kind: "count", lane, at, count, since: isKnown ? known.since : at });
      if (count >= requestsTold && usage(marks, lane, at) >= shareWorthTelling) tell();
    },
    holdBack(lane, until) {
      const asked = { kind: "hold-back" as const, lane, until: until.getTime(), since: now().getTime() };
      holdBack(marks, lane, asked.until);
      untold.set(`${lane.key} hold-back`, asked);
    },
    heldBackUntil: ({ key }) => new Date(marks.get(key)?.until ?? 0),
    takeUntold() {
      const taken = [...untold.values()];
      untold = new Map();
      return taken;
    },
    seen(stored) {
      marks = current(stored, now().getTime());
      for (const each of untold.values()) apply(each);
    },
  };
}
