import { afterEach, beforeEach, expect, test } from "vitest";
import { callers, type LocalArm, startLocalArm, subscriptionId, tenantId } from "./local-arm.ts";

const outside = "00000000-0000-0000-0000-0000000000ff";
const groups = "/providers/Microsoft.Management/managementGroups";
const roleId = "aaaaaaaa-0000-4000-8000-000000000002";
const everything = "resources | project id";
let local: LocalArm;

beforeEach(async () => {
  local = await startLocalArm({
    subscriptions: [
      { subscriptionId, displayName: "Cruises", managementGroup: "cruises" },
      { subscriptionId: outside, displayName: "Somebody else" },
    ],
    managementGroups: [{ name: "cruises", parent: "lines" }],
  });
});
afterEach(() => local.arm.close());

test("a group shows the groups and subscriptions in it at any depth, the root group all, and one that is not there is not found", async () => {
  expect(await inGroup("lines")).toEqual(["cruises", subscriptionId]);
  expect(await inGroup("CRUISES")).toEqual([subscriptionId]);
  expect(await inGroup(tenantId)).toEqual(["cruises", subscriptionId, outside]);
  expect(await descendants("other")).toMatchObject({ status: 404 });
});

test("a role at a group holds for the groups, subscriptions and resources in it, and for nothing else", async () => {
  seedAccounts();
  assignAt(`${groups}/lines`);

  expect(await statusOf(subscriptionId)).toBe(200);
  expect(await statusOf(outside)).toBe(403);
  expect((await descendants("cruises", "guard")).status).toBe(200);
  expect((await descendants("other", "guard")).status).toBe(403);
});

test("a role at the tenant's root group holds everywhere", async () => {
  seedAccounts();
  assignAt(`${groups}/${tenantId}`);

  expect(await statusOf(outside)).toBe(200);
});

test("a subscription that is moved takes what its new group has, and no more what its old one had", async () => {
  seedAccounts();
  assignAt(`${groups}/lines`);

  local.arm.moveToGroup(outside, "cruises");
  local.arm.moveToGroup(subscriptionId, "elsewhere");

  expect(await inGroup("lines", "guard")).toEqual(["cruises", outside]);
  expect(await statusOf(outside)).toBe(200);
  expect(await statusOf(subscriptionId)).toBe(403);
});

test("a query of a group finds what is in its subscriptions, and the chain of each", async () => {
  seedAccounts(false);
  const chain =
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project id, groups = properties.managementGroupAncestorsChain";

  expect(await found(everything, ["lines"])).toEqual([{ id: accountIn(subscriptionId) }]);
  expect(await found(everything, ["nowhere"])).toEqual([]);
  expect(await found(chain, ["cruises"])).toMatchObject([{ groups: [{ name: "cruises" }, { name: "lines" }, {}] }]);
  local.arm.moveToGroup(subscriptionId, "lines");
  expect(await found(chain, ["lines"])).toMatchObject([{ groups: [{ name: "lines" }, { name: tenantId }] }]);
});

test("assignments and roles of a group are listed at a subscription in it", async () => {
  assignAt(`${groups}/lines`);
  const at = (subscription: string, type: string) =>
    local.send(
      "GET",
      `/subscriptions/${subscription}/providers/Microsoft.Authorization/${type}?api-version=2022-04-01`,
    );

  for (const type of ["roleAssignments", "roleDefinitions"]) {
    expect(JSON.stringify((await at(subscriptionId, type)).body)).toContain(roleId);
    expect(JSON.stringify((await at(outside, type)).body)).not.toContain(roleId);
  }
});

function accountIn(subscription: string): string {
  return `/subscriptions/${subscription}/resourceGroups/rg1/providers/Microsoft.Storage/storageAccounts/sailing`;
}

function seedAccounts(roleAssignments = true): void {
  local.arm.switches.roleAssignments = roleAssignments;
  for (const subscription of [subscriptionId, outside])
    local.arm.seed(accountIn(subscription), { location: "westeurope" });
}

/** Gives the caller `guard` a role at a group: to read accounts, and what is in the group. */
function assignAt(scope: string): void {
  const authorization = `${scope}/providers/Microsoft.Authorization`;
  const actions = ["Microsoft.Storage/storageAccounts/read", "Microsoft.Management/managementGroups/descendants/read"];
  const role = { roleName: "Reads", permissions: [{ actions, notActions: [] }], assignableScopes: [scope] };
  local.arm.seed(`${authorization}/roleDefinitions/${roleId}`, { properties: role });
  const roleDefinitionId = `/providers/Microsoft.Authorization/roleDefinitions/${roleId}`;
  const properties = { roleDefinitionId, principalId: callers.guard?.objectId ?? "" };
  local.arm.seed(`${authorization}/roleAssignments/bbbbbbbb-0000-4000-8000-000000000002`, { properties });
}

async function statusOf(subscription: string): Promise<number> {
  return (await local.send("GET", `${accountIn(subscription)}?api-version=2025-01-01`, { as: "guard" })).status;
}

function descendants(name: string, as = "ops") {
  return local.send("GET", `${groups}/${name}/descendants?api-version=2020-05-01`, { as });
}

async function inGroup(name: string, as?: string): Promise<string[]> {
  const { body } = await descendants(name, as);
  return JSON.parse(JSON.stringify(body)).value.map((each: { name: string }) => each.name);
}

async function found(query: string, managementGroups: string[]): Promise<unknown> {
  const body = { query, managementGroups };
  const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
  return JSON.parse(JSON.stringify((await local.send("POST", path, { body })).body)).data;
}
