import type { TokenCredential } from "@azure/core-auth";
import { TableClient } from "@azure/data-tables";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import { cloudNamedIn } from "../policy/clouds.ts";

/** Clients of the service's own storage account. */
export interface StorageClients {
  /** For appends: it repeats nothing. */
  container(name: string): ContainerClient;
  containerForReading(name: string): ContainerClient;
  queue(name: string): QueueClient;
  table(name: string): TableClient;
}

/** The journal repeats an append itself: it knows when that is safe. An event must be answered within seconds, so tries are short. */
export const noRetries = { retryOptions: { maxTries: 1, tryTimeoutInMs: 10_000 } };
/** A message that is sent twice costs a look. */
export const quickRetries = {
  retryOptions: { maxTries: 3, tryTimeoutInMs: 5000, retryDelayInMs: 200, maxRetryDelayInMs: 1000 },
};
/** One more try gets over a connection that the service had closed; the stores tell their own row from another's. */
const oneTableRetry = { retryOptions: { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 500 } };

/**
 * Clients from the Functions host's own setting `AzureWebJobsStorage`: a connection string, or, with an identity,
 * `AzureWebJobsStorage__accountName` or `__blobServiceUri`, `__queueServiceUri` and `__tableServiceUri`
 * (docs: "Connecting to host storage with an identity").
 */
export function storageClients(environment: NodeJS.ProcessEnv, credential: () => TokenCredential): StorageClients {
  const connection = environment.AzureWebJobsStorage;
  if (connection) {
    const allowInsecureConnection = connection.includes("http://");
    return {
      container: (name) => BlobServiceClient.fromConnectionString(connection, noRetries).getContainerClient(name),
      containerForReading: (name) =>
        BlobServiceClient.fromConnectionString(connection, quickRetries).getContainerClient(name),
      queue: (name) => QueueServiceClient.fromConnectionString(connection, quickRetries).getQueueClient(name),
      table: (name) =>
        TableClient.fromConnectionString(connection, name, { ...oneTableRetry, allowInsecureConnection }),
    };
  }
  return {
    container: (name) =>
      new BlobServiceClient(serviceUri(environment, "blob"), credential(), noRetries).getContainerClient(name),
    containerForReading: (name) =>
      new BlobServiceClient(serviceUri(environment, "blob"), credential(), quickRetries).getContainerClient(name),
    queue: (name) =>
      new QueueServiceClient(serviceUri(environment, "queue"), credential(), quickRetries).getQueueClient(name),
    table: (name) => new TableClient(serviceUri(environment, "table"), name, credential(), oneTableRetry),
  };
}

function serviceUri(environment: NodeJS.ProcessEnv, service: "blob" | "queue" | "table"): string {
  const uri = environment[`AzureWebJobsStorage__${service}ServiceUri`];
  if (uri) return uri;
  const account = environment.AzureWebJobsStorage__accountName;
  if (!account) throw new TypeError("Neither AzureWebJobsStorage nor AzureWebJobsStorage__accountName is set.");
  const suffix = cloudNamedIn(environment)?.storageSuffix;
  if (!suffix) throw new TypeError(`With CLOUD=custom, set AzureWebJobsStorage__${service}ServiceUri.`);
  return `https://${account}.${service}.${suffix}`;
}
