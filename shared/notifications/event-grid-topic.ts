import type { TokenCredential } from "@azure/core-auth";
import type { Topic } from "./notify.ts";

/** A topic that does not answer must not hold the next run back. */
const limitMilliseconds = 20_000;

/**
 * An Event Grid topic whose input schema is CloudEvents 1.0, reached by the service's identity (role EventGrid Data Sender). Its client is
 * loaded with the first message. It does not retry: the next run sends what was not taken.
 * @param endpoint e.g. `https://NAME.REGION-1.eventgrid.azure.net/api/events`.
 */
export function eventGridTopic(endpoint: string, credential: () => TokenCredential): Topic {
  return {
    async publish(notifications) {
      const { EventGridPublisherClient } = await import("@azure/eventgrid");
      const options = { retryOptions: { maxRetries: 0 } };
      const client = new EventGridPublisherClient(endpoint, "CloudEvent", credential(), options);
      await client.send(
        notifications.map(({ data, ...attributes }) => ({ ...attributes, data, datacontenttype: "application/json" })),
        { abortSignal: AbortSignal.timeout(limitMilliseconds) },
      );
    },
  };
}
