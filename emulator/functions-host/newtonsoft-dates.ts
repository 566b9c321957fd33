const isoDate = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})?$/;
const ticksPerSecond = 10_000_000n;

/**
 * A JSON value with its ISO date-times as the real host hands them on: it parses events with Newtonsoft.Json, which
 * reads such strings as DateTime and writes them again in its own way. Fractions lose their trailing zeros and keep
 * seven digits at most; a time with an offset becomes the host's local time, UTC, with the offset `+00:00`.
 */
export function rewriteDates(value: unknown): unknown {
  if (typeof value === "string") return rewriteDate(value);
  if (Array.isArray(value)) return value.map(rewriteDates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rewriteDates(member)]));
}

function rewriteDate(text: string): string {
  const match = isoDate.exec(text);
  if (!match) return text;
  const [, seconds = "", fraction = "", zone = ""] = match;
  const milliseconds = Date.parse(`${seconds}${zone || "Z"}`);
  if (Number.isNaN(milliseconds) || milliseconds < 0 || !isCalendarDate(seconds)) return text;
  const ticks = BigInt(milliseconds / 1000) * ticksPerSecond + roundToTicks(fraction);
  const whole = new Date(Number(ticks / ticksPerSecond) * 1000).toISOString().slice(0, 19);
  const rest = (ticks % ticksPerSecond).toString().padStart(7, "0").replace(/0+$/, "");
  const suffix = zone === "" || zone === "Z" ? zone : "+00:00";
  return `${whole}${rest && `.${rest}`}${suffix}`;
}

/** JavaScript takes the 31st of February for the 2nd or 3rd of March; .NET does not. */
function isCalendarDate(seconds: string): boolean {
  const date = new Date(`${seconds}Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(seconds);
}

function roundToTicks(fraction: string): bigint {
  const ticks = BigInt(fraction.slice(0, 7).padEnd(7, "0"));
  return Number(fraction[7] ?? "0") >= 5 ? ticks + 1n : ticks;
}
