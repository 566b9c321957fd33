import { type Clock, systemClock } from "./clock.ts";

/** A clock that runs as the machine's does, and is moved ahead where otherwise somebody would only wait. */
export interface SkippableClock extends Clock {
  /** When the next callback is due; undefined where none waits. */
  readonly nextDue: number | undefined;
  /** Moves time ahead. What has fallen due by then is called soon after, one by one in the order of its time. */
  skip(milliseconds: number): void;
  onSkip(listener: () => void): () => void;
}

interface Entry {
  due: number;
  callback: () => void;
}

/** The longest that a timer of Node can wait. */
const longestTimer = 2 ** 31 - 1;

/** A clock that begins as another does, the machine's where none is given, and can be moved ahead of it. */
export function skippableClock(base: Clock = systemClock()): SkippableClock {
  const listeners = new Set<() => void>();
  const waiting = new Set<Entry>();
  let ahead = 0;
  let disarm: (() => void) | undefined;

  const now = () => base.now() + ahead;

  function first(): Entry | undefined {
    let found: Entry | undefined;
    for (const entry of waiting) if (!found || entry.due < found.due) found = entry;
    return found;
  }

  function arm(): void {
    disarm?.();
    const next = first();
    disarm = next && base.schedule(Math.min(Math.max(next.due - now(), 0), longestTimer), run);
  }

  function run(): void {
    const next = first();
    if (next && next.due <= now()) {
      waiting.delete(next);
      next.callback();
    }
    arm();
  }

  return {
    now,
    get nextDue() {
      return first()?.due;
    },
    schedule(milliseconds, callback) {
      const entry = { due: now() + milliseconds, callback };
      waiting.add(entry);
      arm();
      return () => {
        if (waiting.delete(entry)) arm();
      };
    },
    skip(milliseconds) {
      ahead += milliseconds;
      for (const listener of listeners) listener();
      arm();
    },
    onSkip(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
