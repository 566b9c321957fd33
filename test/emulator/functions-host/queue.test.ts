import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { skippableClock } from "../../../emulator/skippable-clock.ts";
import { type StorageAccount, startStorageAccount } from "./azurite.ts";
import { closeTestHosts, eventually, startTestHost } from "./world.ts";

let storage: StorageAccount;
let queues: QueueServiceClient;
let queueNumber = 0;

beforeAll(async () => {
  storage = await startStorageAccount();
  queues = QueueServiceClient.fromConnectionString(storage.connectionString);
});
afterEach(closeTestHosts);
afterAll(() => storage.close());

/** A queue of its own for each test. */
async function createQueue(): Promise<string> {
  queueNumber += 1;
  const name = `work-${queueNumber}`;
  await queues.createQueue(name);
  return name;
}

async function sendText(queueName: string, text: string): Promise<void> {
  await queues.getQueueClient(queueName).sendMessage(Buffer.from(text).toString("base64"));
}

function hostFor(queueName: string, handler: string, options: Parameters<typeof startTestHost>[1] = {}) {
  const source = `app.storageQueue("work", { queueName: "%QUEUE%", connection: "AzureWebJobsStorage", handler: ${handler} });`;
  return startTestHost(source, {
    storageConnectionString: storage.connectionString,
    settings: { QUEUE: queueName },
    ...options,
  });
}

function hostJson(queueSettings: object): object {
  return { extensions: { queues: { maxPollingInterval: "00:00:00.100", ...queueSettings } } };
}

/** What the handler logged with `context.log`, line by line. */
function appLines(host: Awaited<ReturnType<typeof hostFor>>): string[] {
  return host.logged.filter(({ source }) => source === "app").map(({ message }) => message);
}

async function visibleMessages(queueName: string): Promise<number> {
  const peeked = await queues.getQueueClient(queueName).peekMessages({ numberOfMessages: 32 });
  return peeked.peekedMessageItems.length;
}

async function messageCount(queueName: string): Promise<number> {
  return (await queues.getQueueClient(queueName).getProperties()).approximateMessagesCount ?? 0;
}

test("a message that succeeds is deleted, and its text is tried as JSON", async () => {
  const queueName = await createQueue();
  for (const text of ["123", '{"a":[1]}', "plain"]) await sendText(queueName, text);

  const host = await hostFor(queueName, `(item, context) => context.log(typeof item, JSON.stringify(item))`);

  await eventually(() => {
    expect(appLines(host).sort()).toEqual(["number 123", 'object {"a":[1]}', 'string "plain"']);
  });
  await eventually(async () => expect(await messageCount(queueName)).toBe(0));
});

test("metadata loses its first capitals, and properties of the message overwrite it whatever their case", async () => {
  const queueName = await createQueue();
  const message = JSON.stringify({ dequeuecount: 99, ID: "forged", Own: { Name: true }, Flag: true, list: [1] });
  await sendText(queueName, message);

  const host = await hostFor(queueName, `(item, context) => context.log(JSON.stringify(context.triggerMetadata))`);

  const [line = "{}"] = await vi.waitUntil(() => (appLines(host).length > 0 ? appLines(host) : undefined));
  const metadata: unknown = JSON.parse(line);
  expect(metadata).toMatchObject({ dequeueCount: 99, id: "forged", own: { name: true }, flag: "True" });
  expect(metadata).toMatchObject({ insertionTime: expect.stringMatching(/\+00:00$/), sys: { methodName: "work" } });
  expect(metadata).not.toHaveProperty("list");
});

test("a message that keeps failing is copied to the poison queue after maxDequeueCount and deleted", async () => {
  const queueName = await createQueue();
  await sendText(queueName, "bad");

  const host = await hostFor(queueName, `() => { throw new Error("no"); }`, {
    hostJson: hostJson({ maxDequeueCount: 2 }),
  });

  await eventually(() => expect(host.statistics).toMatchObject({ invocations: 2, failures: 2, poisoned: 1 }));
  expect(await messageCount(queueName)).toBe(0);
  const poison = await queues.getQueueClient(`${queueName}-poison`).receiveMessages();
  expect(poison.receivedMessageItems.map(({ messageText }) => messageText)).toEqual([
    Buffer.from("bad").toString("base64"),
  ]);
});

test("a message that fails is hidden for visibilityTimeout", async () => {
  const queueName = await createQueue();
  await sendText(queueName, "later");

  const host = await hostFor(queueName, `() => { throw new Error("no"); }`, {
    hostJson: hostJson({ visibilityTimeout: "00:05:00" }),
  });

  await eventually(() => expect(host.statistics).toMatchObject({ failures: 1, inFlight: 0 }));
  await host.close();
  expect(await visibleMessages(queueName)).toBe(0);
  expect(await messageCount(queueName)).toBe(1);
});

test("a message that is not base64 is never shown to the function and ends in the poison queue", async () => {
  const queueName = await createQueue();
  await queues.getQueueClient(queueName).sendMessage("{not base64}");

  const host = await hostFor(queueName, `() => undefined`, { hostJson: hostJson({ maxDequeueCount: 1 }) });

  await eventually(() => expect(host.statistics.poisoned).toBe(1));
  expect(host.statistics.invocations).toBe(0);
});

test("no more than batchSize and newBatchThreshold messages are worked on at a time", async () => {
  const queueName = await createQueue();
  for (const text of ["1", "2", "3", "4", "5", "6"]) await sendText(queueName, text);

  const host = await hostFor(
    queueName,
    `async (item, context) => {
      globalThis.now = (globalThis.now ?? 0) + 1;
      context.log(globalThis.now);
      await new Promise((resolve) => setTimeout(resolve, 50));
      globalThis.now -= 1;
    }`,
    { hostJson: hostJson({ batchSize: 2, newBatchThreshold: 1 }) },
  );

  await eventually(() => expect(host.statistics).toMatchObject({ invocations: 6, inFlight: 0 }));
  expect(Math.max(...appLines(host).map(Number))).toBeLessThanOrEqual(3);
});

test("a long run keeps its message hidden by renewing the lease", async () => {
  const queueName = await createQueue();
  await sendText(queueName, "long");

  const host = await hostFor(queueName, `() => new Promise((resolve) => setTimeout(resolve, 2200))`, {
    queueMessageLeaseSeconds: 1,
  });

  await eventually(() => expect(host.statistics).toMatchObject({ invocations: 1, inFlight: 0 }));
  await eventually(async () => expect(await messageCount(queueName)).toBe(0));
  expect(host.statistics.invocations).toBe(1);
});

test("the message of a killed worker comes back when its lease ends, counted as taken again", async () => {
  const queueName = await createQueue();
  await sendText(queueName, "survivor");
  const host = await hostFor(
    queueName,
    `async (item, context) => {
      const { dequeueCount } = context.triggerMetadata;
      context.log("taken", dequeueCount);
      if (dequeueCount === 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
    }`,
    { queueMessageLeaseSeconds: 1 },
  );
  await eventually(() => expect(appLines(host)).toEqual(["taken 1"]));
  const killed = host.worker.processId;

  host.killWorker();

  await eventually(() => expect(appLines(host)).toEqual(["taken 1", "taken 2"]));
  expect(host.worker.restarts).toBe(1);
  expect(host.worker.processId).not.toBe(killed);
});

test("a queue that does not exist is not created, and is served as soon as it does", async () => {
  const queueName = "comes-later";
  const host = await hostFor(queueName, `(item, context) => context.log(item)`);
  const names: string[] = [];
  for await (const queue of queues.listQueues()) names.push(queue.name);
  expect(names).not.toContain(queueName);

  await queues.createQueue(queueName);
  await sendText(queueName, "hello");

  await eventually(() => expect(appLines(host)).toEqual(["hello"]));
});

test("queue outputs are sent, one message for each member of an array, before the invocation counts", async () => {
  const host = await startTestHost(
    `const out = output.storageQueue({ queueName: "made-by-output", connection: "AzureWebJobsStorage" });
     app.http("send", { extraOutputs: [out], handler: (request, context) => { context.extraOutputs.set(out, ["a", { b: 1 }]); } });`,
    { storageConnectionString: storage.connectionString },
  );

  expect((await fetch(`${host.url}/api/send`)).status).toBe(204);

  const { receivedMessageItems } = await queues
    .getQueueClient("made-by-output")
    .receiveMessages({ numberOfMessages: 5 });
  const texts = receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, "base64").toString());
  expect(texts.sort()).toEqual(["a", '{"b":1}']);
});

test("on a clock that is moved ahead, what failed or was left by a dead instance comes back in its time", async () => {
  const queueName = await createQueue();
  const clock = skippableClock();
  await sendText(queueName, "later");
  const host = await hostFor(
    queueName,
    `(item, context) => {
      context.log(String(context.triggerMetadata.dequeueCount));
      if (context.triggerMetadata.dequeueCount === 1) throw new Error("no");
      return context.triggerMetadata.dequeueCount === 2 ? new Promise(() => undefined) : undefined;
    }`,
    { hostJson: hostJson({ visibilityTimeout: "00:05:00" }), queueMessageLeaseSeconds: 600, clock },
  );
  await eventually(() => expect(host.statistics).toMatchObject({ failures: 1, inFlight: 0 }));
  await eventually(() => expect(clock.nextDue).toBeGreaterThan(clock.now() + 240_000));

  clock.skip(300_000);
  await eventually(() => expect(appLines(host)).toEqual(["1", "2"]));
  host.killWorker();
  await eventually(() => expect(clock.nextDue).toBeLessThan(clock.now() + 600_000));
  clock.skip(600_000);

  await eventually(() => expect(appLines(host)).toEqual(["1", "2", "3"]));
  await eventually(async () => expect(await messageCount(queueName)).toBe(0));
});
