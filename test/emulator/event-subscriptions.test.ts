import { afterEach, beforeEach, expect, test } from "vitest";
import type { JsonObject, ResourceEvent } from "../../emulator/arm/index.ts";
import { type ManualClock, manualClock } from "../../emulator/clock.ts";
import { createEventGrid, type EventGrid } from "../../emulator/event-grid/index.ts";
import { followEventSubscriptions } from "../../emulator/event-subscriptions.ts";
import { account, group, type LocalArm, type Received, startLocalArm, subscriptionId } from "./arm/local-arm.ts";
import { startTestWebhook, type TestWebhook } from "./event-grid/webhook.ts";

const otherSubscriptionId = "00000000-0000-0000-0000-000000000001";
const site = `${group}/providers/Microsoft.Web/sites/guard`;
const functionId = `${site}/functions/resource-changed`;
const elsewhere = `${site}-elsewhere/functions/resource-changed`;
const topic = `${group}/providers/Microsoft.EventGrid/systemTopics/changes`;
const otherGroup = `/subscriptions/${otherSubscriptionId}/resourceGroups/rg1`;
const otherTopic = `${otherGroup}/providers/Microsoft.EventGrid/systemTopics/changes`;
const storage = `${group}/providers/Microsoft.Storage/storageAccounts/stguard`;
const version = "api-version=2022-06-15";

const toFunction = { destination: { endpointType: "AzureFunction", properties: { resourceId: functionId } } };
const toQueue = (queueName: string) => ({
  destination: { endpointType: "StorageQueue", properties: { resourceId: storage, queueName } },
});
const writesOfStorage = {
  filter: {
    includedEventTypes: ["Microsoft.Resources.ResourceWriteSuccess"],
    advancedFilters: [
      { operatorType: "StringBeginsWith", key: "data.operationName", values: ["Microsoft.Storage/storageAccounts/"] },
    ],
  },
};

let local: LocalArm;
let clock: ManualClock;
let eventGrid: EventGrid;
let webhook: TestWebhook;
/** Each message as `QUEUE OPERATION`. */
let queued: string[];
let deadLettered: string[];
let log: string[];
let publish: (event: ResourceEvent) => void = () => undefined;

beforeEach(async () => {
  [queued, deadLettered, log] = [[], [], []];
  clock = manualClock(Date.parse("2026-03-01T08:00:00Z"));
  webhook = await startTestWebhook();
  eventGrid = createEventGrid({
    clock,
    seed: 1,
    deadLetter: async (container) => void deadLettered.push(container),
    toQueue: async (queue, event) => void queued.push(`${queue} ${operationOf(event)}`),
  });
  local = await startLocalArm({
    clock,
    subscriptions: [subscriptionId, otherSubscriptionId].map((id) => ({ subscriptionId: id, displayName: id })),
    publish: (event) => publish(event),
  });
  const { resources } = local.arm;
  const webhookOf = (id: string) => (id === functionId ? webhook.url : undefined);
  publish = followEventSubscriptions({ clock, resources, eventGrid, webhookOf, log: (line) => log.push(line) });
  for (const id of [functionId, elsewhere, account, `${otherGroup}/providers/Microsoft.Storage/storageAccounts/other`])
    local.arm.seed(id);
});
afterEach(async () => {
  eventGrid.close();
  await webhook.close();
  await local.arm.close();
});

test("a subscription without a system topic, or with one that has no event subscription, tells nobody of a change", async () => {
  await change();
  await makeTopic();
  await change();

  expect(eventGrid.statistics).toMatchObject({ attempts: 0, pending: 0 });
});

test("a change goes to the function that an event subscription names, by its webhook and without a handshake", async () => {
  await makeTopic();
  await makeEventSubscription("guard", { ...toFunction, ...writesOfStorage });

  await change();

  expect(webhook.handshakes).toEqual([]);
  expect(webhook.notifications.map(({ headers }) => headers["aeg-subscription-name"])).toEqual(["GUARD"]);
  expect(webhook.notifications[0]?.text).toContain('"operationName":"Microsoft.Storage/storageAccounts/write"');
});

test("a change goes into the queue that an event subscription names, with or without an identity", async () => {
  await makeTopic();
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/delivery`;
  const carried = { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } };
  await put("PATCH", topic, { identity: carried });
  await makeEventSubscription("by-identity", {
    ...writesOfStorage,
    deliveryWithResourceIdentity: {
      identity: { type: "UserAssigned", userAssignedIdentity: identity },
      ...toQueue("events"),
    },
  });
  await makeEventSubscription("by-key", { ...toQueue("inventory"), ...writesOfStorage });

  await change();

  expect(queued).toEqual([
    "events Microsoft.Storage/storageAccounts/write",
    "inventory Microsoft.Storage/storageAccounts/write",
  ]);
});

test("two event subscriptions that ask for the same get it twice, and one that asks for something else does not", async () => {
  await makeTopic();
  await makeEventSubscription("one", { ...toFunction, ...writesOfStorage });
  await makeEventSubscription("two", { ...toFunction, ...writesOfStorage });
  await makeEventSubscription("deletions", {
    ...toFunction,
    filter: { includedEventTypes: ["Microsoft.Resources.ResourceDeleteSuccess"] },
  });
  await makeEventSubscription("networks", {
    ...toFunction,
    filter: { subjectBeginsWith: `${group}/providers/Microsoft.Network` },
  });

  await change();

  expect(webhook.notifications.map(({ headers }) => headers["aeg-subscription-name"])).toEqual(["ONE", "TWO"]);
});

test("a topic tells of its own subscription alone, and event subscriptions of two topics may have one name", async () => {
  await makeTopic();
  await makeTopic(otherTopic);
  await makeEventSubscription("guard", { ...toQueue("first"), ...writesOfStorage });
  await makeEventSubscription("guard", { ...toQueue("second"), ...writesOfStorage }, otherTopic);

  await change();
  await change(`${otherGroup}/providers/Microsoft.Storage/storageAccounts/other`);

  expect(queued).toEqual([
    "first Microsoft.Storage/storageAccounts/write",
    "second Microsoft.Storage/storageAccounts/write",
  ]);
});

test("a topic of other events tells of no change", async () => {
  local.arm.seed(topic, { properties: { source: account, topicType: "Microsoft.Storage.StorageAccounts" } });
  await makeEventSubscription("blobs", toQueue("blobs"));

  await change();

  expect(queued).toEqual([]);
});

test("an event subscription that is changed goes by what it says now, and a deleted one by nothing", async () => {
  await makeTopic();
  await makeEventSubscription("guard", { ...toQueue("old"), ...writesOfStorage });
  await change();

  await put("PATCH", `${topic}/eventSubscriptions/guard`, toQueue("new"));
  await change();
  await put("DELETE", `${topic}/eventSubscriptions/guard`);
  await change();

  expect(queued).toEqual([
    "old Microsoft.Storage/storageAccounts/write",
    "new Microsoft.Storage/storageAccounts/write",
  ]);
});

test("with its topic an event subscription goes, and what waited for it", async () => {
  webhook.answer = () => ({ status: 500 });
  await makeTopic();
  await makeEventSubscription("guard", { ...toFunction, ...writesOfStorage });
  await change();
  expect(eventGrid.statistics).toMatchObject({ attempts: 1, pending: 1 });

  await put("DELETE", topic);
  await change();

  expect(eventGrid.statistics).toMatchObject({ attempts: 1, pending: 0 });
});

test.for([
  { state: "Creating", delivered: 0 },
  { state: "Updating", delivered: 1 },
  { state: "Succeeded", delivered: 1 },
  { state: "Failed", delivered: 0 },
  { state: "Canceled", delivered: 0 },
  { state: "Deleting", delivered: 0 },
  { state: "AwaitingManualAction", delivered: 0 },
])("an event subscription that is $state delivers $delivered of one event", async ({ state, delivered }) => {
  await makeTopic();
  await makeEventSubscription("guard", { ...toQueue("events"), ...writesOfStorage });
  setState(`${topic}/eventSubscriptions/guard`, state);

  await change();

  expect(queued).toHaveLength(delivered);
});

test("a topic that failed delivers nothing", async () => {
  await makeTopic();
  await makeEventSubscription("guard", { ...toQueue("events"), ...writesOfStorage });
  setState(topic, "Failed");

  await change();

  expect(queued).toEqual([]);
});

test("an event subscription delivers until it expires", async () => {
  await makeTopic();
  const expirationTimeUtc = new Date(clock.now() + 60_000).toISOString();
  await makeEventSubscription("for-a-minute", { ...toQueue("events"), ...writesOfStorage, expirationTimeUtc });

  await change();
  await clock.advance(60_000);
  await change();

  expect(queued).toEqual(["events Microsoft.Storage/storageAccounts/write"]);
});

test("what can't be delivered is tried as often as the retry policy says, and then a dead letter", async () => {
  webhook.answer = () => ({ status: 500 });
  await makeTopic();
  await makeEventSubscription("guard", {
    ...toFunction,
    ...writesOfStorage,
    retryPolicy: { maxDeliveryAttempts: 2, eventTimeToLiveInMinutes: 60 },
    deadLetterDestination: {
      endpointType: "StorageBlob",
      properties: { resourceId: storage, blobContainerName: "dead-letters" },
    },
  });

  await change();
  for (const milliseconds of [10_000, 300_000]) {
    await clock.advance(milliseconds);
    await eventGrid.idle();
  }

  expect(eventGrid.statistics).toMatchObject({ attempts: 2, deadLettered: 1, pending: 0 });
  expect(deadLettered).toEqual(["dead-letters"]);
});

test("a subject is compared with case where the event subscription asks for it", async () => {
  await makeTopic();
  const subjectBeginsWith = account.toUpperCase();
  await makeEventSubscription("without", { ...toQueue("without"), filter: { subjectBeginsWith } });
  await makeEventSubscription("with", {
    ...toQueue("with"),
    filter: { subjectBeginsWith, isSubjectCaseSensitive: true },
  });

  await change();

  expect(queued).toEqual(["without Microsoft.Storage/storageAccounts/write"]);
});

test("what leads to where nothing is here, or asks for what Event Grid here does not know, delivers nothing and is told of once", async () => {
  await makeTopic();
  await makeEventSubscription("elsewhere", {
    destination: { endpointType: "AzureFunction", properties: { resourceId: elsewhere } },
  });
  await makeEventSubscription("hub", {
    destination: { endpointType: "EventHub", properties: { resourceId: `${group}/providers/Microsoft.EventHub/a` } },
  });
  await makeEventSubscription("unlike", {
    ...toQueue("unlike"),
    filter: { advancedFilters: [{ operatorType: "StringUnlike", key: "subject", values: ["1"] }] },
  });

  await change();
  await change();

  expect(queued).toEqual([]);
  expect(log.map((line) => /eventsubscriptions\/([a-z]+): /.exec(line)?.[1]).sort()).toEqual([
    "elsewhere",
    "hub",
    "unlike",
  ]);
});

async function makeTopic(id = topic): Promise<void> {
  const properties = { source: id.split("/").slice(0, 3).join("/"), topicType: "Microsoft.Resources.Subscriptions" };
  local.arm.seed(id.split("/providers/")[0] ?? "");
  expect(await put("PUT", id, { location: "global", properties })).toMatchObject({ status: 200 });
}

async function makeEventSubscription(name: string, properties: JsonObject, on = topic): Promise<void> {
  expect(await put("PUT", `${on}/eventSubscriptions/${name}`, { properties })).toMatchObject({ status: 201 });
}

/** Somebody writes a storage account; resolves when whoever is told now has answered. */
async function change(id = account): Promise<void> {
  const body = { tags: { changed: "yes" } };
  expect(await local.send("PATCH", `${id}?api-version=2025-06-01`, { body })).toMatchObject({ status: 200 });
  await eventGrid.idle();
}

async function put(method: string, id: string, body?: JsonObject): Promise<Received> {
  const received = await local.send(method, `${id}?${version}`, body && { body });
  await eventGrid.idle();
  return received;
}

function setState(id: string, provisioningState: string): void {
  const resource = local.arm.resources.get(id);
  if (!resource) throw new Error(`There is no ${id}`);
  const { properties } = resource.body;
  if (typeof properties !== "object" || properties === null || Array.isArray(properties)) throw new Error(id);
  local.arm.resources.put({
    ...resource,
    body: { ...resource.body, properties: { ...properties, provisioningState } },
  });
}

function operationOf(event: string): string {
  const parsed: { data: { operationName: string } } = JSON.parse(event);
  return parsed.data.operationName;
}
