import { Cron } from "croner";
import { parseTimeSpan } from "./host-configuration.ts";

/** When a timer runs. */
export interface Schedule {
  /** The first time after `time` (both milliseconds since the epoch), undefined when there is none any more. */
  next(time: number): number | undefined;
}

/**
 * Reads an NCRONTAB expression of 5 fields (no seconds) or 6, or a time span, which is a constant interval. Times are
 * UTC. As in NCRONTAB, a day must match both the day of the month and the day of the week. Throws when it is neither.
 */
export function parseSchedule(text: string): Schedule {
  const interval = parseTimeSpan(text);
  if (interval !== undefined && interval > 0) return { next: (time) => time + interval };
  const cron = new Cron(text, { mode: "5-or-6-parts", timezone: "UTC", domAndDow: true, sloppyRanges: true });
  return { next: (time) => cron.nextRun(new Date(time))?.getTime() };
}

/** Whether any of the next runs follow each other within a minute: the real host does not keep their state then. */
export function isMoreThanOnceAMinute(schedule: Schedule, now: number): boolean {
  let previous = schedule.next(now);
  for (let count = 1; count < 5 && previous !== undefined; count += 1) {
    const following = schedule.next(previous);
    if (following !== undefined && following - previous < 60_000) return true;
    previous = following;
  }
  return false;
}
