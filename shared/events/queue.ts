import type { QueueClient } from "@azure/storage-queue";
import { CodedError, messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";

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

/** A queue that keeps what failed for good. */
export interface KeptQueue extends Outbox {
  /**
   * Takes each message that is there now, once. One that the work is done with goes; the others are there again a minute later.
   * Gives how many of each there were.
   */
  takeEach(work: (message: string) => Promise<boolean>): Promise<{ done: number; left: number }>;
}

/** What is taken is hidden from others for so long. */
const secondsTaken = 60;
const mostTaken = 32;

/** An Azure queue, made when first used. Messages are base64, as host.json says. Throws `storage-unavailable`. */
export function openQueue(clients: (name: string) => QueueClient, name: string): KeptQueue {
  const client = clients(name);
  let created: Promise<unknown> | undefined;

  async function ready<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      created ??= client.createIfNotExists(storageLimit());
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
      await ready(() => client.sendMessage(text, { ...options, ...storageLimit() }));
    },
    async peek(most) {
      const properties = await ready(() => client.getProperties(storageLimit()));
      const peeked = await ready(() => client.peekMessages({ numberOfMessages: most, ...storageLimit() }));
      const messages = peeked.peekedMessageItems.map(({ messageText }) =>
        Buffer.from(messageText, "base64").toString("utf8"),
      );
      return { count: properties.approximateMessagesCount ?? 0, messages };
    },
    async takeEach(work) {
      let done = 0;
      let left = 0;
      const options = { numberOfMessages: mostTaken, visibilityTimeout: secondsTaken };
      for (;;) {
        const { receivedMessageItems } = await ready(() => client.receiveMessages({ ...options, ...storageLimit() }));
        if (receivedMessageItems.length === 0) return { done, left };
        for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
          const isDone = await work(Buffer.from(messageText, "base64").toString("utf8"));
          if (isDone) await ready(() => client.deleteMessage(messageId, popReceipt, storageLimit()));
          if (isDone) done += 1;
          else left += 1;
        }
      }
    },
  };
}
