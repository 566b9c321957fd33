import type { EventGridEvent, EventSubscription } from "./types.ts";

/** A request that Event Grid makes of a webhook. */
export interface WebhookRequest {
  headers: Record<string, string>;
  body: string;
}

/** Why and when Event Grid gave up on an event. */
export interface DeadLetterProperties {
  reason: string;
  attempts: number;
  lastOutcome: string;
  publishTime: number;
  lastAttemptTime: number;
}

/** The request that notifies of one event: an array of one in the Event Grid schema, a single CloudEvent otherwise. */
export function notification(
  subscription: EventSubscription,
  event: EventGridEvent,
  earlierAttempts: number,
): WebhookRequest {
  const common = {
    "aeg-event-type": "Notification",
    "aeg-subscription-name": subscription.name.toUpperCase(),
    "aeg-delivery-count": String(earlierAttempts),
    "aeg-output-event-id": event.id,
  };
  if (subscription.eventDeliverySchema === "CloudEventSchemaV1_0") {
    return {
      headers: {
        ...common,
        "content-type": "application/cloudevents+json; charset=utf-8",
        "aeg-metadata-version": "1.0",
      },
      body: JSON.stringify(toCloudEvent(event)),
    };
  }
  return {
    headers: {
      ...common,
      "content-type": "application/json; charset=utf-8",
      "aeg-data-version": event.dataVersion,
      "aeg-metadata-version": event.metadataVersion,
    },
    body: JSON.stringify([event]),
  };
}

/** The message that tells a storage queue of one event: the event itself, in either schema. */
export function queueMessage(subscription: EventSubscription, event: EventGridEvent): string {
  return JSON.stringify(subscription.eventDeliverySchema === "CloudEventSchemaV1_0" ? toCloudEvent(event) : event);
}

/** The event with what Event Grid adds before it stores it; CloudEvents attributes are all lower-case. */
export function deadLetterEvent(
  subscription: EventSubscription,
  event: EventGridEvent,
  properties: DeadLetterProperties,
): Record<string, unknown> {
  const publishTime = new Date(properties.publishTime).toISOString();
  const lastAttemptTime = new Date(properties.lastAttemptTime).toISOString();
  if (subscription.eventDeliverySchema === "CloudEventSchemaV1_0") {
    return {
      ...toCloudEvent(event),
      deadletterreason: properties.reason,
      deliveryattempts: properties.attempts,
      lastdeliveryoutcome: properties.lastOutcome,
      publishtime: publishTime,
      lastdeliveryattempttime: lastAttemptTime,
    };
  }
  return {
    ...event,
    deadLetterReason: properties.reason,
    deliveryAttempts: properties.attempts,
    lastDeliveryOutcome: properties.lastOutcome,
    publishTime,
    lastDeliveryAttemptTime: lastAttemptTime,
  };
}

/** The event as CloudEvents 1.0 has it, by Azure's mapping: topic to source, eventType to type, eventTime to time. */
function toCloudEvent(event: EventGridEvent): Record<string, unknown> {
  return {
    id: event.id,
    source: event.topic,
    subject: event.subject,
    type: event.eventType,
    time: event.eventTime,
    specversion: "1.0",
    data: event.data,
  };
}
