import type { WindowStanding } from "./resource-policy.ts";

/** Days of the week as windows name them. */
export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** See {@link weekdays}. */
export type Weekday = (typeof weekdays)[number];

/** A span of a day, on some days of the week, by the clocks of a time zone. */
export interface WindowSpan {
  days: readonly Weekday[];
  /** `HH:MM`, included. */
  from: string;
  /** `HH:MM`, excluded; `24:00` is midnight. Before `from`, it is of the next day: such a span belongs to the day on which it begins. */
  to: string;
  /** A name of the IANA time zone database, e.g. `Europe/Berlin`. */
  timeZone: string;
}

/** Clocks change by a quarter of an hour at the least, and no span is shorter. */
const stepMinutes = 15;
const dayMinutes = 24 * 60;
/** A week, and two days more for a day of which a change of the clocks took the span away. */
const searchedMinutes = 9 * dayMinutes;

/**
 * How a window stands that is open while one of its spans is. It goes by what the clocks on the wall show: where they are put forward, an
 * hour of the span is missing; where they are put back, an hour comes twice, and both count. Pure.
 */
export function windowStanding(name: string, spans: readonly WindowSpan[], now: Date): WindowStanding {
  if (isOpen(spans, now)) return { name, isOpen: true };
  const opensAt = nextOpening(spans, now);
  return { name, isOpen: false, opensAt: opensAt.toISOString() };
}

function isOpen(spans: readonly WindowSpan[], now: Date): boolean {
  return spans.some((span) => {
    const { day, minute } = wallClock(span.timeZone, now);
    const from = minutesOf(span.from);
    const to = minutesOf(span.to);
    if (from < to) return span.days.includes(day) && minute >= from && minute < to;
    return (span.days.includes(day) && minute >= from) || (span.days.includes(before(day)) && minute < to);
  });
}

/** Looks for it step by step, and then minute by minute: so no rule about a change of the clocks can be forgotten here. */
function nextOpening(spans: readonly WindowSpan[], now: Date): Date {
  const start = Math.ceil(now.getTime() / 60_000);
  for (let minute = start; minute < start + searchedMinutes; minute += stepMinutes) {
    if (!isOpen(spans, new Date(minute * 60_000))) continue;
    let opening = minute;
    while (opening > start && isOpen(spans, new Date((opening - 1) * 60_000))) opening -= 1;
    return new Date(opening * 60_000);
  }
  // A window that never opens within nine days can't be written down: each has a day of the week.
  return new Date((start + searchedMinutes) * 60_000);
}

/** What a clock on the wall shows in a time zone: the day of the week, and minutes since midnight. */
function wallClock(timeZone: string, now: Date): { day: Weekday; minute: number } {
  const parts = formatFor(timeZone).formatToParts(now);
  const text = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? "";
  const day = weekdays.find((each) => text("weekday").toLowerCase() === each) ?? "mon";
  return { day, minute: Number(text("hour")) * 60 + Number(text("minute")) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A format takes long to make, and is asked often. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, format);
  return format;
}

/** Whether a name stands in the IANA time zone database that Node has. An offset such as `+01:00` is no name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatFor(name);
    return true;
  } catch {
    return false;
  }
}

/** Minutes since midnight of a text that was checked to be `HH:MM`. */
export function minutesOf(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** How long a span is, in minutes, while no clocks are changed. */
export function spanMinutes({ from, to }: Pick<WindowSpan, "from" | "to">): number {
  const minutes = minutesOf(to) - minutesOf(from);
  return minutes > 0 ? minutes : minutes + dayMinutes;
}

function before(day: Weekday): Weekday {
  return weekdays[(weekdays.indexOf(day) + weekdays.length - 1) % weekdays.length] ?? "sun";
}
