import type { InvocationLogger } from "../log.ts";

/** What the Functions host says of a queue message beside its text. */
export interface QueueInvocation extends InvocationLogger {
  triggerMetadata?: { [name: string]: unknown };
}

/** `maxDequeueCount` of host.json: a message that failed so often goes to the poison queue. */
export const mostTries = 5;

/** Whether a message that fails now goes to the poison queue. */
export function isLastTry({ triggerMetadata }: QueueInvocation): boolean {
  return Number(triggerMetadata?.dequeueCount) >= mostTries;
}
