import type { Json } from "../../json.ts";

const periodPattern = /^(?:(\d{1,8})\.)?(\d{1,2}):(\d{2}):(\d{2})$/;

/**
 * The length in seconds of a SAS expiration period as ARM writes it, `DD.HH:MM:SS`, e.g. `1.23:59:59`; days may have one
 * digit or many, and may be left out below one day. Undefined for everything else, and for a period of nothing.
 */
export function secondsOfPeriod(period: Json): number | undefined {
  if (typeof period !== "string") return undefined;
  const match = periodPattern.exec(period);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  return total > 0 ? total : undefined;
}

/** A number of whole days as ARM writes a SAS expiration period: 7 gives `7.00:00:00`. */
export function daysAsPeriod(days: number): string {
  return `${days}.00:00:00`;
}
