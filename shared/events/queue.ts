import type { QueueClient } from "@azure/storage-queue";
import { CodedError, messageOf } from "../errors.ts";

/** A queue that this service sends to. */
export interface Outbox {
  /**
   * Sends a message that never expires.
   * @param delaySeconds how long it stays hidden, 0 to 604800 (seven days, the service's most).
   */
  send(message: string, delaySeconds: number): Promise<void>;
  /** How many messages wait, about, and the first few, without taking them. */
  peek(most: number): Promise<{ count: number; messages: string[] }>;
}

/** An Azure queue, made when first used. Messages are base64, as host.json says. Throws `storage-unavailable`. */
export function openQueue(clients: (name: string) => QueueClient, name: string): Outbox {
  const client = clients(name);
  let created: Promise<unknown> | undefined;

  async function ready<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      created ??= client.createIfNotExists();
      await created;
      return await work();
    } catch (thrown) {
      created = undefined;
      throw new CodedError("storage-unavailable", `Queue ${name}: ${messageOf(thrown)}`, [], { cause: thrown });
    }
  }

  return {
    async send(message, delaySeconds) {
      const text = Buffer.from(message, "utf8").toString("base64");
      const options = { messageTimeToLive: -1, visibilityTimeout: Math.max(0, Math.round(delaySeconds)) };
      await ready(() => client.sendMessage(text, options));
    },
    async peek(most) {
      const properties = await ready(() => client.getProperties());
      const peeked = await ready(() => client.peekMessages({ numberOfMessages: most }));
      const messages = peeked.peekedMessageItems.map(({ messageText }) =>
        Buffer.from(messageText, "base64").toString("utf8"),
      );
      return { count: properties.approximateMessagesCount ?? 0, messages };
    },
  };
}
