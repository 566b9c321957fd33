import { STATUS_CODES } from "node:http";
import type { Clock } from "../clock.ts";
import { ANSWER_TIME, isSuccess } from "./retry.ts";

/** What came of one request to a webhook. */
export interface WebhookAnswer {
  delivered: boolean;
  /** Event Grid's word for it, as in `lastDeliveryOutcome`: `Success`, `NotFound`, `TimedOut`, `Aborted`. */
  outcome: string;
  /** Absent when nothing answered. */
  status?: number;
  headers?: Headers;
  body?: string;
}

/** Asks a webhook, and waits for its answer for 30 seconds of the clock. Never rejects: no answer is an outcome too. */
export async function askWebhook(
  clock: Clock,
  endpoint: string,
  request: { method: "POST" | "OPTIONS"; headers: Record<string, string>; body?: string },
  cancelled: AbortSignal,
): Promise<WebhookAnswer> {
  const late = new AbortController();
  const stopWaiting = clock.schedule(ANSWER_TIME, () => late.abort());
  try {
    const response = await fetch(endpoint, {
      ...request,
      // A redirect is an answer that is not a success: Event Grid does not follow it.
      redirect: "manual",
      signal: AbortSignal.any([late.signal, cancelled]),
    });
    const body = await response.text();
    const delivered = isSuccess(response.status);
    const outcome = delivered ? "Success" : outcomeOf(response.status);
    return { delivered, outcome, status: response.status, headers: response.headers, body };
  } catch {
    // fetch tells of refused, reset and cut connections alike; Event Grid calls them all Aborted.
    return { delivered: false, outcome: late.signal.aborted ? "TimedOut" : "Aborted" };
  } finally {
    stopWaiting();
  }
}

/** `NotFound` for 404 and so on; the two that Azure names otherwise are told apart. */
function outcomeOf(status: number): string {
  if (status === 408) return "TimedOut";
  if (status === 503 || status === 429) return "Busy";
  const name = STATUS_CODES[status];
  return name === undefined ? `Status${status}` : name.replaceAll(/[^A-Za-z]/g, "");
}
