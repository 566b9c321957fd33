import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { manualClock } from "../../../emulator/clock.ts";
import { account, callers, errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

let local: LocalArm;
beforeEach(async () => {
  local = await startLocalArm();
  local.arm.seed(account, { properties: { supportsHttpsTrafficOnly: false } });
});
afterEach(() => local.arm.close());

const version = "api-version=2023-05-01";
const secure = { body: { properties: { supportsHttpsTrafficOnly: true } } };
const patch = (as = "ops") => local.send("PATCH", `${account}?${version}`, { ...secure, as });
const isSecure = () =>
  JSON.stringify(local.arm.resources.get(account)?.body).includes('"supportsHttpsTrafficOnly":true');

describe("a management lock", () => {
  const lockAt = (scope: string, level: string) =>
    local.send("PUT", `${scope}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`, {
      body: { properties: { level } },
    });

  it("ReadOnly on the group stops writes, actions and deletes of what is in it, and no read", async () => {
    await lockAt(group, "ReadOnly");
    const refused = [
      await patch(),
      await local.send("POST", `${account}/listKeys?${version}`),
      await local.send("DELETE", `${account}?${version}`),
    ];
    expect(refused.map((answer) => [answer.status, errorOf(answer).code])).toEqual(Array(3).fill([409, "ScopeLocked"]));
    expect(errorOf(await patch()).message).toBe(
      `The scope '${account}' cannot perform write operation because following scope(s) are locked: '${group}'. Please remove the lock and try again.`,
    );
    expect((await local.send("GET", `${account}?${version}`)).status).toBe(200);
    expect(isSecure()).toBe(false);
  });

  it("CanNotDelete stops only deletes, those of the group above too", async () => {
    await lockAt(account, "CanNotDelete");
    expect((await patch()).status).toBe(200);
    expect(errorOf(await local.send("DELETE", `${account}?${version}`)).code).toBe("ScopeLocked");
    expect(errorOf(await local.send("DELETE", `${group}?${version}`)).code).toBe("ScopeLocked");
  });

  it("no longer holds once it is deleted", async () => {
    await lockAt(group, "ReadOnly");
    await local.send("DELETE", `${group}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`);
    expect((await patch()).status).toBe(200);
  });
});

describe("a policy with the effect deny", () => {
  it("refuses what the resource would become, naming itself, until it is taken away", async () => {
    const lift = local.arm.denyByPolicy({
      scope: group,
      property: "properties.supportsHttpsTrafficOnly",
      displayName: "Ships need plain HTTP",
      when: (body) => JSON.stringify(body).includes('"supportsHttpsTrafficOnly":true'),
    });
    const answer = await patch();
    expect(answer).toMatchObject({
      status: 403,
      body: {
        error: {
          code: "RequestDisallowedByPolicy",
          additionalInfo: [{ type: "PolicyViolation", info: { policyDefinitionDisplayName: "Ships need plain HTTP" } }],
        },
      },
    });
    expect([isSecure(), local.events]).toEqual([false, []]);
    lift();
    expect((await patch()).status).toBe(200);
  });
});

it("a deny assignment refuses its actions", async () => {
  local.arm.addDenyAssignment({ scope: group, actions: ["Microsoft.Storage/*/write"] });
  const answer = await patch();
  expect([answer.status, errorOf(answer).code]).toEqual([403, "DenyAssignmentAuthorizationFailed"]);
  expect((await local.send("GET", `${account}?${version}`)).status).toBe(200);
});

describe("role assignments, where they are enforced", () => {
  const authorization = `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization`;
  const assign = (scope: string, role: string, name: string) =>
    local.arm.seed(`${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`, {
      properties: {
        roleDefinitionId: `${authorization}/roleDefinitions/${role}`,
        principalId: callers.guard?.objectId ?? "",
      },
    });
  const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
  const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
  beforeEach(() => {
    local.arm.switches.roleAssignments = true;
  });

  it("refuse a caller without any, in ARM's words", async () => {
    const answer = await patch("guard");
    expect([answer.status, errorOf(answer).code]).toEqual([403, "AuthorizationFailed"]);
    expect(errorOf(answer).message).toContain(
      "does not have authorization to perform action 'Microsoft.Storage/storageAccounts/write' over scope",
    );
  });

  it("let a reader read and not write", async () => {
    assign(group, reader, "00000000-0000-4000-8000-000000000001");
    expect((await local.send("GET", `${account}?${version}`, { as: "guard" })).status).toBe(200);
    expect((await patch("guard")).status).toBe(403);
  });

  it("let a contributor write resources and assign no roles, and stand in the event", async () => {
    assign(`/subscriptions/${subscriptionId}`, contributor, "00000000-0000-4000-8000-000000000002");
    expect((await patch("guard")).status).toBe(200);
    expect(local.events[0]?.data.authorization).toMatchObject({ evidence: { role: "Contributor" } });
    const path = `${group}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000003`;
    const body = { properties: { roleDefinitionId: reader, principalId: reader } };
    expect((await local.send("PUT", `${path}?api-version=2022-04-01`, { as: "guard", body })).status).toBe(403);
  });

  it("grant by a custom role exactly its actions, at its scope alone", async () => {
    const role = "00000000-0000-4000-8000-00000000000a";
    local.arm.seed(`${authorization}/roleDefinitions/${role}`, {
      properties: {
        roleName: "Guard",
        permissions: [{ actions: ["Microsoft.Storage/storageAccounts/*"], notActions: ["*/listKeys/action"] }],
      },
    });
    assign(account, role, "00000000-0000-4000-8000-000000000004");
    expect((await patch("guard")).status).toBe(200);
    expect((await local.send("POST", `${account}/listKeys?${version}`, { as: "guard" })).status).toBe(403);
    expect((await local.send("GET", `${group}?${version}`, { as: "guard" })).status).toBe(403);
  });

  it("ask for a role on the subscription where a provider's api-versions are read", async () => {
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Network?api-version=2021-04-01`;
    local.arm.seed(group, {});
    assign(group, reader, "00000000-0000-4000-8000-00000000000b");
    const refused = await local.send("GET", path, { as: "guard" });

    expect([refused.status, errorOf(refused).code]).toEqual([403, "AuthorizationFailed"]);
    expect(errorOf(refused).message).toContain("'Microsoft.Resources/subscriptions/providers/read' over scope");
    assign(`/subscriptions/${subscriptionId}`, reader, "00000000-0000-4000-8000-00000000000c");
    expect((await local.send("GET", path, { as: "guard" })).status).toBe(200);
  });

  it("leave in lists what the caller may read", async () => {
    const role = "00000000-0000-4000-8000-000000000005";
    local.arm.seed(`${group}/providers/Microsoft.Storage/storageAccounts/other`, {});
    assign(account, reader, role);
    const list = await local.send("GET", `${group}/providers/Microsoft.Storage/storageAccounts?${version}`, {
      as: "guard",
    });
    expect(list.body).toMatchObject({ value: [{ name: "contoso" }] });
    expect(JSON.stringify(list.body)).not.toContain("other");
  });

  it("refuse a list below a resource that the caller may not read, whatever of it he may", async () => {
    const containers = `${account}/blobServices/default/containers`;
    local.arm.seed(`${containers}/manifests`, {});
    assign(`${containers}/manifests`, reader, "00000000-0000-4000-8000-000000000006");

    const list = await local.send("GET", `${containers}?${version}`, { as: "guard" });

    expect([list.status, errorOf(list).code]).toEqual([403, "AuthorizationFailed"]);
    expect((await local.send("GET", `${containers}/manifests?${version}`, { as: "guard" })).status).toBe(200);
  });
});

describe("throttling, where it is on", () => {
  it("refuses the eleventh write in a second as the storage provider does, and tells when to come again", async () => {
    await local.arm.close();
    const clock = manualClock(0);
    local = await startLocalArm({ clock, switches: { throttling: true } });
    local.arm.seed(account, {});
    const statuses: number[] = [];
    for (let index = 0; index < 10; index += 1) statuses.push((await patch()).status);
    expect(statuses).toEqual(Array(10).fill(200));
    const refused = await patch();
    expect([refused.status, errorOf(refused).code, refused.headers["retry-after"]]).toEqual([
      429,
      "TooManyRequests",
      "1",
    ]);
    await clock.advance(1000);
    expect((await patch()).status).toBe(200);
  });

  it("counts the writes to each region of a subscription apart", async () => {
    await local.arm.close();
    local = await startLocalArm({ clock: manualClock(0), switches: { throttling: true } });
    local.arm.seed(account, { location: "westeurope" });
    local.arm.seed(`${account}2`, { location: "North Europe" });
    for (let index = 0; index < 10; index += 1) await patch();

    expect((await patch()).status).toBe(429);
    const elsewhere = await local.send("PATCH", `${account}2?${version}`, { body: { tags: {} } });
    expect(elsewhere.status).toBe(200);
  });

  it("empties a bucket of ARM for one principal and not for another", async () => {
    await local.arm.close();
    const clock = manualClock(0);
    local = await startLocalArm({ clock, switches: { throttling: true } });
    for (let index = 0; index < 250; index += 1) await local.send("GET", `${group}?${version}`);
    const refused = await local.send("GET", `${group}?${version}`);
    expect([refused.status, errorOf(refused).code, refused.headers["retry-after"]]).toEqual([
      429,
      "SubscriptionRequestsThrottled",
      "1",
    ]);
    expect((await local.send("GET", `${group}?${version}`, { as: "guard" })).status).toBe(200);
    await clock.advance(1000);
    expect((await local.send("GET", `${group}?${version}`)).status).toBe(200);
  });
});
