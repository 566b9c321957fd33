import { describe, expect, test } from "vitest";
import { rolesOf } from "../../../scripts/infra/roles.ts";
import { type RegisteredBaseline, readProvider } from "../../../shared/baselines/baseline.ts";
import { baselines } from "../../../shared/baselines/index.ts";
import { connectionPermissions } from "../../../shared/sweep/connections.ts";
import { subscriptionPermissions } from "../../../shared/sweep/resource-graph.ts";

const { managementGroup, subscription, read, fixes } = rolesOf(baselines);
const allActions = [...managementGroup, ...subscription, ...read, ...[...fixes.values()].flat()];

describe.each(baselines)("$id", ({ id, readPermissions, fixPermissions }) => {
  test("is audited with the roles to read alone", () => {
    expect([...subscription, ...read]).toEqual(expect.arrayContaining(readPermissions));
  });

  test("is fixed with those and its own role, which holds nothing that it does not need", () => {
    const own = fixes.get(id) ?? [];

    expect([...subscription, ...own]).toEqual(expect.arrayContaining(fixPermissions));
    expect(fixPermissions).toEqual(expect.arrayContaining(own));
  });
});

describe("the roles", () => {
  test("to read hold nothing that no baseline and no look at the subscription needs", () => {
    const needed = baselines.flatMap(({ readPermissions }) => readPermissions);

    for (const action of [...subscription, ...read]) {
      expect([...needed, ...subscriptionPermissions, ...connectionPermissions, readProvider]).toContain(action);
    }
  });

  test("at a management group ask for nothing more but which subscriptions are in it", () => {
    expect(managementGroup).toEqual(["Microsoft.Management/managementGroups/descendants/read"]);
  });

  test("to read let nothing be written", () => {
    for (const action of [...managementGroup, ...subscription, ...read]) expect(action).toMatch(/\/read$/);
  });

  test("name exact actions, and none that gives a secret away", () => {
    for (const action of allActions) {
      expect(action).toMatch(/^Microsoft\.[A-Za-z]+(\/[A-Za-z]+)+\/(read|write)$/);
      expect(action).not.toMatch(/key|listAccountSas|listServiceSas/i);
    }
  });

  test("hold no action twice", () => {
    for (const actions of [subscription, read, ...fixes.values()]) expect(new Set(actions).size).toBe(actions.length);
    expect(subscription.filter((action) => read.includes(action))).toEqual([]);
  });

  test("are none for a baseline without a fix", () => {
    const withoutFix = baselines.filter(({ fixPermissions }) => fixPermissions.length === 0).map(({ id }) => id);

    expect(withoutFix.filter((id) => fixes.has(id))).toEqual([]);
    expect([...fixes.keys(), ...withoutFix].sort()).toEqual(baselines.map(({ id }) => id).sort());
  });

  test("ask on the subscription for what is in no resource group", () => {
    const [baseline] = baselines.filter(({ id }) => id === "storage/minimum-tls");
    const following =
      baseline &&
      ({ ...baseline, readPermissions: ["Microsoft.Thing/locations/operations/read"] } satisfies RegisteredBaseline);

    expect(rolesOf(following ? [following] : [])).toMatchObject({
      subscription: expect.arrayContaining(["Microsoft.Thing/locations/operations/read"]),
      read: [],
    });
  });
});
