/**
 * How long a request to the service's own storage may take, its retries included. Short: an event must be answered within seconds, a lease
 * lasts 15 seconds at least, and a request that is never answered would hold its invocation until the host ends the whole process.
 */
const longestRequestMilliseconds = 10_000;

/** The option with which a client's operation is given up in time. It then throws an AbortError. */
export function storageLimit(): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(longestRequestMilliseconds) };
}
