import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { StorageManagementClient } from "@azure/arm-storage";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openArm } from "../../command/check/arm.ts";
import { commandLinePrincipal, defaultPeople, defaultSubscriptions } from "../../emulator/company.ts";
import { demoAccounts, seedDemoResources } from "../../emulator/demo-resources.ts";
import { inventoryQueue, takeInventory } from "../../emulator/inventory.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import { makeOwners } from "../../emulator/owners.ts";
import { writePolicyFile } from "../../emulator/policy-file.ts";
import { provisionLocally } from "../../scripts/infra/provision-locally.ts";
import { type Ran, run } from "../command/run.ts";
import { accountOutcomes, healthSchema, recheckedSchema, remediationsSchema, standings } from "./answers.ts";
import { eventually } from "./eventually.ts";

/** The tests are one story, in their order: what docs/local-azure.md tells under "A deployment". */

const [home = "", lagoon = "", fjord = ""] = defaultSubscriptions.map(({ subscriptionId }) => subscriptionId);
/** Another team's, with an event subscription of theirs. */
const foreignTopic = `/subscriptions/${lagoon}/resourceGroups/rg-inventory/providers/Microsoft.EventGrid/systemTopics/evgs-inventory`;
const weak = demoAccounts.fjordarchive;
/** Both in the subscription with the foreign topic, and secure at first. */
const changedBefore = demoAccounts.lagoonphotos;
const changed = demoAccounts.lagoonrestored;
const enforced = "storage/secure-transfer";
const policySchema = z.object({ policy: z.object({ holds: z.object({ hash: z.string() }) }) });

let azure: LocalAzure;
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "deployment-story-"));
  azure = await startLocalAzure({
    directory,
    durationScale: 0,
    disableTimers: true,
    eventDelivery: "event-subscriptions",
    switches: { roleAssignments: true },
    settings: { ...(await writePolicyFile(directory)) },
    prepare(arm) {
      seedDemoResources({ arm });
      makeOwners(arm, defaultSubscriptions, [...defaultPeople, commandLinePrincipal]);
    },
  });
  await takeInventory(azure);
});
afterAll(async () => {
  await azure?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

test("doctor is red about roles and events, and once the roles are mended as it says, about events alone", async () => {
  const first = await doctor();
  await provision("");
  const second = await doctor();

  expect(first.code).toBe(1);
  expect(redLines(first)).toEqual(["event subscriptions", "role: look at the subscription", "role: read"]);
  expect(redLines(second)).toEqual(["event subscriptions"]);
  const red = second.out.indexOf("RED     event subscriptions: None of the topic's leads to the app.");
  expect(second.out[red + 1]).toBe("          do: azd provision events, or azure-encryption-guard connect");
});

test("of a change in a subscription that is not connected nobody tells the service, and only a sweep finds it", async () => {
  const told = await toldOf(() => turnSecureTransferOff(changedBefore));
  const before = await remediationsOf(changedBefore);
  await sweep();
  await judged(changedBefore, "blocked", "sweep");
  const { connections: looked } = healthSchema.parse(await ask("/api/health"));

  expect(told).toEqual({ service: 0, inventory: 1 });
  expect(before).toEqual([]);
  expect(looked?.notConnected.subscriptions).toEqual([home, lagoon, fjord]);
});

test("connect serves subscriptions with a foreign topic and without one, and changes nothing the second time", async () => {
  const before = bodyOf(foreignTopic);
  const first = await forGroups("connect");
  const connected = connections();
  const second = await forGroups("connect");

  expect(first.map(({ code }) => code)).toEqual([0, 0]);
  expect(first[0]?.out).toContain(
    "  unchanged         system topic        evgs-inventory: somebody else's: used, and not altered",
  );
  expect(first[1]?.out).toContain("  made              system topic        evgs-guard-a0000000");
  expect(second.map(({ out }) => out.at(-1))).toEqual(["Nothing to change.", "Nothing to change."]);
  expect(connections()).toEqual(connected);
  expect(bodyOf(foreignTopic)).toEqual(before);
  expect(redLines(await doctor())).toEqual([]);
});

test("a change in a connected subscription comes by the foreign topic, and to the other team as before", async () => {
  const told = await toldOf(() => turnSecureTransferOff(changed));

  expect(told).toEqual({ service: 1, inventory: 1 });
  await judged(changed, "blocked", "event");
});

test("the identity with the roles to read alone is refused every write", async () => {
  const before = bodyOf(weak);

  const judged = await recheck();

  expect(judged.outcome).toBe("blocked");
  expect(judged.results.filter(({ outcome }) => outcome === "blocked").map(({ azure: said }) => said?.code)).toEqual([
    "AuthorizationFailed",
    "AuthorizationFailed",
    "AuthorizationFailed",
  ]);
  expect(bodyOf(weak)).toEqual(before);
  expect(new Set(writesOfService())).toEqual(new Set([403]));
});

test("doctor is red about the role of a baseline that is enforced, and the role and the mode of that one fix it alone", async () => {
  const before = await doctor("--enforced", enforced);
  await provision(enforced);
  await enforceOne();
  const after = await doctor("--enforced", enforced);
  const old = propertiesOf(weak);
  const judged = await recheck();

  expect(redLines(before)).toEqual([`role: fix ${enforced}`]);
  expect(redLines(after)).toEqual([]);
  expect(after.out).toContain("ok      roles: no more: It may do nothing at the scope that it does not need.");
  expect(judged.outcome).toBe("remediated");
  // Both ask for the same property, so that the fix of one mends the other.
  const outcomes = { [enforced]: "remediated", "storage/https-only-sas": "compliant" };
  expect(standings(judged.results)).toEqual(accountOutcomes(outcomes, "audit"));
  expect(propertiesOf(weak)).toEqual({ ...old, supportsHttpsTrafficOnly: true });
});

test("an unsafe change is fixed from the event that the foreign topic brings", async () => {
  const old = propertiesOf(changed);
  expect(old).toMatchObject({ supportsHttpsTrafficOnly: false });

  await turnSecureTransferOff(changed);
  await judged(changed, "remediated", "event");

  expect(propertiesOf(changed)).toEqual({ ...old, supportsHttpsTrafficOnly: true });
});

test("disconnect leaves nothing but what is somebody else's, and what the app needs in its own group", async () => {
  const topic = bodyOf(foreignTopic);

  const first = await forGroups("disconnect");
  const second = await forGroups("disconnect");

  expect(first.map(({ code }) => code)).toEqual([0, 0]);
  expect(second.map(({ out }) => out.at(-1))).toEqual(["Nothing to change.", "Nothing to change."]);
  const foreign = [foreignTopic.replace(lagoon, home), foreignTopic];
  expect(azure.arm.resources.ofType("Microsoft.EventGrid/systemTopics").map(({ id }) => id)).toEqual(foreign);
  expect(azure.arm.resources.ofType("Microsoft.EventGrid/systemTopics/eventSubscriptions").map(({ id }) => id)).toEqual(
    foreign.map((topic) => `${topic}/eventSubscriptions/inventory`),
  );
  expect(bodyOf(foreignTopic)).toEqual(topic);
  expect(azure.arm.resources.ofType("Microsoft.Authorization/roleDefinitions")).toEqual([]);
  expect(assignedToService().filter((scope) => !scope.endsWith("/storageAccounts/stguardlocal"))).toEqual([]);
  expect(azure.arm.resources.get(`/subscriptions/${fjord}/resourceGroups/rg-encryption-guard`)).toBeUndefined();
});

test("after disconnect nobody tells the service of a change any more, and the other team hears of it as before", async () => {
  expect(await toldOf(() => turnSecureTransferOff(changed))).toEqual({ service: 0, inventory: 1 });
});

/** Somebody does so, whatever it was before; resolves when whoever is told of it now has answered. */
async function turnSecureTransferOff(id: string): Promise<void> {
  const [, , subscriptionId = "", , group = "", , , , name = ""] = id.split("/");
  const { ACCESS_TOKEN: token = "" } = azure.environment;
  const storage = new StorageManagementClient(
    { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    subscriptionId,
    { endpoint: azure.arm.endpoint, tlsOptions: { ca: await readFile(azure.certificateFile, "utf8") } },
  );
  await storage.storageAccounts.update(group, name, { enableHttpsTrafficOnly: false });
  await azure.eventGrid.idle();
}

/** How many events of what somebody did were delivered to the other team, and how many to anybody else, which can be the service alone. */
async function toldOf(act: () => Promise<void>): Promise<{ service: number; inventory: number }> {
  const inventory = QueueServiceClient.fromConnectionString(azure.azurite.connectionString).getQueueClient(
    inventoryQueue,
  );
  await inventory.clearMessages();
  const { delivered } = azure.eventGrid.statistics;
  await act();
  const { receivedMessageItems } = await inventory.receiveMessages({ numberOfMessages: 32 });
  const toInventory = receivedMessageItems.length;
  return { service: azure.eventGrid.statistics.delivered - delivered - toInventory, inventory: toInventory };
}

/** Waits until a remediation of a resource, which an event or a sweep led to, came to this outcome. */
async function judged(id: string, outcome: string, via: "event" | "sweep"): Promise<void> {
  await eventually(
    async () => (await remediationsOf(id)).some((each) => each.via === via && each.outcome === outcome),
    `${id} to be judged ${outcome} by way of: ${via}`,
  );
}

/** Fires the timer of the sweep by hand. */
async function sweep(): Promise<void> {
  const { url, keys } = azure.functions;
  const headers = { "x-functions-key": keys.master, "content-type": "application/json" };
  const { status } = await fetch(`${url}/admin/functions/sweep`, { method: "POST", headers, body: '{ "input": "" }' });
  expect(status).toBe(202);
}

async function remediationsOf(id: string) {
  return remediationsSchema.parse(await ask(`/api/remediations?resourceId=${encodeURIComponent(id)}`)).remediations;
}

function doctor(...more: string[]): Promise<Ran> {
  const names = ["--subscription", home, "--resource-group", "rg-encryption-guard", "--app", "azure-encryption-guard"];
  return run(["doctor", ...names, ...more], azure.environment);
}

function bodyOf(id: string): unknown {
  return azure.arm.resources.get(id)?.body;
}

function propertiesOf(id: string) {
  return z.looseObject({ properties: z.looseObject({}) }).parse(bodyOf(id)).properties;
}

/** Everything that connects subscriptions, as Azure has it. */
function connections() {
  const types = ["systemTopics", "systemTopics/eventSubscriptions"].map((type) => `Microsoft.EventGrid/${type}`);
  return [...types, "Microsoft.Resources/subscriptions/resourceGroups"].flatMap((type) =>
    azure.arm.resources.ofType(type).map(({ id, body }) => ({ id, body })),
  );
}

/** How Azure answered everything that the service asked it to change. */
function writesOfService(): number[] {
  return azure.arm.requests.flatMap(({ method, caller, status }) =>
    caller === azure.managedIdentity.objectId && (method === "PATCH" || method === "PUT") ? [status] : [],
  );
}

/** The scopes at which the service's identity has any role. */
function assignedToService(): string[] {
  const schema = z.object({ properties: z.object({ principalId: z.string(), scope: z.string() }) });
  return azure.arm.resources.ofType("Microsoft.Authorization/roleAssignments").flatMap(({ body }) => {
    const { principalId, scope } = schema.parse(body).properties;
    return principalId === azure.managedIdentity.objectId ? [scope] : [];
  });
}

function redLines({ out }: Ran): string[] {
  return out.flatMap((line) => /^RED +(.+?): [A-Z]/.exec(line)?.[1] ?? []);
}

async function provision(baselines: string): Promise<void> {
  const arm = await openArm({ environment: azure.environment, directory, now: () => new Date() });
  await provisionLocally(arm, { ...azure.environment, ENFORCED_BASELINES: baselines }, () => undefined);
}

/** Of the three subscriptions, the first two are in one group, and the third in the other. */
async function forGroups(command: "connect" | "disconnect"): Promise<Ran[]> {
  return [
    await run([command, "--management-group", "cruises"], azure.environment),
    await run([command, "--management-group", "expeditions"], azure.environment),
  ];
}

async function enforceOne(): Promise<void> {
  const rule = `rules: [{ name: one, baselines: { ${enforced}: enforce } }]`;
  const before = await policyVersion();
  await writeFile(azure.environment.POLICY_FILE ?? "", `version: 1\nmode: audit\n${rule}\n`);
  await eventually(async () => (await policyVersion()) !== before, "the policy to be taken up");
}

async function policyVersion(): Promise<string> {
  return policySchema.parse(await ask("/api/health")).policy.holds.hash;
}

async function recheck() {
  return recheckedSchema.parse(await ask("/api/recheck", { resourceId: weak }));
}

async function ask(route: string, body?: object): Promise<unknown> {
  const { FUNCTIONS_URL = "", FUNCTIONS_KEY = "" } = azure.environment;
  const more = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`${FUNCTIONS_URL}${route}`, { headers: { "x-functions-key": FUNCTIONS_KEY }, ...more });
  return await answer.json();
}
