import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LocalArm, startLocalArm, subscriptionId } from "../emulator/arm/local-arm.ts";
import { type Ran, run } from "./run.ts";

const lagoon = "00000000-0000-0000-0000-000000000002";
const subscription = `/subscriptions/${lagoon}`;
const inGroup = `${subscription}/resourceGroups/rg1`;
const home = `/subscriptions/${subscriptionId}`;
const group = `${home}/resourceGroups/rg-guard`;
const app = `${group}/providers/Microsoft.Web/sites/guard`;
const guard = "b0000000-0000-4000-8000-000000000001";
const somebody = "c0000000-0000-4000-8000-000000000001";
const reads = "Azure Encryption Guard production: read (abc123)";

let local: LocalArm;
let directory: string;

beforeEach(async () => {
  local = await startLocalArm({
    subscriptions: [
      { subscriptionId, displayName: "Cruises", managementGroup: "lines" },
      { subscriptionId: lagoon, displayName: "Lagoon", managementGroup: "lines" },
    ],
  });
  directory = await mkdtemp(path.join(tmpdir(), "disconnect-"));
  await writeFile(path.join(directory, "ca.pem"), local.tlsOptions.ca);
  seedApp({ "azd-env-name": "production" });
});
afterEach(async () => {
  await local.arm.close();
  await rm(directory, { recursive: true });
});

test("takes away the service's assignments in the subscription and its groups, and then the roles", async () => {
  assign(seedRole(reads, subscription), subscription, guard);
  assign(seedRole("Azure Encryption Guard production: fix sql (abc123)", inGroup), inGroup, guard);
  assign(seedRole("Reads for others", subscription), subscription, guard);

  const { code, out } = await disconnect();
  const again = await disconnect();

  expect(code).toBe(0);
  expect(out).toEqual(
    expect.arrayContaining([
      `  removed           role assignment     ${reads} at ${subscription}`,
      `  removed           role assignment     Reads for others at ${subscription}`,
      `  removed           role                ${reads}`,
    ]),
  );
  expect(assignments()).toEqual([]);
  expect(roleNames()).toEqual(["Reads for others"]);
  expect(again.out).toEqual([lagoon, expect.stringContaining("not connected"), "Nothing to change."]);
});

test("says in a dry run what would go, and takes nothing away", async () => {
  assign(seedRole(reads, subscription), subscription, guard);

  const { code, out } = await disconnect("--dry-run");

  expect(code).toBe(0);
  expect(out.slice(2)).toEqual([
    `  would be removed  role assignment     ${reads} at ${subscription}`,
    `  would be removed  role                ${reads}`,
    "Nothing was written: a dry run.",
  ]);
  expect(assignments()).toHaveLength(1);
  expect(roleNames()).toEqual([reads]);
});

test("keeps a role that somebody else was assigned, with that assignment, and names them", async () => {
  const role = seedRole(reads, subscription);
  assign(role, subscription, guard);
  assign(role, inGroup, somebody);

  const { code, out } = await disconnect();

  expect(code).toBe(1);
  expect(out).toContain(
    `  failed            role                ${reads}: it stays: others are assigned it: ${somebody} at ${inGroup}`,
  );
  expect(assignments()).toEqual([`${somebody} ${inGroup}`]);
  expect(roleNames()).toEqual([reads]);
});

test("leaves roles of other deployments, those that go beyond the subscription, and what others were assigned", async () => {
  const others = "Azure Encryption Guard production-2: read (abc123)";
  const wide = "Azure Encryption Guard production: read (everywhere)";
  assign(seedRole(others, subscription), subscription, somebody);
  assign(seedRole(wide, subscription, home), subscription, guard);

  const { code, out } = await disconnect();

  expect(code).toBe(0);
  expect(out).toContain(`  stays             role                ${wide}: it can be assigned elsewhere too: ${home}`);
  expect(assignments()).toEqual([`${somebody} ${subscription}`]);
  expect(roleNames().sort()).toEqual([others, wide].sort());
});

test("leaves in the deployment's own subscription what the service needs in its own resource group", async () => {
  const journal = "Azure Encryption Guard production: append to the journal (abc123)";
  assign(seedRole(journal, group), `${group}/providers/Microsoft.Storage/storageAccounts/stjournal`, guard);
  assign(seedRole(reads, home), home, guard);

  const { code, out } = await disconnect(...["--subscription", subscriptionId]);

  expect(code).toBe(0);
  expect(out).toContain(
    "  stays             role assignment     1 more: in the service's own resource group, where it needs them while it runs",
  );
  expect(assignments()).toEqual([`${guard} ${group}/providers/Microsoft.Storage/storageAccounts/stjournal`]);
  expect(roleNames()).toEqual([journal]);
});

test("leaves its right to log by an Application Insights component there, and names it", async () => {
  const component = `${inGroup}/providers/Microsoft.Insights/components/theirs`;
  const publisher = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/3913510d-42f4-4e42-8a64-420c390055eb`;
  local.arm.seed(component);
  assign(publisher, component, guard);
  assign(seedRole(reads, subscription), subscription, guard);

  const { code, out } = await disconnect();

  expect(code).toBe(0);
  expect(out).toContainEqual(
    expect.stringMatching(/^ {2}stays +role assignment +.* at \S+\/theirs: the service may log there while it runs$/),
  );
  expect(assignments()).toEqual([`${guard} ${component}`]);
  expect(roleNames()).not.toContain(reads);
});

test("where nothing names the deployment, takes away only roles that its identity had", async () => {
  const unknown = "Azure Encryption Guard staging: read (abc123)";
  seedApp({});
  assign(seedRole(reads, subscription), subscription, guard);
  seedRole(unknown, subscription);

  await disconnect();

  expect(roleNames()).toEqual([unknown]);
});

test("takes nothing away, and says so, where the app has no identity", async () => {
  local.arm.seed(app, { location: "westeurope" });
  assign(seedRole(reads, subscription), subscription, guard);

  const { out } = await disconnect();

  expect(out).toContain(
    "  stays             role assignment     all: the app has no identity, so which are the service's is not known",
  );
  expect(assignments()).toHaveLength(1);
});

function disconnect(...more: string[]): Promise<Ran> {
  const named = more.includes("--subscription") ? [] : ["--subscription", lagoon];
  return run(["disconnect", ...named, ...more], {
    ARM_ENDPOINT: local.arm.endpoint,
    ACCESS_TOKEN: "ops",
    CA_CERT: path.join(directory, "ca.pem"),
    GUARD_APP_ID: app,
  });
}

function seedApp(tags: Record<string, string>): void {
  const identity = { type: "UserAssigned", userAssignedIdentities: { "/id": { principalId: guard } } };
  local.arm.seed(app, { location: "westeurope", tags, identity });
}

/** Gives the role's id. */
function seedRole(roleName: string, ...assignableScopes: string[]): string {
  const top = (assignableScopes[0] ?? "").split("/").slice(0, 3).join("/");
  const id = `${top}/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`;
  local.arm.seed(id, { properties: { roleName, assignableScopes, permissions: [] } });
  return id;
}

function assign(roleDefinitionId: string, scope: string, principalId: string): void {
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
  local.arm.seed(id, { properties: { roleDefinitionId, principalId } });
}

function assignments(): string[] {
  return local.arm.resources.ofType("Microsoft.Authorization/roleAssignments").map(({ body }) => {
    const { properties } = body;
    return typeof properties === "object" && properties !== null && "principalId" in properties
      ? `${properties.principalId} ${properties.scope}`
      : "";
  });
}

function roleNames(): string[] {
  return local.arm.resources.ofType("Microsoft.Authorization/roleDefinitions").map(({ body }) => {
    const { properties } = body;
    return typeof properties === "object" && properties !== null && "roleName" in properties
      ? String(properties.roleName)
      : "";
  });
}
