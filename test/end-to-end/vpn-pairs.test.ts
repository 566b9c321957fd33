import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../emulator/arm/index.ts";
import type { IpsecPolicy } from "../../emulator/arm/peers.ts";
import { entriesOf, resultOf } from "./answers.ts";
import {
  baseline,
  change,
  judgedFor,
  keyOf,
  own,
  policiesOf,
  preset,
  seedPair,
  sharedKey,
  tunnelStatus,
  weak,
} from "./tunnels.ts";
import { enforceAll, foreignSubscriptionId, group, groupId, readOnlyGroup, startWorld, type World } from "./world.ts";

/** VNet-to-VNet: two connections, one each way, whose tunnel comes up only where both carry the same policy. */

const ownPath = "properties.ipsecPolicies";
const otherPath = "otherEnd/properties.ipsecPolicies";
/** As strong as asked for, and another than the preset. */
const parameters = { preset: "interoperable" };
const interoperable: IpsecPolicy = {
  ...preset,
  ikeEncryption: "AES256",
  ikeIntegrity: "SHA256",
  dhGroup: "DHGroup14",
  ipsecEncryption: "AES256",
  ipsecIntegrity: "SHA256",
  pfsGroup: "PFS2048",
};
const { saLifeTimeSeconds, saDataSizeKilobytes } = weak;

let world: World;

beforeAll(async () => {
  const settings = { ...enforceAll, PARAMETERS_VPN_IPSEC_POLICY: JSON.stringify(parameters) };
  world = await startWorld(settings, { durationScale: 0.01 });
});
afterAll(() => world?.close());

describe.concurrent("a pair of which one end is compliant", () => {
  test("and the other was cleared: that gets the same policy, and the tunnel comes up", async () => {
    const { here, there } = seedPair(world, "one-cleared", { policies: [own] }, { policies: [own] });

    await change(world, here, { ipsecPolicies: [] });
    const remediation = await world.remediation(here, "remediated");

    expect(policiesOf(world, here)).toEqual([own]);
    expect(policiesOf(world, there)).toEqual([own]);
    expect(entriesOf(remediation, "intent").map(({ change: { part } }) => part)).toEqual([""]);
    expect(world.writes(there)).toEqual([]);
    await tunnelStatus(world, here, "Connected");
  });

  test("and is looked at: the other end, weak, gets its policy and keeps its own lifetimes and key", async () => {
    const { here, there } = seedPair(world, "other-weak", { policies: [own] }, { policies: [weak] });

    await change(world, here, {});
    const remediation = await world.remediation(here, "remediated");

    expect(policiesOf(world, there)).toEqual([{ ...own, saLifeTimeSeconds, saDataSizeKilobytes }]);
    expect(policiesOf(world, here)).toEqual([own]);
    expect(entriesOf(remediation, "intent")).toMatchObject([
      { change: { part: "otherEnd" }, before: expect.arrayContaining([{ path: otherPath, value: [weak] }]) },
    ]);
    expect(world.writes(here)).toEqual([]);
    expect(keyOf(world, there)).toBe(sharedKey);
    await tunnelStatus(world, here, "Connected");
  });
});

describe.concurrent("a pair of which neither end is compliant", () => {
  test("gets the same policy on both, one after the other, as one remediation with two intents", async () => {
    const { here, there } = seedPair(world, "both-weak", { policies: [weak] }, { policies: [] });

    await change(world, here, {});
    const remediation = await world.remediation(here, "remediated");

    expect(policiesOf(world, here)).toEqual([{ ...interoperable, saLifeTimeSeconds, saDataSizeKilobytes }]);
    expect(policiesOf(world, there)).toEqual([{ ...interoperable, saLifeTimeSeconds, saDataSizeKilobytes }]);
    const intents = entriesOf(remediation, "intent");
    expect(intents.map(({ change: { part } }) => part)).toEqual(["", "otherEnd"]);
    expect(new Set(intents.map(({ remediationId }) => remediationId))).toEqual(new Set([remediation.id]));
    expect(entriesOf(remediation, "intent-outcome").map(({ outcome }) => outcome)).toEqual([
      "remediated",
      "remediated",
    ]);
    await tunnelStatus(world, here, "Connected");
    await tunnelStatus(world, there, "Connected");
  });

  test("keeps the old policy on both where the other end can't be written: the first write is put back", async () => {
    const { here, there } = seedPair(
      world,
      "not-writable",
      { policies: [weak] },
      { policies: [weak], resourceGroup: groupId(readOnlyGroup) },
    );
    await tunnelStatus(world, here, "Connected");

    await change(world, here, {});
    const blocked = await world.remediation(here, "blocked");
    const reverted = await world.remediation(here, "reverted");

    expect(entriesOf(blocked, "intent").map(({ change: { part } }) => part)).toEqual(["", "otherEnd"]);
    expect(entriesOf(blocked, "intent-outcome")).toMatchObject([
      { outcome: "remediated" },
      { outcome: "blocked", azure: { status: 403, code: "AuthorizationFailed" } },
    ]);
    expect(entriesOf(reverted, "intent")).toMatchObject([
      { change: { part: "", patch: { properties: { ipsecPolicies: [weak] } } } },
    ]);
    expect(entriesOf(reverted, "intent-outcome")).toMatchObject([{ outcome: "reverted" }]);
    expect([policiesOf(world, here), policiesOf(world, there)]).toEqual([[weak], [weak]]);
    await tunnelStatus(world, here, "Connected");

    const eventId = await change(world, here, {});
    expect(await judgedFor(world, eventId)).toBe("reverted");
    expect(world.writes(here)).toHaveLength(2);
  }, 45_000);
});

describe.concurrent("a pair is not written, neither here nor there,", () => {
  test("where both ends are compliant and differ: that is a finding", async () => {
    const { here, there } = seedPair(world, "differing", { policies: [own] }, { policies: [interoperable] });

    await change(world, here, {});
    const remediation = await world.remediation(here, "audit");

    expect(resultOf(remediation, baseline)).toMatchObject({
      findings: [{ path: ownPath, expected: "the same policy at both ends", remedy: "report" }],
      changes: [],
    });
    expectUntouched({ here, there }, [own], [interoperable]);
  });

  test.each([
    {
      why: "can't be read",
      there: { resourceGroup: groupId("nobodys") },
      reason: "can't be read",
    },
    {
      why: "is out of scope",
      there: { resourceGroup: groupId(group, foreignSubscriptionId) },
      reason: "must not be written",
    },
  ])("where the other end $why", async ({ why, there: { resourceGroup }, reason }) => {
    const name = why.replace(/\W/g, "-");
    const { here, there } = seedPair(world, name, { policies: [] }, { policies: [], resourceGroup });

    await change(world, here, {});
    const remediation = await world.remediation(here, "awaiting-approval");

    expect(resultOf(remediation, baseline)).toMatchObject({
      guard: "other-end-unreachable",
      reason: expect.stringContaining(reason),
    });
    expectUntouched({ here, there }, [], []);
  });

  test("where the other end is missing", async () => {
    const { here, there } = seedPair(world, "no-way-back", { policies: [weak] }, { policies: [weak] });
    world.azure.arm.resources.delete(there);

    await change(world, here, {});
    const remediation = await world.remediation(here, "awaiting-approval");

    expect(resultOf(remediation, baseline)).toMatchObject({
      guard: "other-end-unreachable",
      reason: expect.stringContaining("was not found"),
    });
    expect(world.writes(here)).toEqual([]);
  });
});

test("in audit mode a pair is not written, and both changes are told", async () => {
  await world.azure.restartFunctions({ MODE_VPN_IPSEC_POLICY: "audit" });
  const { here, there } = seedPair(world, "audited", { policies: [] }, { policies: [] });

  await change(world, here, {});
  const remediation = await world.remediation(here, "audit");

  const patch: JsonObject = { properties: { ipsecPolicies: [{ ...interoperable }] } };
  expect(resultOf(remediation, baseline).changes).toEqual([
    { part: "", patch },
    { part: "otherEnd", patch },
  ]);
  expectUntouched({ here, there }, [], []);
});

function expectUntouched(
  { here, there }: { here: string; there: string },
  policiesHere: IpsecPolicy[],
  policiesThere: IpsecPolicy[],
): void {
  expect([world.writes(here), world.writes(there)]).toEqual([[], []]);
  expect(policiesOf(world, here)).toEqual(policiesHere);
  expect(policiesOf(world, there)).toEqual(policiesThere);
}
