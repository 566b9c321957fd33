import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProvider } from "../../shared/baselines/baseline.ts";
import { entriesOf, resultOf } from "./answers.ts";
import { everythingKept } from "./everything-kept.ts";
import { assign, guardActions } from "./guard-role.ts";
import {
  baseline,
  change,
  foreign,
  own,
  preset,
  seedTunnel,
  seenCompliant,
  sharedKey,
  tunnelStatus,
  weak,
} from "./tunnels.ts";
import { enforceAll, foreignSubscriptionId, group, groupId, startWorld, subscriptionId, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  const subscriptions = [subscriptionId, foreignSubscriptionId].map((each) => `/subscriptions/${each}`);
  world = await startWorld({ ...enforceAll, SCOPES: subscriptions.join(",") }, { durationScale: 0.01 });
});
afterAll(() => world?.close());

test("a tunnel is not written where the provider's api-versions can't be read: their role is one on the subscription", async () => {
  const { arm } = world.azure;
  const resourceGroup = groupId(group, foreignSubscriptionId);
  assign(arm, resourceGroup, world.serviceId, guardActions);
  const id = seedTunnel(world, "group-role-only", { ipsecPolicies: [{ ...own }] }, [own], resourceGroup);
  await seenCompliant(world, id);

  await change(world, id, { ipsecPolicies: [] });
  const blocked = await world.remediation(id, "blocked");

  expect(resultOf(blocked, baseline)).toMatchObject({
    azure: { status: 403, code: "AuthorizationFailed", message: expect.stringContaining(readProvider) },
    advice: expect.stringContaining("role"),
  });
  expect(entriesOf(blocked, "intent-outcome")).toMatchObject([{ outcome: "blocked" }]);
  expect(world.writes(id)).toEqual([]);

  assign(arm, `/subscriptions/${foreignSubscriptionId}`, world.serviceId, [readProvider]);
  await world.post("/api/recheck", { resourceId: id });
  await world.judged(id, "remediated");
  expect(world.stored(id)).toMatchObject({ properties: { ipsecPolicies: [own] } });
});

describe.concurrent("a connected tunnel whose policy", () => {
  test("was cleared gets its last compliant one back, keeps everything else, and comes up again", async () => {
    const id = seedTunnel(world, "cleared", { ipsecPolicies: [{ ...own }] }, [own, "defaults"]);
    await seenCompliant(world, id);
    const before = world.stored(id);

    await change(world, id, { ipsecPolicies: [] });
    const remediation = await world.remediation(id, "remediated");

    await tunnelStatus(world, id, "Connected");
    expect(foreign(world.stored(id))).toEqual(foreign(before));
    expect(world.stored(id)).toMatchObject({ properties: { ipsecPolicies: [own] } });
    expect(entriesOf(remediation, "intent")).toMatchObject([
      {
        before: [{ path: "properties.ipsecPolicies", value: [] }],
        after: [{ path: "properties.ipsecPolicies", value: [own] }],
      },
    ]);
    expect(entriesOf(remediation, "intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
  });

  test("was weakened gets its last compliant one back", async () => {
    const id = seedTunnel(world, "weakened", { ipsecPolicies: [{ ...own }] }, [own, weak]);
    await seenCompliant(world, id);

    await change(world, id, { ipsecPolicies: [{ ...weak }] });
    await world.remediation(id, "remediated");

    // Lifetimes are no weakness: they stay as somebody set them.
    const { saLifeTimeSeconds, saDataSizeKilobytes } = weak;
    expect(world.stored(id)).toMatchObject({
      properties: { ipsecPolicies: [{ ...own, saLifeTimeSeconds, saDataSizeKilobytes }] },
    });
  });

  test("never was compliant waits for approval, with the exact proposal for the peer's administrator", async () => {
    const id = seedTunnel(world, "never-compliant", { ipsecPolicies: [] }, ["defaults"]);

    await change(world, id, {});
    const remediation = await world.remediation(id, "awaiting-approval");

    expect(resultOf(remediation, baseline)).toMatchObject({
      guard: "peer-unknown",
      changes: [{ part: "", patch: { properties: { ipsecPolicies: [preset] } } }],
    });
    expect(world.writes(id)).toEqual([]);
  });
});

describe.concurrent("a tunnel that is not connected", () => {
  test("gets the preset", async () => {
    const id = seedTunnel(world, "down", { ipsecPolicies: [{ ...weak }] }, []);

    await change(world, id, {});
    await world.remediation(id, "remediated");

    // Its lifetimes are no weakness: they stay.
    const { saLifeTimeSeconds, saDataSizeKilobytes } = weak;
    expect(world.stored(id)).toMatchObject({
      properties: { ipsecPolicies: [{ ...preset, saLifeTimeSeconds, saDataSizeKilobytes }] },
    });
  });
});

describe.concurrent("what no policy can be set for", () => {
  test("an ExpressRoute connection is unsupported, and says why", async () => {
    const id = seedTunnel(world, "circuit", { connectionType: "ExpressRoute" }, []);

    await change(world, id, {});
    const { text } = await world.judged(id, "unsupported");

    expect(text).toContain("ExpressRoute");
    expect(world.writes(id)).toEqual([]);
  });
});

test("no shared key is in anything that the service says, answers or keeps, and none was asked for", async () => {
  const leaks = (await everythingKept(world)).filter(({ text }) => text.includes(sharedKey));

  expect(leaks).toEqual([]);
  expect(world.azure.arm.requests.filter(({ path }) => /sharedkey/i.test(path))).toEqual([]);
});
