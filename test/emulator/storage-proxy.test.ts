import { TableClient } from "@azure/data-tables";
import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../emulator/azurite.ts";
import { systemClock } from "../../emulator/clock.ts";
import type { Fault } from "../../emulator/faults.ts";
import { type StorageProxy, type StorageRequest, startStorageProxy } from "../../emulator/storage-proxy.ts";

let azurite: Azurite;
let proxy: StorageProxy;

beforeAll(async () => {
  azurite = await startAzurite();
  proxy = await startStorageProxy(azurite.connectionString, systemClock());
});
afterAll(async () => {
  await proxy?.close();
  await azurite?.close();
});

const once = { retryOptions: { maxTries: 1 } };
const container = (name: string, connection = proxy.connectionString) =>
  BlobServiceClient.fromConnectionString(connection, once).getContainerClient(name);
const queue = (name: string, connection = proxy.connectionString) =>
  QueueServiceClient.fromConnectionString(connection, once).getQueueClient(name);
const table = (name: string, connection = proxy.connectionString) =>
  TableClient.fromConnectionString(connection, name, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });

test("passes signed requests to all three services as they are, and records them", async () => {
  await container("ships").create();
  const blob = container("ships").getAppendBlobClient("log");
  await blob.create();
  await blob.appendBlock("sailed", 6);
  await queue("orders").create();
  await queue("orders").sendMessage("leave harbour", { visibilityTimeout: 0 });
  await table("crew").createTable();
  await table("crew").createEntity({ partitionKey: "p", rowKey: "name with / and é".replaceAll("/", "|"), rank: 1 });

  expect((await blob.downloadToBuffer()).toString()).toBe("sailed");
  const { receivedMessageItems } = await queue("orders", azurite.connectionString).receiveMessages();
  expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual(["leave harbour"]);
  expect(await table("crew").getEntity("p", "name with | and é")).toMatchObject({ rank: 1 });
  expect(proxy.requests.map(({ service, method, status }) => `${service} ${method} ${status}`)).toEqual([
    "blob PUT 201",
    "blob PUT 201",
    "blob PUT 201",
    "queue PUT 201",
    "queue POST 201",
    "table POST 201",
    "table POST 204",
    "blob HEAD 200",
    "blob GET 206",
    "table GET 200",
  ]);
});

const faults: { name: string; fault: Fault }[] = [
  { name: "an error", fault: { kind: "answer", when: "before", status: 500 } },
  { name: "an HTML page", fault: { kind: "answer", when: "before", status: 503, body: "<html>Later</html>" } },
  { name: "a closed connection", fault: { kind: "drop", when: "before" } },
  { name: "a reset connection", fault: { kind: "reset", when: "before" } },
  { name: "silence", fault: { kind: "silence", when: "before" } },
  { name: "half an answer", fault: { kind: "drop", when: "before", halfAnswer: true } },
  { name: "slowness", fault: { kind: "delay", milliseconds: 1000 } },
];

test.each(faults)(
  "$name keeps a request from taking effect, or its answer from its sender",
  async ({ name, fault }) => {
    const blob = container("ships", azurite.connectionString).getAppendBlobClient(name.replaceAll(" ", "-"));
    await blob.create();
    const append = () =>
      container("ships")
        .getAppendBlobClient(blob.name)
        .appendBlock("x", 1, { abortSignal: AbortSignal.timeout(300) });
    const after: Fault = { ...fault, when: "after" };

    proxy.failNext(isAppend(fault));
    await expect(append()).rejects.toThrow();
    if (fault.kind !== "delay") expect(await lengthOf(blob)).toBe(0);
    proxy.failNext(isAppend(after));
    await expect(append()).rejects.toThrow();

    await expect.poll(() => lengthOf(blob)).toBe(fault.kind === "delay" ? 2 : 1);
    await append();
  },
);

test("shows a request at its arrival, what the service answered, and what the client was told", async () => {
  const seen: string[] = [];
  const end = proxy.observe(({ service, method, body }) => {
    seen.push(`${service} ${method} ${body.toString().includes("leave harbour")}`);
    return {
      answered: ({ status }) => seen.push(`answered ${status}`),
      ended: ({ status, answer }) => seen.push(`told ${status} of ${answer?.status}`),
    };
  });
  proxy.failNext(() => ({ kind: "drop", when: "after" }));

  await expect(queue("orders").sendMessage("leave harbour")).rejects.toThrow();
  end();
  await queue("orders").sendMessage("drop anchor");

  expect(seen).toEqual(["queue POST true", "answered 201", "told 0 of 201"]);
});

function isAppend(fault: Fault) {
  return ({ service, url }: StorageRequest) =>
    service === "blob" && url.includes("comp=appendblock") ? fault : undefined;
}

async function lengthOf(blob: ReturnType<ReturnType<typeof container>["getAppendBlobClient"]>): Promise<number> {
  return (await blob.getProperties()).contentLength ?? 0;
}
