/** Whatever a server asks, a day later the resource is looked at again. */
const longestWaitSeconds = 24 * 3600;

/**
 * How long an answer asks to wait, in seconds, at most a day; nothing where its header says nothing that can be read. It holds a whole
 * number of seconds or a date (RFC 9110, sections 10.2.3 and 5.6.7).
 */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Math.min(Number(header), longestWaitSeconds);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(header)) return undefined;
  const seconds = (Date.parse(header) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds), longestWaitSeconds);
}
