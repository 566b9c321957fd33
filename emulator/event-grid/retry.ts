const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Azure's retry schedule; after its end every 12 hours. Source: Microsoft's "Event Grid message delivery and retry". */
const SCHEDULE = [10 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];
const AFTER_SCHEDULE = 12 * HOUR;

/** Statuses that Event Grid waits longer after, whatever the schedule says. Source: the same page, "Failure codes". */
const SHORTEST_DELAY_BY_STATUS = new Map([
  [404, 5 * MINUTE],
  [408, 2 * MINUTE],
  [503, 30 * SECOND],
]);

/** What no retry can mend, with Azure's reason for the dead-lettered event. The names other than 400's are by analogy. */
const FINAL_STATUSES = new Map([
  [400, "UndeliverableDueToHttpBadRequest"],
  [401, "UndeliverableDueToHttpUnauthorized"],
  [403, "UndeliverableDueToHttpForbidden"],
  [413, "UndeliverableDueToHttpRequestEntityTooLarge"],
]);

/** How long Event Grid waits for a webhook's answer. */
export const ANSWER_TIME = 30 * SECOND;
/** Between the last attempt and the dead-letter container, which keeps Azure's blob operations few. */
export const DEAD_LETTER_DELAY = 5 * MINUTE;
/** For how long a dead-letter container that refuses is tried, before the event is dropped. */
export const DEAD_LETTER_PATIENCE = 4 * HOUR;
/** The defaults of a subscription's retry policy, which are its maxima as well. */
export const MAX_DELIVERY_ATTEMPTS = 30;
export const MAX_TIME_TO_LIVE_IN_MINUTES = 1440;

/**
 * Milliseconds from the `attempts`-th failed attempt to the next one. `status` is the answer's, when there was one.
 * Azure adds a small randomness to each step; here the steps are exact, so that a test can say what it sees.
 */
export function retryDelay(attempts: number, status?: number): number {
  const scheduled = SCHEDULE[attempts - 1] ?? AFTER_SCHEDULE;
  const shortest = status === undefined ? undefined : SHORTEST_DELAY_BY_STATUS.get(status);
  return Math.max(scheduled, shortest ?? 0);
}

/** The reason to give up at once after this status, if it is one of those that are never retried for a webhook. */
export function finalReason(status: number | undefined): string | undefined {
  return status === undefined ? undefined : FINAL_STATUSES.get(status);
}

/** Only these count as delivered: 206, or a redirect, is a failure like any other. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 204;
}
