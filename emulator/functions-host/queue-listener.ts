import { type DequeuedMessageItem, type QueueClient, RestError } from "@azure/storage-queue";
import type { MessageAlarm } from "../message-alarm.ts";
import type { HostConfiguration } from "./host-configuration.ts";
import type { HostedFunction, Invoker, Statistics } from "./invoker.ts";
import type { Log } from "./log.ts";
import { decodeMessage, invokeWithQueueText, messageProperties } from "./queue-trigger.ts";
import type { InvocationResult } from "./worker-process.ts";

export interface QueueListenerOptions {
  hosted: HostedFunction;
  queue: QueueClient;
  /** Undefined for a queue that is itself a poison queue. */
  poisonQueue: QueueClient | undefined;
  configuration: HostConfiguration["queues"];
  leaseSeconds: number;
  /** Brings hidden messages back on a clock that can be moved ahead. */
  alarm: MessageAlarm;
  invoker: Invoker;
  statistics: Statistics;
  log: Log;
}

export interface QueueListener {
  /** Looks for messages now, instead of when the next look is due. */
  look(): void;
  /** Takes no more messages. Fulfilled when those that were taken have been dealt with. */
  stop(): Promise<void>;
}

const shortestPollingInterval = 100;
const longestLastRequest = 1_000;

/**
 * Feeds a function from its queue as the real listener does (QueueListener and QueueProcessor of
 * Microsoft.Azure.WebJobs.Extensions.Storage.Queues). A queue that does not exist is not created; it is polled for.
 */
export function startQueueListener(options: QueueListenerOptions): QueueListener {
  const { configuration, queue } = options;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const stopped = whenAborted(stopping.signal);
  let interval = shortestPollingInterval;
  let stopWaiting = new AbortController();

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      stopWaiting = new AbortController();
      const messages = await receive();
      for (const message of messages) {
        const processing = processMessage(options, message).finally(() => running.delete(processing));
        running.add(processing);
      }
      if (messages.length > 0) {
        interval = shortestPollingInterval;
        while (running.size > configuration.newBatchThreshold && !stopping.signal.aborted) {
          await Promise.race([...running, stopped]);
        }
      } else {
        await wait(interval, AbortSignal.any([stopping.signal, stopWaiting.signal]));
        interval = nextInterval(interval, configuration.maxPollingInterval);
      }
    }
  }

  async function receive(): Promise<DequeuedMessageItem[]> {
    try {
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: configuration.batchSize,
        visibilityTimeout: options.leaseSeconds,
        abortSignal: givingUp.signal,
      });
      return receivedMessageItems;
    } catch (error) {
      if (givingUp.signal.aborted) return [];
      const isMissing = error instanceof RestError && error.statusCode === 404;
      if (!isMissing) report(options, "error", `The queue '${queue.name}' could not be read: ${error}`);
      return [];
    }
  }

  const polling = poll();
  return {
    look: () => stopWaiting.abort(),
    async stop() {
      stopping.abort();
      // A request that is cut off may have taken messages, which then stay hidden: only a dead storage is not waited for.
      const timer = setTimeout(() => givingUp.abort(), longestLastRequest);
      await polling;
      clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

async function processMessage(options: QueueListenerOptions, message: DequeuedMessageItem): Promise<void> {
  const { configuration, hosted, invoker, leaseSeconds, queue } = options;
  try {
    if (message.dequeueCount > configuration.maxDequeueCount && options.poisonQueue) {
      return await movePoison(options, message, message.popReceipt);
    }
    const text = decodeMessage(message.messageText, configuration.messageEncoding);
    const lease = renewLease(queue, message, leaseSeconds);
    const result: InvocationResult =
      text === undefined
        ? { status: "failed", error: { message: "The message is not base64." } }
        : await invokeWithQueueText(invoker, hosted, text, messageProperties(message));
    const popReceipt = await lease.end();
    await complete(options, message, popReceipt, result);
  } catch (error) {
    // Another instance has the message by now, or the queue is gone: it comes again, or nobody misses it.
    report(options, "error", `A message could not be completed: ${error}`);
  }
}

async function complete(
  options: QueueListenerOptions,
  message: DequeuedMessageItem,
  popReceipt: string,
  result: InvocationResult,
): Promise<void> {
  const { alarm, configuration, leaseSeconds, poisonQueue, queue } = options;
  if (result.status === "abandoned") return alarm.set(queue, message.messageId, popReceipt, leaseSeconds);
  if (result.status === "succeeded") {
    await queue.deleteMessage(message.messageId, popReceipt);
  } else if (poisonQueue && message.dequeueCount >= configuration.maxDequeueCount) {
    await movePoison(options, message, popReceipt);
  } else {
    const seconds = Math.round(configuration.visibilityTimeout / 1000);
    const hidden = await queue.updateMessage(message.messageId, popReceipt, undefined, seconds);
    alarm.set(queue, message.messageId, hidden.popReceipt ?? popReceipt, seconds);
  }
}

async function movePoison(
  options: QueueListenerOptions,
  message: DequeuedMessageItem,
  popReceipt: string,
): Promise<void> {
  const { configuration, poisonQueue, queue, statistics } = options;
  if (!poisonQueue) return;
  const reason = `Message has reached MaxDequeueCount of ${configuration.maxDequeueCount}.`;
  report(options, "warning", `${reason} Moving message to queue '${poisonQueue.name}'.`);
  await poisonQueue.createIfNotExists();
  await poisonQueue.sendMessage(message.messageText);
  await queue.deleteMessage(message.messageId, popReceipt);
  statistics.poisoned += 1;
}

/** Keeps a message hidden while its function runs: the lease is renewed when half of it has passed. */
function renewLease(queue: QueueClient, message: DequeuedMessageItem, leaseSeconds: number) {
  let popReceipt = message.popReceipt;
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = queue.updateMessage(message.messageId, popReceipt, undefined, leaseSeconds).then(
      (renewed) => {
        popReceipt = renewed.popReceipt ?? popReceipt;
      },
      // A lost lease shows when the message is completed.
      () => undefined,
    );
  }, leaseSeconds * 500);
  return {
    async end(): Promise<string> {
      clearInterval(timer);
      await renewing;
      return popReceipt;
    },
  };
}

/** Doubling, and a fifth of chance either way (RandomizedExponentialBackoffStrategy). */
function nextInterval(interval: number, longest: number): number {
  return Math.min(interval * 2 * (0.8 + Math.random() * 0.4), longest);
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener("abort", finish);
  });
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function report({ hosted, log }: QueueListenerOptions, level: "warning" | "error", message: string): void {
  log({ level, source: "host", message, functionName: hosted.name });
}
