/** Runs tasks, a limited number at the same time, and tells when there are none. */
export interface Lane {
  run(task: () => Promise<void>): void;
  idle(): Promise<void>;
}

/** Creates a lane for `width` tasks at once; the others wait in the order in which they came. */
export function createLane(width: number): Lane {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  let idlers: (() => void)[] = [];

  function start(task: () => Promise<void>): void {
    running += 1;
    void task().finally(() => {
      running -= 1;
      const next = waiting.shift();
      if (next) start(next);
      else if (running === 0) wake();
    });
  }

  function wake(): void {
    const resolved = idlers;
    idlers = [];
    for (const resolve of resolved) resolve();
  }

  return {
    run(task) {
      if (running < width) start(task);
      else waiting.push(task);
    },
    idle() {
      if (running === 0) return Promise.resolve();
      return new Promise((resolve) => idlers.push(resolve));
    },
  };
}
