import { EventGridManagementClient } from "@azure/arm-eventgrid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

const site = `${group}/providers/Microsoft.Web/sites/guard`;
const functionId = `${site}/functions/resource-changed`;
const topic = `${group}/providers/Microsoft.EventGrid/systemTopics/changes`;
const source = `/subscriptions/${subscriptionId}`;
const version = "api-version=2022-06-15";
const properties = { source, topicType: "Microsoft.Resources.Subscriptions" };

let local: LocalArm;
let client: EventGridManagementClient;

beforeAll(async () => {
  local = await startLocalArm({
    subscriptions: [{ subscriptionId, displayName: "Cruises", managementGroup: "cruises" }],
  });
  client = new EventGridManagementClient(local.credential, subscriptionId, {
    endpoint: local.arm.endpoint,
    tlsOptions: local.tlsOptions,
    retryOptions: { maxRetries: 0 },
  });
  local.arm.seed(site);
  local.arm.seed(functionId);
  local.arm.seed(topic, { properties });
});

afterAll(() => local.arm.close());

function toFunction(resourceId: string, values = ["Microsoft.Storage/storageAccounts/write"]) {
  return {
    destination: { endpointType: "AzureFunction", properties: { resourceId } },
    filter: { advancedFilters: [{ operatorType: "StringBeginsWith", key: "data.operationName", values }] },
  };
}

test("an event subscription of a system topic is made, read, listed and deleted by the real client", async () => {
  const made = await client.systemTopicEventSubscriptions.beginCreateOrUpdateAndWait("rg1", "changes", "guard", {
    destination: { endpointType: "AzureFunction", resourceId: functionId },
  });
  const listed = [];
  for await (const each of client.systemTopicEventSubscriptions.listBySystemTopic("rg1", "changes")) listed.push(each);

  expect(made).toMatchObject({
    provisioningState: "Succeeded",
    destination: { endpointType: "AzureFunction", resourceId: functionId, maxEventsPerBatch: 1 },
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
  });
  expect(listed.map(({ name }) => name)).toEqual(["guard"]);

  await client.systemTopicEventSubscriptions.beginDeleteAndWait("rg1", "changes", "guard");
  expect(local.arm.resources.get(`${topic}/eventSubscriptions/guard`)).toBeUndefined();
});

test("a write of an event subscription answers 201 with Azure-AsyncOperation, and hides the address of a webhook", async () => {
  const body = {
    properties: { destination: { endpointType: "WebHook", properties: { endpointUrl: "https://a.example/b?code=c" } } },
  };

  const made = await local.send("PUT", `${topic}/eventSubscriptions/hook?${version}`, { body });

  expect(made).toMatchObject({
    status: 201,
    headers: { "azure-asyncoperation": expect.stringContaining("/locations/global/operationsStatus/") },
    body: {
      properties: {
        provisioningState: "Creating",
        destination: { properties: { endpointUrl: null, endpointBaseUrl: "https://a.example/b" } },
      },
    },
  });
});

test("a function that is not listed is no destination", async () => {
  const properties = toFunction(`${site}/functions/elsewhere`);

  const refused = await local.send("PUT", `${topic}/eventSubscriptions/lost?${version}`, { body: { properties } });

  expect(errorOf(refused)).toMatchObject({
    code: "Endpoint validation",
    message: expect.stringMatching(/^Destination endpoint not found\. Resource details: resourceId: \S+\/elsewhere\./),
  });
});

test("25 values of advanced filters are taken, and no more", async () => {
  const some = (count: number) => Array.from({ length: count }, (_, index) => `operation${index}`);
  const put = (count: number) =>
    local.send("PUT", `${topic}/eventSubscriptions/many?${version}`, {
      body: { properties: toFunction(functionId, some(count)) },
    });

  expect(await put(25)).toMatchObject({ status: 201 });
  expect(errorOf(await put(26))).toMatchObject({
    code: "InvalidRequest",
    message: "The maximum number of values allowed on an advanced filter is 25.",
  });
});

test("a subscription has one system topic, whose source stays", async () => {
  const second = await local.send("PUT", `${topic}2?${version}`, { body: { location: "global", properties } });
  const moved = await local.send("PUT", `${topic}?${version}`, {
    body: { location: "global", properties: { ...properties, source: group } },
  });

  expect(errorOf(second)).toEqual({
    code: "InvalidRequest",
    message: `There is an existing tracked system topic for the given source ${source}. Only one system topic is allowed per source.`,
  });
  expect(errorOf(moved)).toMatchObject({ message: "System topic source cannot be modified." });
});

test("dead letters go by an identity that the topic carries", async () => {
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/letters`;
  const deadLetterWithResourceIdentity = { identity: { type: "UserAssigned", userAssignedIdentity: identity } };
  const put = () =>
    local.send("PUT", `${topic}/eventSubscriptions/letters?${version}`, {
      body: { properties: { ...toFunction(functionId), deadLetterWithResourceIdentity } },
    });

  const before = await put();
  const carried = { type: "UserAssigned", userAssignedIdentities: { [identity]: {} } };
  await local.send("PATCH", `${topic}?${version}`, { body: { identity: carried } });

  expect(errorOf(before)).toMatchObject({ code: "InvalidRequest" });
  expect(await put()).toMatchObject({ status: 201 });
});

test("events go into a queue by an identity that the topic carries, and no destination is shown beside it", async () => {
  const letters = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/letters`;
  const put = (userAssignedIdentity: string) => {
    const resourceId = `${group}/providers/Microsoft.Storage/storageAccounts/stguard`;
    const destination = { endpointType: "StorageQueue", properties: { resourceId, queueName: "events" } };
    const identity = { type: "UserAssigned", userAssignedIdentity };
    const properties = { deliveryWithResourceIdentity: { identity, destination } };
    return local.send("PUT", `${topic}/eventSubscriptions/queued?${version}`, { body: { properties } });
  };
  await local.send("PATCH", `${topic}?${version}`, {
    body: { identity: { type: "UserAssigned", userAssignedIdentities: { [letters]: {} } } },
  });

  expect(errorOf(await put(`${letters}-of-others`))).toMatchObject({ code: "InvalidRequest" });
  expect(await put(letters)).toMatchObject({
    status: 201,
    body: { properties: { destination: null, deliveryWithResourceIdentity: { destination: expect.anything() } } },
  });
});

test("a function app and its functions can be read, and not written", async () => {
  const listed = await local.send("GET", `${site}/functions?api-version=2024-04-01`);
  const written = await local.send("PUT", `${site}?api-version=2024-04-01`, { body: { location: "westus" } });

  expect(listed.body).toMatchObject({ value: [{ id: functionId, name: "guard/resource-changed" }] });
  expect(written.status).toBe(405);
});
