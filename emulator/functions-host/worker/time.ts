import type { Clock } from "../../clock.ts";
import { skippableClock } from "../../skippable-clock.ts";

/**
 * Lets the time of this process follow a clock of the host that is moved ahead: `Date`, `setTimeout` and
 * `AbortSignal.timeout` go by it. The app can't tell it from a machine whose clock was set.
 *
 * @param ahead by how many milliseconds the host's clock is ahead of the machine's.
 * @returns a function that takes the same after each leap.
 */
export function followHostClock(ahead: number): (ahead: number) => void {
  const clock = skippableClock(machineClock());
  let known = 0;
  const follow = (newly: number) => {
    clock.skip(newly - known);
    known = newly;
  };
  follow(ahead);
  const timers = new WeakMap<object, () => void>();

  const shiftedSetTimeout = new Proxy(setTimeout, {
    apply(_target, _this, [callback, milliseconds, ...parameters]: unknown[]) {
      const timeout = {
        ref: () => timeout,
        unref: () => timeout,
        hasRef: () => true,
        refresh: () => timeout,
        close: () => timers.get(timeout)?.(),
      };
      const cancel = clock.schedule(Number(milliseconds) || 1, () => {
        if (typeof callback === "function") callback(...parameters);
      });
      timers.set(timeout, cancel);
      return timeout;
    },
  });
  const shiftedClearTimeout = new Proxy(clearTimeout, {
    apply: (_target, _this, [timeout]) => timers.get(timeout)?.(),
  });
  const shiftedDate = new Proxy(Date, {
    construct: (target, parameters, newTarget) =>
      Reflect.construct(target, parameters.length === 0 ? [clock.now()] : parameters, newTarget),
    get: (target, name) => (name === "now" ? clock.now : Reflect.get(target, name)),
  });
  Object.assign(globalThis, {
    setTimeout: shiftedSetTimeout,
    clearTimeout: shiftedClearTimeout,
    Date: shiftedDate,
  });
  AbortSignal.timeout = (milliseconds) => {
    const controller = new AbortController();
    const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    clock.schedule(milliseconds, () => controller.abort(reason));
    return controller.signal;
  };
  return follow;
}

/** The machine's own time, taken before it is replaced. */
function machineClock(): Clock {
  const [now, set, clear] = [Date.now, setTimeout, clearTimeout];
  return {
    now,
    schedule(milliseconds, callback) {
      const timer = set(callback, milliseconds);
      return () => clear(timer);
    },
  };
}
