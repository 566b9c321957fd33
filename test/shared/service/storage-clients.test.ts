import type { TokenCredential } from "@azure/core-auth";
import { describe, expect, test } from "vitest";
import { storageClients } from "../../../shared/service/storage-clients.ts";

const credential: TokenCredential = { getToken: async () => null };
const account = { AzureWebJobsStorage__accountName: "guard" };

function addresses(environment: NodeJS.ProcessEnv): string[] {
  const clients = storageClients(environment, () => credential);
  return [clients.container("journal").url, clients.queue("changes").url, clients.table("resources").url];
}

describe("clients of the storage account", () => {
  test.each([
    [undefined, "core.windows.net"],
    ["public", "core.windows.net"],
    ["usgovernment", "core.usgovcloudapi.net"],
    ["china", "core.chinacloudapi.cn"],
  ])("reach it where it is in the cloud %s", (cloud, suffix) => {
    expect(addresses({ ...account, ...(cloud === undefined ? {} : { CLOUD: cloud }) })).toEqual([
      `https://guard.blob.${suffix}/journal`,
      `https://guard.queue.${suffix}/changes`,
      `https://guard.table.${suffix}`,
    ]);
  });

  test("reach it where its addresses are given", () => {
    const uris = {
      AzureWebJobsStorage__blobServiceUri: "https://blobs.example",
      AzureWebJobsStorage__queueServiceUri: "https://queues.example",
      AzureWebJobsStorage__tableServiceUri: "https://tables.example",
    };

    expect(addresses({ CLOUD: "custom", ...uris })).toEqual([
      "https://blobs.example/journal",
      "https://queues.example/changes",
      "https://tables.example",
    ]);
  });

  test.each([
    [{}, /Neither AzureWebJobsStorage nor/],
    [{ ...account, CLOUD: "custom" }, /set AzureWebJobsStorage__blobServiceUri/],
  ])("say what is missing in %j", (environment, said) => {
    expect(() => addresses(environment)).toThrow(said);
  });
});
