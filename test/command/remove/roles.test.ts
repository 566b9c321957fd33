import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Arm, armOver } from "../../../command/check/arm.ts";
import { rolesAt } from "../../../command/check/assigned-roles.ts";
import { type Removal, removeRoles } from "../../../command/remove/roles.ts";
import { type LocalArm, startLocalArm, subscriptionId } from "../../emulator/arm/local-arm.ts";

const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/rg1`;
const elsewhere = "/subscriptions/00000000-0000-0000-0000-0000000000ee";
const guard = "b0000000-0000-4000-8000-000000000001";
const somebody = "b0000000-0000-4000-8000-000000000002";
const lines = "/providers/Microsoft.Management/managementGroups/lines";
const removal = { scope: subscription, environmentName: "production", principalId: guard };
let local: LocalArm;
let arm: Arm;

beforeEach(async () => {
  local = await startLocalArm({
    subscriptions: [{ subscriptionId, displayName: "Cruises", managementGroup: "lines" }],
  });
  arm = armOver(
    local.arm.endpoint,
    async () => "ops",
    async (url, init) => {
      const { status, body } = await local.send(init?.method ?? "GET", String(url));
      return new Response(status === 204 ? null : JSON.stringify(body), { status });
    },
  );
});
afterEach(() => local.arm.close());

test("takes away the deployment's roles and their assignments, of groups too, and then finds nothing", async () => {
  await giveRole("Azure Encryption Guard production: read (abc123)", subscription, guard);
  await giveRole("Azure Encryption Guard production: fix storage/minimum-tls (def456)", group, guard);

  const { deleted, othersUse } = await remove();

  expect(deleted).toHaveLength(4);
  expect(othersUse).toEqual([]);
  expect(await customRoles()).toEqual([]);
  expect(await remove()).toEqual({ deleted: [], othersUse: [], left: [] });
});

test("leaves other roles, other environments, and this environment in another subscription", async () => {
  const names = [
    "Azure Encryption Guard production-2: read (abc123)",
    "Reads accounts",
    "Azure Encryption Guard production: read (fff999)",
  ];
  await giveRole(names[0] ?? "", subscription, guard);
  await giveRole(names[1] ?? "", subscription, guard);
  local.arm.seed(`${subscription}/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`, {
    properties: { roleName: names[2] ?? "", permissions: [], assignableScopes: [subscription, elsewhere] },
  });

  expect(await remove()).toEqual({ deleted: [], othersUse: [], left: [] });
  expect((await customRoles()).sort()).toEqual([...names].sort());
});

test("takes away those of a management group where that is asked for, and leaves those of a subscription in it", async () => {
  const name = "Azure Encryption Guard production: read (abc123)";
  await giveRole("Azure Encryption Guard production: read (def456)", lines, guard);
  await giveRole(name, subscription, guard);

  const { deleted } = await remove({ scope: lines });

  expect(deleted).toHaveLength(2);
  for (const id of deleted) expect(id).toContain(`${lines}/providers/Microsoft.Authorization/`);
  expect(await customRoles()).toEqual([name]);
  expect((await remove({ scope: lines })).deleted).toEqual([]);
});

test("leaves those of a management group where a subscription in it is asked for", async () => {
  await giveRole("Azure Encryption Guard production: read (def456)", lines, guard);

  expect(await remove()).toEqual({ deleted: [], othersUse: [], left: [] });
});

test("deletes nothing while somebody else has one of the roles, and names who", async () => {
  const name = "Azure Encryption Guard production: read (abc123)";
  const role = await giveRole(name, subscription, guard);
  await assign(role, group, somebody);

  const { deleted, othersUse } = await remove();

  expect(deleted).toEqual([]);
  expect(othersUse).toMatchObject([{ role: name, assignment: { principalId: somebody, scope: group } }]);
  expect(await customRoles()).toEqual([name]);
});

test("says only what it would delete in a dry run", async () => {
  const name = "Azure Encryption Guard production: read (abc123)";
  await giveRole(name, subscription, guard);

  const { deleted } = await remove({}, true);

  expect(deleted).toHaveLength(2);
  expect(await customRoles()).toEqual([name]);
});

async function remove(set: Partial<Removal> = {}, dryRun = false) {
  const deleted: string[] = [];
  const stopped = await removeRoles(arm, { ...removal, ...set }, { dryRun, told: (id) => void deleted.push(id) });
  return { deleted, ...stopped };
}

/** Puts a role as infra/access does, and assigns it. Gives its id. */
async function giveRole(roleName: string, scope: string, principalId: string): Promise<string> {
  const path = `${scope}/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`;
  const permissions = [{ actions: ["Microsoft.Storage/storageAccounts/read"], notActions: [] }];
  const body = { properties: { roleName, type: "CustomRole", permissions, assignableScopes: [scope] } };
  const { status } = await local.send("PUT", `${path}?api-version=2022-04-01`, { body });
  expect(status).toBe(201);
  await assign(path, scope, principalId);
  return path;
}

async function assign(roleDefinitionId: string, scope: string, principalId: string): Promise<void> {
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}?api-version=2022-04-01`;
  const body = { properties: { roleDefinitionId, principalId, principalType: "ServicePrincipal" } };
  expect((await local.send("PUT", path, { body })).status).toBe(201);
}

async function customRoles(): Promise<string[]> {
  const roles = await rolesAt(arm, subscription, "atScopeAndBelow()");
  return roles.filter(({ isCustom }) => isCustom).map(({ roleName }) => roleName);
}
