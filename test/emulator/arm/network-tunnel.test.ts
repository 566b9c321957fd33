import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../emulator/arm/index.ts";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { type LocalArm, startLocalArm } from "./local-arm.ts";
import {
  connection,
  getProperties,
  localGateway,
  network,
  putConnection,
  seedConnection,
  strong,
  weak,
} from "./network-world.ts";

let local: LocalArm;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
});
afterEach(() => local.arm.close());

async function status(id = connection): Promise<unknown> {
  return (await getProperties(local, id)).connectionStatus;
}

function tagOffice(value: string, others: JsonObject = {}) {
  const body = { tags: { ...others, "peer-speaks": value } };
  return local.send("PATCH", `${localGateway}?api-version=2024-01-01`, { body });
}

/** Waits until a seeded tunnel has settled. */
async function standing(properties: JsonObject = {}): Promise<void> {
  seedConnection(local.arm, properties);
  await clock.advance(10_000);
}

describe("a site-to-site tunnel", () => {
  it("is Unknown as long as no peer ever answered", async () => {
    await standing();
    expect(await status()).toBe("Unknown");
    await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    await clock.advance(600_000);
    expect(await status()).toBe("Unknown");
  });

  it("is up when the peer speaks what the connection offers", async () => {
    local.arm.peers.set(connection, { speaks: ["defaults"] });
    await standing();
    expect(await status()).toBe("Connected");
  });

  it("is up at once where peer and connection have stood for long", async () => {
    local.arm.peers.set(connection, { speaks: ["defaults"], since: 0 });
    seedConnection(local.arm);
    expect(await status()).toBe("Connected");
  });

  it("stays up through a change to a policy that the peer speaks too, but for some seconds", async () => {
    local.arm.peers.set(connection, { speaks: ["defaults", strong] });
    await standing();
    await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    expect(await status()).toBe("Connected");
    await clock.advance(32_000);
    expect(await status()).toBe("Connecting");
    await clock.advance(5_000);
    expect(await status()).toBe("Connected");
  });

  it("stays down after a change to a policy that the peer does not speak, until it is changed back", async () => {
    local.arm.peers.set(connection, { speaks: [weak], delaySeconds: 20 });
    await standing({ ipsecPolicies: [{ ...weak }] });
    await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    await clock.advance(52_000);
    expect(await status()).toBe("NotConnected");
    await putConnection(local, { ipsecPolicies: [{ ...weak }] });
    await clock.advance(52_000);
    expect(await status()).toBe("Connected");
  });

  it("comes up once the peer has learned the policy", async () => {
    local.arm.peers.set(connection, { speaks: ["defaults"] });
    await standing({ ipsecPolicies: [{ ...strong }] });
    expect(await status()).toBe("NotConnected");
    local.arm.peers.set(connection.toUpperCase(), { speaks: [{ ...strong, saLifeTimeSeconds: 3600 }] });
    await clock.advance(5_000);
    expect(await status()).toBe("Connected");
  });

  it.each([
    { tag: "defaults", becomes: "NotConnected" },
    { tag: "anything", becomes: "Connected" },
    { tag: "defaults,GCMAES256/GCMAES256/AES256/SHA384/ECP384/ECP384", becomes: "Connected" },
  ])("has at its far end what the local gateway's tag says: $tag", async ({ tag, becomes }) => {
    await standing({ ipsecPolicies: [{ ...strong }] });
    const { status: answered } = await tagOffice(tag);
    expect(answered).toBe(200);
    expect(await status()).toBe("Connecting");
    await clock.advance(5_000);
    expect(await status()).toBe(becomes);
  });

  it("is not made anew by an update of the local gateway that leaves the tag as it is", async () => {
    await standing();
    await tagOffice("defaults");
    await clock.advance(5_000);
    await tagOffice("defaults", { owner: "alex" });
    expect(await status()).toBe("Connected");
  });

  it.each(["default", "GCMAES256/GCMAES256", "AES512/GCMAES256/AES256/SHA384/ECP384/ECP384"])(
    "refuses a tag that can't be read, %s, and says what it does not know",
    async (tag) => {
      await standing();
      const { status: answered, body } = await tagOffice(tag);
      expect(answered).toBe(400);
      expect(JSON.stringify(body)).toContain(tag.split("/")[0]);
      expect(await status()).toBe("Unknown");
    },
  );

  it("is not disturbed by an update that leaves the policy as it is", async () => {
    local.arm.peers.set(connection, { speaks: ["defaults"] });
    await standing();
    await putConnection(local, { routingWeight: 20 });
    await clock.advance(32_000);
    expect(await status()).toBe("Connected");
  });

  it("counts bytes while it is up, in reads and in lists", async () => {
    local.arm.peers.set(connection, { speaks: ["defaults"] });
    await standing();
    const before = (await getProperties(local)).ingressBytesTransferred;
    await clock.advance(60_000);
    expect((await getProperties(local)).ingressBytesTransferred).toBeGreaterThan(Number(before));
  });

  it("takes times of its own scale", async () => {
    await local.arm.close();
    local = await startLocalArm({ clock, durationScale: 0 });
    seedConnection(local.arm);
    local.arm.peers.set(connection, { speaks: [strong] });
    await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    expect(await getProperties(local)).toMatchObject({ provisioningState: "Succeeded", connectionStatus: "Connected" });
  });
});

describe("a VNet-to-VNet tunnel", () => {
  const [one, two] = ["one", "two"].map((name) => `${network}/virtualNetworkGateways/${name}`);
  const [there, back] = [`${network}/connections/there`, `${network}/connections/back`];

  function seedDirection(
    id: string,
    from: string | undefined,
    to: string | undefined,
    properties: JsonObject = {},
  ): void {
    for (const end of [from, to]) if (end && !local.arm.resources.get(end)) local.arm.seed(end);
    local.arm.seed(id, {
      properties: {
        connectionType: "Vnet2Vnet",
        virtualNetworkGateway1: { id: from ?? "" },
        virtualNetworkGateway2: { id: to ?? "" },
        sharedKey: "fake-key",
        ...properties,
      },
    });
  }

  it("is Unknown until the other direction is made, and up then", async () => {
    seedDirection(there, one, two);
    expect(await status(there)).toBe("Unknown");
    seedDirection(back, two, one);
    await clock.advance(5_000);
    expect([await status(there), await status(back)]).toEqual(["Connected", "Connected"]);
  });

  it("is down while only one direction has the policy, and up once both have it", async () => {
    seedDirection(there, one, two, { ipsecPolicies: [{ ...strong }] });
    seedDirection(back, two, one);
    expect(await status(there)).toBe("NotConnected");
    const body = {
      location: "westus",
      properties: {
        connectionType: "Vnet2Vnet",
        virtualNetworkGateway1: { id: two ?? "" },
        virtualNetworkGateway2: { id: one ?? "" },
        ipsecPolicies: [{ ...strong, dhGroup: "ECP384" }],
      },
    };
    expect((await local.send("PUT", `${back}?api-version=2024-01-01`, { body })).status).toBe(200);
    await clock.advance(40_000);
    expect([await status(there), await status(back)]).toEqual(["Connected", "Connected"]);
  });

  it("is down where the keys differ", async () => {
    seedDirection(there, one, two);
    seedDirection(back, two, one, { sharedKey: "another" });
    expect(await status(there)).toBe("NotConnected");
  });
});
