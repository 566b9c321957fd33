import type { AppendBlobs } from "../../shared/journal/append-blobs.ts";
import { serviceCredential } from "../../shared/service/identity.ts";
import { journalStorage } from "../../shared/service/journal-storage.ts";
import type { Surroundings } from "../frame/command.ts";
import { isServiceNamed, type ServiceOptions } from "./find-service.ts";
import { localEnvironment } from "./local-environment.ts";

/** Where the journal can be read: in its storage account, or by asking the service. */
export type JournalSource = { kind: "storage"; blobs: AppendBlobs } | { kind: "service" } | { kind: "nowhere" };

/** What to say where nothing names the journal. */
export const journalNowhere =
  "Set JOURNAL_STORAGE, AzureWebJobsStorage or AzureWebJobsStorage__accountName, or name the service by --endpoint or FUNCTIONS_URL: no local Azure runs in this folder.";

/**
 * Finds the journal: at the service where `--endpoint` names one; else in the storage account that the environment names, or the local
 * Azure of the working folder has; else at the service that the environment names.
 */
export async function findJournal(
  options: ServiceOptions,
  surroundings: Pick<Surroundings, "environment" | "directory">,
): Promise<JournalSource> {
  if (options.endpoint !== undefined) return { kind: "service" };
  const { environment, directory } = surroundings;
  // The local Azure of the folder has nothing to do with a service that the environment names.
  const local = environment.FUNCTIONS_URL ? environment : { ...(await localEnvironment(directory)), ...environment };
  const connection = local.STORAGE_CONNECTION;
  if (isStorageNamed(environment)) return { kind: "storage", blobs: journalIn(environment) };
  if (connection) return { kind: "storage", blobs: journalIn({ ...environment, AzureWebJobsStorage: connection }) };
  return { kind: (await isServiceNamed(options, surroundings)) ? "service" : "nowhere" };
}

/** Whether the environment names the storage account of the journal. */
export function isStorageNamed(environment: NodeJS.ProcessEnv): boolean {
  return [
    "JOURNAL_STORAGE",
    "AzureWebJobsStorage",
    "AzureWebJobsStorage__accountName",
    "AzureWebJobsStorage__blobServiceUri",
  ].some((name) => Boolean(environment[name]));
}

function journalIn(environment: NodeJS.ProcessEnv): AppendBlobs {
  return journalStorage(environment, () => serviceCredential(environment, environment.AzureWebJobsStorage__clientId));
}
