/** Time as the local Azure sees it. Tests hold a clock that they advance themselves. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once, after `milliseconds`. Gives a function that cancels it. */
  schedule(milliseconds: number, callback: () => void): () => void;
  /** Tells of each leap of a clock that can be moved ahead: other processes have to follow. Gives a function that ends it. */
  onSkip?(listener: () => void): () => void;
}

/** A clock that stands still until a test advances it. */
export interface ManualClock extends Clock {
  /** Moves time forward, running what falls due in order, each with the microtasks and I/O turns that it starts. */
  advance(milliseconds: number): Promise<void>;
}

/** The machine's own clock. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    schedule(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}

/** A clock for tests, which begins at `start` (milliseconds since the Unix epoch). */
export function manualClock(start: number): ManualClock {
  let now = start;
  let waiting: { due: number; callback: () => void }[] = [];
  return {
    now: () => now,
    schedule(milliseconds, callback) {
      const entry = { due: now + milliseconds, callback };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = waiting.filter((entry) => entry.due <= end).sort((a, b) => a.due - b.due)[0];
        if (!next) break;
        waiting = waiting.filter((entry) => entry !== next);
        now = Math.max(now, next.due);
        next.callback();
        await settleInputAndOutput();
      }
      now = end;
    },
  };
}

async function settleInputAndOutput(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
