import type { Clock } from "../clock.ts";
import type { HostedFunction, Invoker } from "./invoker.ts";
import type { Log } from "./log.ts";
import { isMoreThanOnceAMinute, parseSchedule, type Schedule } from "./schedule.ts";
import type { TimerStatus, TimerStatusStore } from "./timer-status.ts";

export interface TimerOptions {
  hosted: HostedFunction;
  invoker: Invoker;
  clock: Clock;
  store: TimerStatusStore;
  log: Log;
}

export interface RunningTimer {
  stop(): void;
}

/** A timer can't be set further ahead than this: the real host and Node both wait in steps. */
const longestWaitMilliseconds = 24 * 24 * 60 * 60 * 1000;
const never = "0001-01-01T00:00:00+00:00";

/**
 * Runs a function on its schedule as the real TimerListener does: at start when a run was missed or `runOnStartup` is
 * set; the next run is set only after the last one has ended.
 */
export function startTimer(options: TimerOptions): RunningTimer {
  const { clock, hosted, log } = options;
  const schedule = parseSchedule(String(hosted.trigger.schedule));
  const isMonitored = hosted.trigger.useMonitor !== false && !isMoreThanOnceAMinute(schedule, clock.now());
  let isStopped = false;
  let cancel: (() => void) | undefined;

  async function start(): Promise<void> {
    // Past due is what was missed before the start, not what falls due while the status is read.
    const startedAt = clock.now();
    const status = isMonitored ? await readStatus(options, schedule) : undefined;
    const isPastDue = status !== undefined && startedAt > Date.parse(status.Next);
    if (isStopped) return;
    if (isPastDue || hosted.trigger.runOnStartup === true) await run(isPastDue, status);
    else scheduleNext(status);
  }

  async function run(isPastDue: boolean, status: TimerStatus | undefined): Promise<void> {
    const startedAt = clock.now();
    await invokeTimer(options.invoker, hosted, isPastDue, status);
    if (isStopped) return;
    const updated = isMonitored ? nextStatus(schedule, startedAt, clock.now()) : undefined;
    if (updated) await writeStatus(options, updated);
    scheduleNext(updated);
  }

  function scheduleNext(status: TimerStatus | undefined): void {
    const due = schedule.next(clock.now());
    if (due !== undefined && !isStopped) waitUntil(due, () => void run(false, status));
  }

  function waitUntil(due: number, callback: () => void): void {
    const rest = due - clock.now();
    if (rest <= longestWaitMilliseconds) cancel = clock.schedule(Math.max(rest, 0), callback);
    else cancel = clock.schedule(longestWaitMilliseconds, () => waitUntil(due, callback));
  }

  start().catch((error) => {
    log({ level: "error", source: "host", message: `The timer did not start: ${error}`, functionName: hosted.name });
  });
  return {
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}

/** Runs a timer's function once, with what the real trigger gives as its argument. */
export function invokeTimer(invoker: Invoker, hosted: HostedFunction, isPastDue: boolean, status?: TimerStatus) {
  const timer = { Schedule: { AdjustForDST: true }, ScheduleStatus: status ?? null, IsPastDue: isPastDue };
  return invoker.invoke(hosted, { json: JSON.stringify(timer) });
}

async function readStatus(options: TimerOptions, schedule: Schedule): Promise<TimerStatus | undefined> {
  const { clock, hosted, log, store } = options;
  try {
    const known = await store.read(hosted.name);
    if (known) return known;
  } catch (error) {
    log({ level: "warning", source: "host", message: `The state of the timer could not be read: ${error}` });
  }
  const first = nextStatus(schedule, undefined, clock.now());
  if (first) await writeStatus(options, first);
  return first;
}

async function writeStatus({ hosted, log, store }: TimerOptions, status: TimerStatus): Promise<void> {
  try {
    await store.write(hosted.name, status);
  } catch (error) {
    log({ level: "warning", source: "host", message: `The state of the timer could not be kept: ${error}` });
  }
}

function nextStatus(schedule: Schedule, last: number | undefined, now: number): TimerStatus | undefined {
  const next = schedule.next(now);
  if (next === undefined) return undefined;
  const lastRun = last === undefined ? never : new Date(last).toISOString();
  return { Last: lastRun, Next: new Date(next).toISOString(), LastUpdated: lastRun };
}
