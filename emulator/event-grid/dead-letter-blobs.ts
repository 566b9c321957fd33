import { randomUUID } from "node:crypto";
import { BlobServiceClient } from "@azure/storage-blob";
import type { Clock } from "../clock.ts";

/**
 * Gives the `deadLetter` of an Event Grid that keeps undeliverable events as blobs, as Azure does: one array of events
 * in `TOPIC/SUBSCRIPTION/yyyy/m/d/h/GUID.json` (subscription name upper-case, numbers not padded, UTC). It rejects while
 * the container is missing or the storage does not answer.
 */
export function deadLetterToBlobs(
  connectionString: string,
  clock: Clock,
): (container: string, event: unknown, subscription: string) => Promise<void> {
  const service = BlobServiceClient.fromConnectionString(connectionString);
  return async (container, event, subscription) => {
    const content = JSON.stringify([event]);
    const time = new Date(clock.now());
    const hour = [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate(), time.getUTCHours()].join("/");
    const name = `${topicName(event)}/${subscription.toUpperCase()}/${hour}/${randomUUID()}.json`;
    const blob = service.getContainerClient(container).getBlockBlobClient(name);
    await blob.upload(content, Buffer.byteLength(content), {
      blobHTTPHeaders: { blobContentType: "application/json" },
    });
  };
}

/** The last part of the topic's id: Azure names the topic resource, and a subscription's events have only its id. */
function topicName(event: unknown): string {
  if (typeof event !== "object" || event === null) return "unknown";
  const topic = "topic" in event ? event.topic : "source" in event ? event.source : undefined;
  return typeof topic === "string" ? (topic.split("/").at(-1) ?? "unknown") : "unknown";
}
