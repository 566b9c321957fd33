import { randomUUID } from "node:crypto";
import { afterAll, beforeAll } from "vitest";
import { type Azurite, startAzurite } from "../../emulator/azurite.ts";
import { type StorageClients, storageClients } from "../../shared/service/storage-clients.ts";
import { openTable, type Table } from "../../shared/state/table.ts";

/** A real Azurite for the tests of one file. */
export interface TestStorage {
  connectionString(): string;
  clients(): StorageClients;
  /** A table that no other test uses. */
  freshTable(): Table;
}

/** Starts Azurite before a file's tests, and ends it after them. */
export function useAzurite(): TestStorage {
  let azurite: Azurite | undefined;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(async () => {
    await azurite?.close();
  });

  const storage: TestStorage = {
    connectionString() {
      if (!azurite) throw new Error("Azurite is not started yet.");
      return azurite.connectionString;
    },
    clients: () =>
      storageClients({ AzureWebJobsStorage: storage.connectionString() }, () => {
        throw new Error("A connection string needs no credential.");
      }),
    freshTable: () => openTable(storage.clients().table, freshName()),
  };
  return storage;
}

/** A name for a table, queue or container that nobody else uses. */
export function freshName(): string {
  return `t${randomUUID().replaceAll("-", "")}`;
}
