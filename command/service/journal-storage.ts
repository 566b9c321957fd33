import { type AppendBlobs, appendBlobs } from "../../shared/journal/append-blobs.ts";
import { serviceCredential } from "../../shared/service/identity.ts";
import { storageClients } from "../../shared/service/storage-clients.ts";
import { UsageError } from "../frame/output.ts";

/** Whether the environment names the storage account of the service. */
export function isStorageNamed(environment: NodeJS.ProcessEnv): boolean {
  const { AzureWebJobsStorage, AzureWebJobsStorage__accountName, AzureWebJobsStorage__blobServiceUri } = environment;
  return Boolean(AzureWebJobsStorage || AzureWebJobsStorage__accountName || AzureWebJobsStorage__blobServiceUri);
}

/** The journal's blobs in the storage account that the environment names, to read. Throws a UsageError where it names none. */
export function journalStorage(environment: NodeJS.ProcessEnv): AppendBlobs {
  if (!isStorageNamed(environment)) {
    throw new UsageError(
      "Set AzureWebJobsStorage or AzureWebJobsStorage__accountName: the journal is in that account. With --endpoint URL the service is asked instead.",
    );
  }
  const clients = storageClients(environment, () =>
    serviceCredential(environment, environment.AzureWebJobsStorage__clientId),
  );
  return appendBlobs(clients.containerForReading("journal"));
}
