import type { Clock } from "../clock.ts";
import {
  DEAD_LETTER_DELAY,
  DEAD_LETTER_PATIENCE,
  finalReason,
  MAX_DELIVERY_ATTEMPTS,
  MAX_TIME_TO_LIVE_IN_MINUTES,
  retryDelay,
} from "./retry.ts";
import { type DeadLetterProperties, deadLetterEvent, notification, queueMessage } from "./schema.ts";
import type { EventGridEvent, EventGridStatistics, EventSubscription, LostEvent } from "./types.ts";
import { askWebhook, type WebhookAnswer } from "./webhook.ts";

/** What every delivery of one Event Grid shares. */
export interface DeliveryContext {
  clock: Clock;
  statistics: EventGridStatistics;
  deadLetter(container: string, event: unknown, subscription: string): Promise<void>;
  toQueue(queue: string, event: string): Promise<void>;
  /** Is told of each event that is given up on. */
  lose(event: LostEvent): void;
  log(line: string): void;
  /** Runs a request when a place is free, and counts as on its way until then. */
  run(task: () => Promise<void>): void;
}

/**
 * Brings one event to one subscription: attempt, retry by the schedule, and in the end delivered, dead-lettered or
 * dropped. `delay` holds the first attempt back. `ended` aborts it wherever it stands.
 */
export function deliver(
  context: DeliveryContext,
  subscription: EventSubscription,
  event: EventGridEvent,
  delay: number,
  ended: AbortSignal,
): void {
  const { clock, statistics } = context;
  const publishTime = clock.now();
  const timeToLive = (subscription.eventTimeToLiveInMinutes ?? MAX_TIME_TO_LIVE_IN_MINUTES) * 60_000;
  let attempts = 0;
  let lastAttemptTime = publishTime;
  let lastOutcome = "NotAttempted";

  statistics.pending += 1;
  ended.addEventListener("abort", settle, { once: true });
  if (delay === 0) context.run(attempt);
  else later(delay, attempt);

  async function attempt(): Promise<void> {
    if (ended.aborted) return;
    // Azure looks at the age when the next attempt is due, and not before.
    if (attempts > 0 && clock.now() - publishTime > timeToLive) return giveUp("TimeToLiveExceeded");

    statistics.attempts += 1;
    if (attempts > 0) statistics.retried += 1;
    lastAttemptTime = clock.now();
    const answer = subscription.endpointType === "StorageQueue" ? writeToQueue() : askEndpoint();
    attempts += 1;
    const answered = await answer;
    if (!ended.aborted) decide(answered);
  }

  function askEndpoint(): Promise<WebhookAnswer> {
    const request = notification(subscription, event, attempts);
    return askWebhook(clock, subscription.endpoint, { method: "POST", ...request }, ended);
  }

  async function writeToQueue(): Promise<WebhookAnswer> {
    try {
      await context.toQueue(subscription.endpoint, queueMessage(subscription, event));
      return { delivered: true, outcome: "Success" };
    } catch {
      return { delivered: false, outcome: "Aborted" };
    }
  }

  function decide(answer: WebhookAnswer): void {
    lastOutcome = answer.outcome;
    if (answer.delivered) {
      statistics.delivered += 1;
      settle();
      return;
    }
    const tooMany = attempts >= (subscription.maxDeliveryAttempts ?? MAX_DELIVERY_ATTEMPTS);
    const reason = finalReason(answer.status) ?? (tooMany ? "MaxDeliveryAttemptsExceeded" : undefined);
    if (reason) {
      giveUp(reason);
      return;
    }
    const wait = retryDelay(attempts, answer.status);
    context.log(`Event Grid: ${subscription.name} ${event.id} ${lastOutcome}, again in ${wait / 1_000} s`);
    later(wait, attempt);
  }

  function giveUp(reason: string): void {
    const container = subscription.deadLetterContainer;
    if (!container) {
      drop(reason);
      return;
    }
    const properties = { reason, attempts, lastOutcome, publishTime, lastAttemptTime };
    const wait = Math.max(0, lastAttemptTime + DEAD_LETTER_DELAY - clock.now());
    later(wait, () => store(container, properties, clock.now() + DEAD_LETTER_PATIENCE));
  }

  async function store(container: string, properties: DeadLetterProperties, until: number): Promise<void> {
    const refused = await context
      .deadLetter(container, deadLetterEvent(subscription, event, properties), subscription.name)
      .then(
        () => undefined,
        (error: unknown) => ({ error: String(error) }),
      );
    if (ended.aborted) return;
    if (!refused) {
      statistics.deadLettered += 1;
      context.lose(lostEvent("deadLettered"));
      context.log(`Event Grid: ${subscription.name} ${event.id} dead-lettered, ${properties.reason}`);
      return settle();
    }
    context.log(`Event Grid: dead-letter container ${container} refused ${event.id}: ${refused.error}`);
    if (clock.now() >= until) return drop(properties.reason);
    later(DEAD_LETTER_DELAY, () => store(container, properties, until));
  }

  function drop(reason: string): void {
    statistics.dropped += 1;
    context.lose(lostEvent("dropped"));
    context.log(`Event Grid: ${subscription.name} ${event.id} dropped, ${reason}`);
    settle();
  }

  function lostEvent(became: LostEvent["became"]): LostEvent {
    return { time: clock.now(), source: event.topic, eventSubscription: subscription.name, became };
  }

  function later(milliseconds: number, task: () => Promise<void>): void {
    const cancel = clock.schedule(milliseconds, () => {
      ended.removeEventListener("abort", cancel);
      context.run(task);
    });
    ended.addEventListener("abort", cancel, { once: true });
  }

  function settle(): void {
    ended.removeEventListener("abort", settle);
    statistics.pending -= 1;
  }
}
