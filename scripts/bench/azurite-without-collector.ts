import { createRequire } from "node:module";

/**
 * Loaded into Azurite's process before Azurite itself: takes its queue's collector of garbage away. That runs once a minute, and its time grows
 * with the square of all messages ever sent: for the thousands of a burst it stops every answer for seconds, as no storage account does.
 */
const { default: collector }: { default: { prototype: { markSweep(): Promise<void> } } } = createRequire(
  import.meta.url,
)("azurite/dist/src/queue/gc/QueueGCManager.js");

collector.prototype.markSweep = async () => undefined;
