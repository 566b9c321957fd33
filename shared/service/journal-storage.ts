import type { TokenCredential } from "@azure/core-auth";
import { BlobServiceClient } from "@azure/storage-blob";
import { type AppendBlobs, appendBlobs } from "../journal/append-blobs.ts";
import { noRetries, quickRetries, storageClients } from "./storage-clients.ts";

const containerName = "journal";

/**
 * The journal's blobs: in the storage account that `JOURNAL_STORAGE` names by the address of its blob service or by a connection string,
 * else in that of `AzureWebJobsStorage`, as {@link storageClients} finds it.
 */
export function journalStorage(environment: NodeJS.ProcessEnv, credential: () => TokenCredential): AppendBlobs {
  const place = environment.JOURNAL_STORAGE;
  if (!place) {
    const clients = storageClients(environment, credential);
    return appendBlobs(clients.container(containerName), clients.containerForReading(containerName));
  }
  const open = (retries: typeof noRetries | typeof quickRetries) =>
    isAddress(place)
      ? new BlobServiceClient(place, credential(), retries)
      : BlobServiceClient.fromConnectionString(place, retries);
  return appendBlobs(
    open(noRetries).getContainerClient(containerName),
    open(quickRetries).getContainerClient(containerName),
  );
}

/** A connection string begins with the name of one of its parts. */
function isAddress(place: string): boolean {
  return /^https?:\/\//i.test(place);
}
