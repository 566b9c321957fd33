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
  local.arm.seed(app, { location: "westeurope" });
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

test("refuses a command line that names no subscription, two, or half of where dead letters go", async () => {
  for (const line of [
    ["connect"],
    ["disconnect", "--subscription", second, "--management-group", "lines"],
    ["connect", "--subscription", second, "--storage", app],
  ]) {
    expect((await command(...line)).code).toBe(3);
  }
});
