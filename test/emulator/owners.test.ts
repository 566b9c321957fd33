import { afterEach, expect, test } from "vitest";
import { makeContributors, makeOwners } from "../../emulator/owners.ts";
import { account, callers, type LocalArm, startLocalArm, subscriptionId } from "./arm/local-arm.ts";

let local: LocalArm;
afterEach(() => local.arm.close());

test("owners may do everything where roles are in force, and others nothing until they get a role", async () => {
  local = await startLocalArm({ switches: { roleAssignments: true } });
  local.arm.seed(account);
  const objectId = callers.ops?.objectId ?? "";
  makeOwners(local.arm, [{ subscriptionId, displayName: "Cruises" }], [{ objectId, name: "ops", kind: "user" }]);
  const change = { body: { tags: { owner: "alex" } } };
  const path = `${account}?api-version=2023-05-01`;

  expect((await local.send("PATCH", path, { ...change, as: "ops" })).status).toBe(200);
  expect((await local.send("PATCH", path, { ...change, as: "guard" })).status).toBe(403);
});

test("contributors may change resources, and assign no role", async () => {
  local = await startLocalArm({ switches: { roleAssignments: true } });
  local.arm.seed(account);
  const objectId = callers.guard?.objectId ?? "";
  makeContributors(local.arm, [{ subscriptionId, displayName: "Cruises" }], [{ objectId, name: "g", kind: "user" }]);
  const role = `${account}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000001`;
  const properties = { principalId: objectId, roleDefinitionId: "/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" };

  const changed = await local.send("PATCH", `${account}?api-version=2023-05-01`, { body: {}, as: "guard" });
  const assigned = await local.send("PUT", `${role}?api-version=2022-04-01`, { body: { properties }, as: "guard" });

  expect([changed.status, assigned.status]).toEqual([200, 403]);
});

test("owners see which subscriptions are in a management group, and others do not", async () => {
  const subscriptions = [{ subscriptionId, displayName: "Cruises", managementGroup: "lines" }];
  local = await startLocalArm({ subscriptions, switches: { roleAssignments: true } });
  const objectId = callers.ops?.objectId ?? "";
  makeOwners(local.arm, subscriptions, [{ objectId, name: "ops", kind: "user" }]);
  const path = "/providers/Microsoft.Management/managementGroups/lines/descendants?api-version=2020-05-01";

  expect(await local.send("GET", path, { as: "ops" })).toMatchObject({
    status: 200,
    body: { value: [{ name: subscriptionId }] },
  });
  expect((await local.send("GET", path, { as: "guard" })).status).toBe(403);
});
