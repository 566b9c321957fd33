import { QueueServiceClient } from "@azure/storage-queue";

/**
 * Gives the `toQueue` of an Event Grid that writes events into storage queues, as Azure does: one event a message, its JSON in base64. It
 * rejects while the queue is missing or the storage does not answer.
 */
export function eventsToQueues(connectionString: string): (queue: string, event: string) => Promise<void> {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  return async (queue, event) => {
    await service.getQueueClient(queue).sendMessage(Buffer.from(event, "utf8").toString("base64"));
  };
}
