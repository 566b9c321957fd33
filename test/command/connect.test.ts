import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalArm, startLocalArm, subscriptionId } from "../emulator/arm/local-arm.ts";
import { type Ran, run } from "./run.ts";

const second = "00000000-0000-0000-0000-000000000002";
const group = `/subscriptions/${subscriptionId}/resourceGroups/rg-guard`;
const app = `${group}/providers/Microsoft.Web/sites/guard`;
const functionId = `${app}/functions/resource-changed`;
const foreignTopic = `/subscriptions/${second}/resourceGroups/events/providers/Microsoft.EventGrid/systemTopics/theirs`;
const ourTopic = `/subscriptions/${second}/resourceGroups/rg-guard/providers/Microsoft.EventGrid/systemTopics/evgs-guard-00000000`;

const guard = "b0000000-0000-4000-8000-000000000001";

let local: LocalArm;
let directory: string;

beforeEach(async () => {
  local = await startLocalArm({
    subscriptions: [
      { subscriptionId, displayName: "Cruises", managementGroup: "lines" },
      {
        subscriptionId: second,
        displayName: "Lagoon",
        managementGroup: "lines",
        notRegistered: ["Microsoft.EventGrid"],
      },
    ],
  });
  directory = await mkdtemp(path.join(tmpdir(), "connect-"));
  await writeFile(path.join(directory, "ca.pem"), local.tlsOptions.ca);
  local.arm.seed(app, {
    location: "westeurope",
    identity: { type: "UserAssigned", userAssignedIdentities: { "/id": { principalId: guard } } },
  });
  local.arm.seed(functionId);
});
afterEach(async () => {
  await local.arm.close();
  await rm(directory, { recursive: true });
});

function command(...line: string[]): Promise<Ran> {
  return run(line, {
    ARM_ENDPOINT: local.arm.endpoint,
    ACCESS_TOKEN: "ops",
    CA_CERT: path.join(directory, "ca.pem"),
    GUARD_APP_ID: app,
  });
}

/** Everything that Event Grid and resource groups hold. */
function stored() {
  return [
    "Microsoft.Resources/subscriptions/resourceGroups",
    "Microsoft.EventGrid/systemTopics",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
  ].flatMap((type) => local.arm.resources.ofType(type));
}

function seedForeignTopic() {
  const properties = { source: `/subscriptions/${second}`, topicType: "Microsoft.Resources.Subscriptions" };
  local.arm.seed(foreignTopic, { properties, tags: { owner: "platform" } });
  local.arm.seed(`${foreignTopic}/eventSubscriptions/audit`, {
    properties: { destination: { endpointType: "WebHook", properties: { endpointUrl: "https://audit.example/" } } },
  });
}

test("connects every subscription of a management group, and changes nothing the second time", async () => {
  const first = await command("connect", "--management-group", "lines");
  const before = stored();
  const again = await command("connect", "--management-group", "lines");

  expect(first).toMatchObject({ code: 0, error: [] });
  expect(first.out).toEqual([
    subscriptionId,
    "  unchanged         provider            Microsoft.EventGrid",
    "  made              system topic        evgs-guard-00000000",
    "  made              event subscription  guard-guard-0",
    second,
    "  made              provider            Microsoft.EventGrid: registered",
    "  made              resource group      rg-guard",
    "  made              system topic        evgs-guard-00000000",
    "  made              event subscription  guard-guard-0",
    "Done.",
  ]);
  expect(local.arm.resources.get(`${ourTopic}/eventSubscriptions/guard-guard-0`)?.body).toMatchObject({
    properties: {
      provisioningState: "Succeeded",
      destination: { endpointType: "AzureFunction", properties: { resourceId: functionId } },
      filter: {
        includedEventTypes: expect.arrayContaining(["Microsoft.Resources.ResourceWriteSuccess"]),
        advancedFilters: [
          {
            operatorType: "StringBeginsWith",
            key: "data.operationName",
            values: expect.arrayContaining(["Microsoft.Storage/storageAccounts/write"]),
          },
        ],
      },
      retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    },
  });
  expect(again.code).toBe(0);
  expect(again.out.at(-1)).toBe("Nothing to change.");
  expect(stored()).toEqual(before);
});

test("connects nothing to a private app, which Event Grid would never reach", async () => {
  local.arm.seed(app, { location: "westeurope", properties: { publicNetworkAccess: "Disabled" } });
  const before = stored();

  const { code, error } = await command("connect", "--management-group", "lines");

  expect(code).toBe(3);
  expect(error.join()).toContain("Event Grid can't call its function");
  expect(stored()).toEqual(before);
});

test("says in a dry run what it would do, and writes nothing", async () => {
  const before = stored();

  const { code, out } = await command("connect", "--subscription", second, "--dry-run");

  expect(code).toBe(0);
  expect(out.slice(1)).toEqual([
    "  would be made     provider            Microsoft.EventGrid: registered",
    "  would be made     resource group      rg-guard",
    "  would be made     system topic        evgs-guard-00000000",
    "  would be made     event subscription  guard-guard-0",
    "Nothing was written: a dry run.",
  ]);
  expect(stored()).toEqual(before);
});

test("uses somebody else's topic without altering it, and leaves it and its other event subscriptions", async () => {
  seedForeignTopic();
  const [topic, other] = [foreignTopic, `${foreignTopic}/eventSubscriptions/audit`].map((id) =>
    local.arm.resources.get(id),
  );

  const connected = await command("connect", "--subscription", second);
  const own = local.arm.resources.get(`${foreignTopic}/eventSubscriptions/guard-guard-0`);
  const topicThen = local.arm.resources.get(foreignTopic);
  const disconnected = await command("disconnect", "--subscription", second);

  expect(connected.out).toContain(
    "  unchanged         system topic        theirs: somebody else's: used, and not altered",
  );
  expect(own).toBeDefined();
  expect(topicThen).toEqual(topic);
  expect(disconnected).toMatchObject({ code: 0 });
  expect(disconnected.out).toContain("  stays             system topic        theirs: connect did not make it");
  expect(local.arm.resources.get(`${foreignTopic}/eventSubscriptions/guard-guard-0`)).toBeUndefined();
  expect(local.arm.resources.get(`${foreignTopic}/eventSubscriptions/audit`)).toEqual(other);
});

test("disconnect leaves nothing of what connect made, and a second one finds nothing", async () => {
  const before = stored();
  await command("connect", "--management-group", "lines");

  const { code, out } = await command("disconnect", "--management-group", "lines");
  const again = await command("disconnect", "--management-group", "lines");

  expect(code).toBe(0);
  expect(out.slice(out.indexOf(second))).toEqual([
    second,
    "  removed           event subscription  guard-guard-0",
    "  removed           system topic        evgs-guard-00000000",
    "  removed           resource group      rg-guard",
    "Done.",
  ]);
  expect(stored()).toEqual(before);
  expect(again.out.at(-1)).toBe("Nothing to change.");
});

test("disconnect keeps a topic that others use, and names them", async () => {
  await command("connect", "--subscription", second);
  local.arm.seed(`${ourTopic}/eventSubscriptions/billing`, {
    properties: { destination: { endpointType: "WebHook", properties: { endpointUrl: "https://billing.example/" } } },
  });

  const { code, out } = await command("disconnect", "--subscription", second);

  expect(code).toBe(1);
  expect(out.join("\n")).toContain("it stays: others' event subscriptions use it: billing");
  expect(local.arm.resources.get(ourTopic)).toBeDefined();
  expect(local.arm.resources.get(`${ourTopic}/eventSubscriptions/billing`)).toBeDefined();
});

test("disconnect keeps a resource group that something else was put into", async () => {
  await command("connect", "--subscription", second);
  const account = `/subscriptions/${second}/resourceGroups/rg-guard/providers/Microsoft.Storage/storageAccounts/lagoon`;
  local.arm.seed(account);

  const { code, out } = await command("disconnect", "--subscription", second);

  expect(code).toBe(0);
  expect(out).toContain(`  stays             resource group      rg-guard: others are in it: ${account}`);
  expect(local.arm.resources.get(account)).toBeDefined();
});

test("connect puts an event subscription right that no longer asks for what the baselines need", async () => {
  await command("connect", "--subscription", second);
  const id = `${ourTopic}/eventSubscriptions/guard-guard-0`;
  const made = local.arm.resources.get(id);
  local.arm.seed(id, {
    properties: { destination: { endpointType: "AzureFunction", properties: { resourceId: functionId } } },
  });

  const { out } = await command("connect", "--subscription", second);

  expect(out).toContain("  changed           event subscription  guard-guard-0");
  expect(local.arm.resources.get(id)).toEqual(made);
});

test("tells Azure's refusal of a function that it does not list, with exit code 1", async () => {
  local.arm.resources.delete(functionId);

  const { code, out } = await command("connect", "--subscription", second, "--output", "json");

  expect(code).toBe(1);
  expect(JSON.parse(out.join("\n"))).toMatchObject({
    subscriptions: [
      {
        subscriptionId: second,
        steps: expect.arrayContaining([
          expect.objectContaining({ did: "failed", why: expect.stringContaining("Destination endpoint not found") }),
        ]),
      },
    ],
  });
});

test("keeps dead letters by an identity that the topic carries", async () => {
  const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/letters`;
  const storage = `${group}/providers/Microsoft.Storage/storageAccounts/stguard`;
  const letters = ["--storage", storage, "--delivery-identity", identity];

  const { code } = await command("connect", "--subscription", second, ...letters);
  const again = await command("connect", "--subscription", second, ...letters);

  expect(code).toBe(0);
  expect(local.arm.resources.get(`${ourTopic}/eventSubscriptions/guard-guard-0`)?.body).toMatchObject({
    properties: {
      deadLetterWithResourceIdentity: {
        identity: { userAssignedIdentity: identity },
        deadLetterDestination: { properties: { resourceId: storage, blobContainerName: "dead-letters" } },
      },
    },
  });
  expect(again.out.at(-1)).toBe("Nothing to change.");
});

const letters = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/letters`;
const storage = `${group}/providers/Microsoft.Storage/storageAccounts/stguard`;
const byQueue = ["--delivery", "queue", "--storage", storage, "--delivery-identity", letters];

test("connects by the queue, which the topic's identity writes into, and changes nothing the second time", async () => {
  const first = await command("connect", "--subscription", second, ...byQueue);
  const before = stored();
  const again = await command("connect", "--subscription", second, ...byQueue);

  expect(first).toMatchObject({ code: 0, error: [] });
  expect(local.arm.resources.get(ourTopic)?.body).toMatchObject({
    identity: { type: "UserAssigned", userAssignedIdentities: { [letters]: {} } },
  });
  expect(local.arm.resources.get(`${ourTopic}/eventSubscriptions/guard-guard-0`)?.body).toMatchObject({
    properties: {
      destination: null,
      deliveryWithResourceIdentity: {
        identity: { type: "UserAssigned", userAssignedIdentity: letters },
        destination: {
          endpointType: "StorageQueue",
          properties: { resourceId: storage, queueName: "events", queueMessageTimeToLiveInSeconds: -1 },
        },
      },
      deadLetterWithResourceIdentity: {
        identity: { userAssignedIdentity: letters },
        deadLetterDestination: { properties: { resourceId: storage, blobContainerName: "dead-letters" } },
      },
    },
  });
  expect(again.out.at(-1)).toBe("Nothing to change.");
  expect(stored()).toEqual(before);
});

test("gives a topic that connect made the identity, beside those it has, and turns its event subscription to the queue", async () => {
  const other = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/audit`;
  await command("connect", "--subscription", second);
  const made = local.arm.resources.get(ourTopic)?.body ?? {};
  local.arm.seed(ourTopic, { ...made, identity: { type: "UserAssigned", userAssignedIdentities: { [other]: {} } } });

  const dry = await command("connect", "--subscription", second, ...byQueue, "--dry-run");
  const carriedThen = local.arm.resources.get(ourTopic)?.body.identity;
  const { code, out } = await command("connect", "--subscription", second, ...byQueue);

  expect(dry.out.slice(2, 4)).toEqual([
    `  would be changed  system topic        evgs-guard-00000000: carries ${letters}`,
    "  would be changed  event subscription  guard-guard-0",
  ]);
  expect(carriedThen).toEqual({ type: "UserAssigned", userAssignedIdentities: { [other]: {} } });
  expect(code).toBe(0);
  expect(out).toContain("  changed           event subscription  guard-guard-0");
  expect(local.arm.resources.get(ourTopic)?.body.identity).toEqual({
    type: "UserAssigned",
    userAssignedIdentities: { [other]: {}, [letters]: {} },
  });
});

test("refuses the queue on somebody else's topic that lacks the identity, writes nothing there, and says what to do", async () => {
  seedForeignTopic();
  const before = stored();

  const { code, out } = await command("connect", "--subscription", second, ...byQueue);

  expect(code).toBe(1);
  expect(out).toContain(
    `  failed            system topic        theirs: it is somebody else's and does not carry ${letters}, so it can't write into the queue. Ask its owner to assign that identity to ${foreignTopic}, or connect with --delivery function`,
  );
  expect(stored()).toEqual(before);
});

test("uses somebody else's topic for the queue where its owner gave it the identity", async () => {
  seedForeignTopic();
  const theirs = local.arm.resources.get(foreignTopic)?.body ?? {};
  const identity = { type: "UserAssigned", userAssignedIdentities: { [letters.toUpperCase()]: {} } };
  local.arm.seed(foreignTopic, { ...theirs, identity });

  const { code, out } = await command("connect", "--subscription", second, ...byQueue);

  expect(code).toBe(0);
  expect(out).toContain("  made              event subscription  guard-guard-0");
});

test("takes from the environment of a deployment how events come, and by whom", async () => {
  const environment = {
    ARM_ENDPOINT: local.arm.endpoint,
    ACCESS_TOKEN: "ops",
    CA_CERT: path.join(directory, "ca.pem"),
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_RESOURCE_GROUP: "rg-guard",
    GUARD_FUNCTION_APP: "guard",
    GUARD_STORAGE_NAME: "stguard",
    GUARD_DELIVERY_IDENTITY_NAME: "letters",
  };

  const { code } = await run(["connect", "--subscription", second], { ...environment, EVENT_DELIVERY: "queue" });
  const again = await command("connect", "--subscription", second, ...byQueue);
  const wrong = await run(["connect", "--subscription", second], { ...environment, EVENT_DELIVERY: "pigeon" });

  expect(code).toBe(0);
  expect(again.out.at(-1)).toBe("Nothing to change.");
  expect(wrong.code).toBe(3);
});

test("disconnect takes away what leads to the queue, and leaves what leads to a queue elsewhere", async () => {
  await command("connect", "--subscription", second, ...byQueue);
  const elsewhere = storage.replace("rg-guard", "rg-others");
  local.arm.seed(`${ourTopic}/eventSubscriptions/others`, {
    properties: {
      destination: { endpointType: "StorageQueue", properties: { resourceId: elsewhere, queueName: "events" } },
    },
  });

  const { code, out } = await command("disconnect", "--subscription", second);

  expect(code).toBe(1);
  expect(out).toContain("  removed           event subscription  guard-guard-0");
  expect(out.join("\n")).toContain("others' event subscriptions use it: others");
});

test("tells of an event subscription that leads to the service beside its own, and leaves it", async () => {
  seedForeignTopic();
  const byHand = `${foreignTopic}/eventSubscriptions/by-hand`;
  local.arm.seed(byHand, {
    properties: { destination: { endpointType: "AzureFunction", properties: { resourceId: functionId } } },
  });
  const before = local.arm.resources.get(byHand);

  const { code, out } = await command("connect", "--subscription", second);

  expect(code).toBe(0);
  expect(out.filter((line) => line.includes("leads to the service too"))).toEqual([
    expect.stringContaining("  stays             event subscription  by-hand: leads to the service too"),
  ]);
  expect(local.arm.resources.get(byHand)).toEqual(before);
});

test("says at once that there is no such subscription", async () => {
  const nobody = "00000000-0000-0000-0000-0000000000ff";

  const { code, out } = await command("connect", "--subscription", nobody);

  expect(code).toBe(1);
  expect(out).toContain(
    `  failed            subscription        ${nobody}: Azure has no such subscription, or does not show it to who is signed in.`,
  );
});

test("refuses a command line that names no subscription, two, half of where dead letters go, or a queue of nobody", async () => {
  for (const line of [
    ["connect"],
    ["disconnect", "--subscription", second, "--management-group", "lines"],
    ["connect", "--subscription", second, "--storage", app],
    ["connect", "--subscription", second, "--delivery", "queue"],
  ]) {
    expect((await command(...line)).code).toBe(3);
  }
});
