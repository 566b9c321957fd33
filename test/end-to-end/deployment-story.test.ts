import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openArm } from "../../command/check/arm.ts";
import { commandLinePrincipal, defaultPeople, defaultSubscriptions } from "../../emulator/company.ts";
import { demoAccounts, seedDemoResources } from "../../emulator/demo-resources.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";
import { makeOwners } from "../../emulator/owners.ts";
import { writePolicyFile } from "../../emulator/policy-file.ts";
import { provisionLocally } from "../../scripts/infra/provision-locally.ts";
import { type Ran, run } from "../command/run.ts";
import { accountOutcomes, recheckedSchema, standings } from "./answers.ts";
import { eventually } from "./eventually.ts";

/** The tests are one story, in their order: what docs/local-azure.md tells under "A deployment". */

const [home = "", lagoon = "", fjord = ""] = defaultSubscriptions.map(({ subscriptionId }) => subscriptionId);
const foreignTopic = `/subscriptions/${lagoon}/resourceGroups/rg-local/providers/Microsoft.EventGrid/systemTopics/evgs-local`;
const weak = demoAccounts.fjordarchive;
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
    switches: { roleAssignments: true },
    settings: { ...(await writePolicyFile(directory)) },
    prepare(arm) {
      seedDemoResources({ arm });
      makeOwners(arm, defaultSubscriptions, [...defaultPeople, commandLinePrincipal]);
    },
  });
});
afterAll(async () => {
  await azure?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

test("doctor is red about roles, and once each is mended as it says, about nothing", async () => {
  const first = await doctor();
  await provision("");
  const second = await doctor();

  expect(first.code).toBe(1);
  expect(redLines(first)).toEqual(["role: look at the subscription", "role: read"]);
  expect(redLines(second)).toEqual([]);
  expect(second.code).toBe(0);
});

test("connect serves subscriptions with a foreign topic and without one, and changes nothing the second time", async () => {
  const before = bodyOf(foreignTopic);
  const first = await forGroups("connect");
  const connected = connections();
  const second = await forGroups("connect");

  expect(first.map(({ code }) => code)).toEqual([0, 0]);
  expect(first[0]?.out).toContain(
    "  unchanged         system topic        evgs-local: somebody else's: used, and not altered",
  );
  expect(first[1]?.out).toContain("  made              system topic        evgs-guard-a0000000");
  expect(second.map(({ out }) => out.at(-1))).toEqual(["Nothing to change.", "Nothing to change."]);
  expect(connections()).toEqual(connected);
  expect(bodyOf(foreignTopic)).toEqual(before);
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

test("disconnect leaves nothing but what is somebody else's, and what the app needs in its own group", async () => {
  const topic = bodyOf(foreignTopic);

  const first = await forGroups("disconnect");
  const second = await forGroups("disconnect");

  expect(first.map(({ code }) => code)).toEqual([0, 0]);
  expect(second.map(({ out }) => out.at(-1))).toEqual(["Nothing to change.", "Nothing to change."]);
  expect(azure.arm.resources.ofType("Microsoft.EventGrid/systemTopics/eventSubscriptions")).toEqual([]);
  expect(azure.arm.resources.ofType("Microsoft.EventGrid/systemTopics").map(({ id }) => id)).toEqual([
    expect.stringContaining(`/${home}/resourceGroups/rg-local/`),
    foreignTopic,
  ]);
  expect(bodyOf(foreignTopic)).toEqual(topic);
  expect(azure.arm.resources.ofType("Microsoft.Authorization/roleDefinitions")).toEqual([]);
  expect(assignedToService().filter((scope) => !scope.endsWith("/storageAccounts/stguardlocal"))).toEqual([]);
  expect(azure.arm.resources.get(`/subscriptions/${fjord}/resourceGroups/rg-encryption-guard`)).toBeUndefined();
});

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
