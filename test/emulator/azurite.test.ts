import { once } from "node:events";
import { createServer } from "node:net";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { expect, test } from "vitest";
import { startAzurite } from "../../emulator/azurite.ts";
import { manualClock } from "../../emulator/clock.ts";
import { deadLetterToBlobs } from "../../emulator/event-grid/index.ts";

test("serves blobs and queues on free ports, keeps dead-letters where Azure keeps them, and ends with its process", async () => {
  const azurite = await startAzurite();
  try {
    const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient("changes");
    await queue.create();
    await queue.sendMessage("a change");
    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("letters");
    const deadLetter = deadLetterToBlobs(azurite.connectionString, manualClock(Date.parse("2026-03-01T08:00:00Z")));
    const event = { id: "one", topic: "/subscriptions/11111111-1111-4111-8111-111111111111" };
    await expect(deadLetter("letters", event, "resource-changed")).rejects.toThrow(/container does not exist/);
    await container.create();
    await deadLetter("letters", event, "resource-changed");

    const names: string[] = [];
    for await (const blob of container.listBlobsFlat()) names.push(blob.name);
    expect(names).toEqual([
      expect.stringMatching(
        /^11111111-1111-4111-8111-111111111111\/RESOURCE-CHANGED\/2026\/3\/1\/8\/[0-9a-f-]{36}\.json$/,
      ),
    ]);
    const stored = await container.getBlobClient(names[0] ?? "").downloadToBuffer();
    expect(JSON.parse(stored.toString("utf8"))).toEqual([event]);
    expect((await queue.peekMessages()).peekedMessageItems).toMatchObject([{ messageText: "a change" }]);
  } finally {
    await azurite.close();
  }

  await azurite.close();
  expect(() => process.kill(azurite.processId, 0)).toThrow(/ESRCH/);
});

test("says what Azurite printed when it can't start", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  const blobPort = typeof address === "object" && address !== null ? address.port : 0;
  try {
    await expect(startAzurite({ blobPort })).rejects.toThrow(
      new RegExp(`Azurite ended at the start[\\s\\S]*${blobPort}`),
    );
  } finally {
    taken.close();
  }
});
