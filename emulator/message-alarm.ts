import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import type { Clock } from "./clock.ts";
import type { StorageProxy } from "./storage-proxy.ts";

/** Brings hidden messages back in time. */
export interface MessageAlarm {
  /**
   * A message was hidden for so many seconds from now on.
   * @param popReceipt as the request that hid it answered; it no longer fits once somebody else has the message.
   */
  set(queue: QueueClient, messageId: string, popReceipt: string, seconds: number): void;
}

/**
 * Makes hidden messages visible when a clock that can be moved ahead says so: the queue service knows nothing of its leaps.
 * With any other clock the queue service's own time does.
 * @param rung is called after each message that came back.
 */
export function messageAlarm(clock: Clock, rung: () => void): MessageAlarm {
  if (!clock.onSkip) return { set: () => undefined };
  return {
    set(queue, messageId, popReceipt, seconds) {
      clock.schedule(seconds * 1000, () => {
        queue.updateMessage(messageId, popReceipt, undefined, 0).then(
          rung,
          // Taken or removed meanwhile: nobody waits for it.
          () => undefined,
        );
      });
    },
  };
}

/**
 * Rings as soon as a message that somebody sent through the proxy can be received: who listens need not poll for it.
 * @param connectionString of the storage behind the proxy.
 */
export function ringForMessages(storage: StorageProxy, connectionString: string, clock: Clock, ring: () => void): void {
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  const alarm = messageAlarm(clock, ring);
  storage.observe(({ service, method, url }) => {
    const [path = "", query] = url.split("?");
    const [, , queue, messages] = path.split("/");
    if (service !== "queue" || method !== "POST" || queue === undefined || messages !== "messages") return undefined;
    return {
      answered({ status, body }) {
        if (status !== 201) return;
        const seconds = Number(new URLSearchParams(query).get("visibilitytimeout") ?? 0);
        if (seconds === 0) return ring();
        const text = body.toString("utf8");
        alarm.set(queues.getQueueClient(queue), elementIn(text, "MessageId"), elementIn(text, "PopReceipt"), seconds);
      },
    };
  });
}

function elementIn(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
}
