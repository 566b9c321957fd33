import { afterEach, beforeEach, expect, test } from "vitest";
import { callers, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

const subscription = `/subscriptions/${subscriptionId}`;
const roleId = "aaaaaaaa-0000-4000-8000-000000000001";
const version = "api-version=2022-04-01";
const definitions = "providers/Microsoft.Authorization/roleDefinitions";
const assignments = "providers/Microsoft.Authorization/roleAssignments";
const assignment = `${group}/${assignments}/bbbbbbbb-0000-4000-8000-000000000001`;
let local: LocalArm;

beforeEach(async () => {
  local = await startLocalArm();
  const permissions = [{ actions: ["Microsoft.Storage/storageAccounts/read"], notActions: [] }];
  const properties = { roleName: "Reads accounts", permissions, assignableScopes: [group] };
  await local.send("PUT", `${group}/${definitions}/${roleId}?${version}`, { body: { properties } });
});
afterEach(() => local.arm.close());

test("a role that is assigned can't be deleted, and once it is not, it can", async () => {
  const properties = {
    roleDefinitionId: `${subscription}/${definitions}/${roleId}`,
    principalId: callers.guard?.objectId ?? "",
  };
  await local.send("PUT", `${assignment}?${version}`, { body: { properties } });
  const path = `${subscription}/${definitions}/${roleId}?${version}`;

  const refused = await local.send("DELETE", path);
  await local.send("DELETE", `${assignment}?${version}`);
  const deleted = await local.send("DELETE", path);

  expect(refused).toMatchObject({ status: 400, body: { error: { code: "RoleDefinitionHasAssignments" } } });
  expect(deleted.status).toBe(200);
  expect(await listed(group)).not.toContain(roleId);
});

test("a role of a group is listed at the group, and at the subscription where what is below is asked for", async () => {
  expect(await listed(group)).toContain(roleId);
  expect(await listed(subscription)).not.toContain(roleId);
  expect(await listed(subscription, "atScopeAndBelow()")).toContain(roleId);
});

async function listed(scope: string, filter?: string): Promise<string> {
  const asked = filter === undefined ? "" : `&$filter=${filter}`;
  const { body } = await local.send("GET", `${scope}/${definitions}?${version}${asked}`);
  return JSON.stringify(body);
}
