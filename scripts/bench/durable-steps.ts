import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";

/** What the rules ask of one fix beside its read and its write: nothing that would only be nice to have. */
export interface DurableSteps {
  /** A message through the queue (rule 10), the lease (11), what is remembered (1), the stop switch (6), and the intent (2). */
  beforeWrite(name: string): Promise<void>;
  /** The outcome (2), what is remembered (5), the lease given back, and the message done with. */
  afterWrite(name: string): Promise<void>;
}

/** As long as the service's own rows and entries are, about. */
const text = "x".repeat(1500);
const chains = 16;

/** Makes these steps by bare clients, in a queue, tables and blobs of their own. @param connectionString of the local storage */
export async function durableSteps(connectionString: string): Promise<DurableSteps> {
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient("bare");
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient("bare");
  const table = TableClient.fromConnectionString(connectionString, "bare", { allowInsecureConnection: true });
  await Promise.all([queue.createIfNotExists(), container.createIfNotExists(), table.createTable()]);
  const blobs = Array.from({ length: chains }, (_, chain) => container.getAppendBlobClient(`${chain}.jsonl`));
  await Promise.all(blobs.map((blob) => blob.createIfNotExists()));
  await table.createEntity({ partitionKey: "switch", rowKey: "switch" });
  let appended = 0;

  async function append(): Promise<void> {
    appended += 1;
    await blobs[appended % chains]?.appendBlock(text, text.length);
  }

  return {
    async beforeWrite(name) {
      await queue.sendMessage(text.slice(0, 500));
      const { receivedMessageItems } = await queue.receiveMessages();
      for (const { messageId, popReceipt } of receivedMessageItems) await queue.deleteMessage(messageId, popReceipt);
      await table.createEntity({ partitionKey: name, rowKey: "lease" });
      await table.getEntity("switch", "switch");
      await table.createEntity({ partitionKey: name, rowKey: "state", text });
      await append();
    },
    async afterWrite(name) {
      await append();
      await table.updateEntity({ partitionKey: name, rowKey: "state", text }, "Replace");
      await table.getEntity(name, "state");
      await table.deleteEntity(name, "lease");
    },
  };
}
