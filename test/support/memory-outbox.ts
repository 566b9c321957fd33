import type { Outbox } from "../../shared/events/queue.ts";

/** A queue in memory. */
export interface MemoryOutbox extends Outbox {
  /** Takes the messages that are visible now, in the order of their time. */
  takeDue(): string[];
  /** What waits, with the seconds until it becomes visible. */
  waiting(): { message: string; inSeconds: number }[];
}

export function memoryOutbox(now: () => Date): MemoryOutbox {
  let messages: { message: string; due: number }[] = [];
  return {
    async send(message, delaySeconds) {
      messages.push({ message, due: now().getTime() + delaySeconds * 1000 });
      messages.sort((a, b) => a.due - b.due);
    },
    peek: async (most) => ({
      count: messages.length,
      messages: messages.slice(0, most).map(({ message }) => message),
    }),
    takeDue() {
      const due = messages.filter((each) => each.due <= now().getTime());
      messages = messages.filter((each) => each.due > now().getTime());
      return due.map(({ message }) => message);
    },
    waiting: () => messages.map(({ message, due }) => ({ message, inSeconds: (due - now().getTime()) / 1000 })),
  };
}
