/** A clock that moves only when told to. */
export interface ManualClock {
  now(): Date;
  advance(seconds: number): void;
}

export function manualClock(start = "2026-11-23T08:00:00.000Z"): ManualClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: (seconds) => {
      time += seconds * 1000;
    },
  };
}
