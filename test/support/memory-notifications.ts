import type { Notification } from "../../shared/notifications/notification.ts";
import type { OutboxStore, Topic } from "../../shared/notifications/notify.ts";
import { type OutboxDocument, outboxSchema } from "../../shared/notifications/outbox.ts";

/** An outbox in memory, which tells two writers apart. */
export interface MemoryOutboxStore extends OutboxStore {
  /** As it is stored; nothing before the first write. */
  stored(): OutboxDocument | undefined;
  /** What somebody else does between a read and the write that follows. */
  between: (() => Promise<void>) | undefined;
}

export function memoryOutboxStore(): MemoryOutboxStore {
  let text: string | undefined;
  let version = 0;
  const store: MemoryOutboxStore = {
    between: undefined,
    stored: () => (text === undefined ? undefined : outboxSchema.parse(JSON.parse(text))),
    async read() {
      const document = store.stored();
      return document && { document, version: String(version) };
    },
    async write(document, expected) {
      const { between } = store;
      store.between = undefined;
      await between?.();
      if (expected !== (text === undefined ? undefined : String(version))) return undefined;
      text = JSON.stringify(document);
      version += 1;
      return String(version);
    },
  };
  return store;
}

/** A topic in memory. */
export interface MemoryTopic extends Topic {
  taken: Notification[];
  /** `loses`: it takes them, and its answer gets lost. */
  state: "up" | "down" | "loses";
}

export function memoryTopic(): MemoryTopic {
  const topic: MemoryTopic = {
    taken: [],
    state: "up",
    async publish(notifications) {
      if (topic.state === "down") throw new Error("no answer");
      topic.taken.push(...notifications);
      if (topic.state === "loses") throw new Error("no answer");
    },
  };
  return topic;
}
