import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endOf, entriesOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import {
  baseline,
  change,
  connectionId,
  foreign,
  judgedFor,
  keyOf,
  policiesOf,
  preset,
  seedTunnel,
  sharedKey,
  tunnelStatus,
} from "./tunnels.ts";
import { enforceAll, startWorld, type World } from "./world.ts";

/** Tunnels in use that somebody named as ready for the policy, which their peers may know or not. */

const lookBackSeconds = 5;
const path = "properties.ipsecPolicies";

let world: World;

beforeAll(async () => {
  const parameters = {
    lookBackSeconds,
    readyConnections: ["deaf", "slow"].map((name) => connectionId(name)),
  };
  const settings = { ...enforceAll, PARAMETERS_VPN_IPSEC_POLICY: JSON.stringify(parameters) };
  world = await startWorld(settings, { durationScale: 0.01 });
});
afterAll(() => world?.close());

describe.concurrent("a connected tunnel that is named ready and gets the policy", () => {
  test("gets its old policy back where its peer does not speak the new one, and waits for a person", async () => {
    const id = seedTunnel(world, "deaf", { ipsecPolicies: [] }, ["defaults"]);
    await tunnelStatus(world, id, "Connected");
    const before = world.stored(id);

    await change(world, id, {});
    const fixed = await world.remediation(id, "remediated");
    await tunnelStatus(world, id, "NotConnected");
    const reverted = await world.remediation(id, "reverted");

    expect(entriesOf(fixed, "intent")).toMatchObject([
      { before: [{ path, value: [] }], after: [{ path, value: [preset] }] },
    ]);
    expect(reverted.id).not.toBe(fixed.id);
    expect(entriesOf(reverted, "intent")).toMatchObject([
      { before: [{ path, value: [preset] }], after: [{ path, value: [] }] },
    ]);
    expect(entriesOf(reverted, "intent-outcome")).toMatchObject([
      { outcome: "reverted", readAfterwards: [{ path, value: [] }] },
    ]);
    await tunnelStatus(world, id, "Connected");
    expect(policiesOf(world, id)).toEqual([]);
    expect(foreign(world.stored(id))).toEqual(foreign(before));
    expect(keyOf(world, id)).toBe(sharedKey);

    const eventId = await change(world, id, {});

    expect(await judgedFor(world, eventId)).toBe("reverted");
    const held = await world.remediation(id, "reverted", 2);
    expect(endOf(held).results).toMatchObject([
      { baseline, outcome: "reverted", advice: expect.stringContaining("until somebody changes it") },
    ]);
    expect(entriesOf(held, "intent")).toEqual([]);
    expect(world.writes(id)).toHaveLength(2);
    await tunnelStatus(world, id, "Connected");
  });

  test("keeps it where its peer comes back before the look", async () => {
    const id = seedTunnel(world, "slow", { ipsecPolicies: [] }, ["defaults"]);
    await tunnelStatus(world, id, "Connected");

    await change(world, id, {});
    const fixed = await world.remediation(id, "remediated");
    await tunnelStatus(world, id, "NotConnected");
    world.azure.arm.peers.set(id, { speaks: [preset], delaySeconds: 0 });
    await lookedBack(id, fixed.updatedAt);

    await tunnelStatus(world, id, "Connected");
    expect(policiesOf(world, id)).toEqual([preset]);
    expect(world.writes(id)).toHaveLength(1);
    expect((await world.remediations(id)).map(({ outcome }) => outcome)).toEqual(["remediated"]);
  });
});

/** Waits for the look that the fix asked for, and not only for the one that follows each write; it finds the tunnel as it should be. */
async function lookedBack(id: string, fixedAt: string): Promise<void> {
  const dueAt = Date.parse(fixedAt) + lookBackSeconds * 1000;
  const tolerance = 1000;
  await eventually(async () => {
    const looks = (await world.journal(id)).filter(
      ({ kind, at }) => kind === "check" && Date.parse(at) > dueAt - tolerance,
    );
    return looks.some((look) => look.kind === "check" && look.outcome === "compliant");
  }, `the look-back at ${id}`);
}
