import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { EventSubscription } from "./types.ts";
import { openValidationPage } from "./validation-page.ts";
import { askWebhook, type WebhookAnswer } from "./webhook.ts";

/** The origin that Azure's Event Grid names in a CloudEvents handshake. */
const ORIGIN = "eventgrid.azure.net";
/** How many requests a minute Event Grid asks a CloudEvents endpoint to allow. */
const REQUEST_RATE = "120";
/** How long the owner of an endpoint may take to open the validation URL by hand. */
const MANUAL_VALIDATION_TIME = 10 * 60_000;

/**
 * Proves that the endpoint wants this subscription's events, before the first one is sent. It passes when the answer
 * says so, or when somebody opens the offered URL within ten minutes. Rejects with what the endpoint did instead.
 */
export async function handshake(
  clock: Clock,
  subscription: EventSubscription,
  cancelled: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  const page = await openValidationPage(subscription.name);
  try {
    const consented =
      subscription.eventDeliverySchema === "CloudEventSchemaV1_0"
        ? await askByOptions(clock, subscription, page.url, cancelled)
        : await askByEvent(clock, subscription, page.url, cancelled);
    if (consented) return;
    log(`Event Grid: ${subscription.name} waits up to 10 minutes for a GET of ${page.url}`);
    if (await openedInTime(clock, page.opened, cancelled)) return;
    throw refusal(
      subscription,
      "it did not consent in its answer, nor was the validation URL opened within 10 minutes",
    );
  } finally {
    page.close();
  }
}

async function askByEvent(
  clock: Clock,
  subscription: EventSubscription,
  validationUrl: string,
  cancelled: AbortSignal,
): Promise<boolean> {
  const validationCode = randomUUID();
  const event = {
    id: randomUUID(),
    topic: subscription.topic ?? "",
    subject: "",
    data: { validationCode, validationUrl },
    eventType: "Microsoft.EventGrid.SubscriptionValidationEvent",
    eventTime: new Date(clock.now()).toISOString(),
    metadataVersion: "1",
    dataVersion: "2",
  };
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "aeg-event-type": "SubscriptionValidation",
    "aeg-subscription-name": subscription.name.toUpperCase(),
    "aeg-delivery-count": "0",
    "aeg-data-version": event.dataVersion,
    "aeg-metadata-version": event.metadataVersion,
  };
  const request = { method: "POST" as const, headers, body: JSON.stringify([event]) };
  const answer = await askWebhook(clock, subscription.endpoint, request, cancelled);
  if (!answer.delivered) throw refusal(subscription, describe(answer));

  const echoed = validationResponse(answer.body ?? "");
  if (echoed === undefined) return false;
  if (echoed !== validationCode) throw refusal(subscription, "its validationResponse is not the validationCode sent");
  // Azure takes the code from a 200 only: with 202 it goes on waiting for the URL.
  return answer.status === 200;
}

async function askByOptions(
  clock: Clock,
  subscription: EventSubscription,
  validationUrl: string,
  cancelled: AbortSignal,
): Promise<boolean> {
  const headers = {
    "webhook-request-origin": ORIGIN,
    "webhook-request-callback": validationUrl,
    "webhook-request-rate": REQUEST_RATE,
  };
  const answer = await askWebhook(clock, subscription.endpoint, { method: "OPTIONS", headers }, cancelled);
  if (!answer.delivered) throw refusal(subscription, describe(answer));

  const allowed = answer.headers?.get("webhook-allowed-origin");
  if (!allowed) return false;
  if (allowed === "*" || allowed.toLowerCase() === ORIGIN) return true;
  throw refusal(subscription, `it allows the origin ${allowed}, not ${ORIGIN}`);
}

function validationResponse(body: string): unknown {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === "object" && answer !== null && "validationResponse" in answer
      ? answer.validationResponse
      : undefined;
  } catch {
    return undefined;
  }
}

async function openedInTime(clock: Clock, opened: Promise<void>, cancelled: AbortSignal): Promise<boolean> {
  let stopWaiting = (): void => undefined;
  const expired = new Promise<false>((resolve) => {
    stopWaiting = clock.schedule(MANUAL_VALIDATION_TIME, () => resolve(false));
    cancelled.addEventListener("abort", () => resolve(false), { once: true });
  });
  const inTime = await Promise.race([opened.then(() => true), expired]);
  stopWaiting();
  return inTime;
}

function describe(answer: WebhookAnswer): string {
  if (answer.status === undefined) return answer.outcome === "TimedOut" ? "no answer within 30 s" : "no connection";
  const text = (answer.body ?? "").slice(0, 200).trim();
  return text ? `it answered ${answer.status}: ${text}` : `it answered ${answer.status}`;
}

/** Without the URL's query, which holds the key. */
function refusal(subscription: EventSubscription, cause: string): Error {
  const { origin, pathname } = new URL(subscription.endpoint);
  return new Error(`Event subscription ${subscription.name}: handshake with ${origin}${pathname} failed: ${cause}`);
}
