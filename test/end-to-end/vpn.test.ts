import { createDefaultHttpClient, createPipelineRequest } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../emulator/arm/index.ts";
import type { IpsecPolicy } from "../../emulator/arm/peers.ts";
import { entriesOf, resultOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, group, groupId, startWorld, type World, writeEvent } from "./world.ts";

const baseline = "vpn/ipsec-policy";
const network = `${groupId(group)}/providers/Microsoft.Network`;
const sharedKey = "canary-shared-key-5b1d";

const preset: IpsecPolicy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};
/** As strong as the preset, with lifetimes of the customer's own. */
const own: IpsecPolicy = { ...preset, saLifeTimeSeconds: 14400, saDataSizeKilobytes: 51200000 };
const weak: IpsecPolicy = { ...preset, ipsecEncryption: "DES3", ipsecIntegrity: "SHA1", pfsGroup: "PFS2" };

let world: World;

beforeAll(async () => {
  const parameters = { readyConnections: [connectionId("ready-office")], lookBackSeconds: 60 };
  const settings = { ...enforceAll, PARAMETERS_VPN_IPSEC_POLICY: JSON.stringify(parameters) };
  world = await startWorld(settings, { durationScale: 0.01 });
});
afterAll(() => world?.close());

describe.concurrent("a connected tunnel whose policy", () => {
  test("was cleared gets its last compliant one back, keeps everything else, and comes up again", async () => {
    const id = seedTunnel("cleared", { ipsecPolicies: [{ ...own }] }, [own, "defaults"]);
    await seen(id, "compliant");
    const before = world.stored(id);

    await change(id, { ipsecPolicies: [] });
    const remediation = await world.remediation(id, "remediated");

    await connected(id);
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
    const id = seedTunnel("weakened", { ipsecPolicies: [{ ...own }] }, [own, weak]);
    await seen(id, "compliant");

    await change(id, { ipsecPolicies: [{ ...weak }] });
    await world.remediation(id, "remediated");

    // Lifetimes are no weakness: they stay as somebody set them.
    const { saLifeTimeSeconds, saDataSizeKilobytes } = weak;
    expect(world.stored(id)).toMatchObject({
      properties: { ipsecPolicies: [{ ...own, saLifeTimeSeconds, saDataSizeKilobytes }] },
    });
  });

  test("never was compliant waits for approval, with the exact proposal for the peer's administrator", async () => {
    const id = seedTunnel("never-compliant", { ipsecPolicies: [] }, ["defaults"]);

    await change(id, {});
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
    const id = seedTunnel("down", { ipsecPolicies: [{ ...weak }] }, []);

    await change(id, {});
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
    const id = seedTunnel("circuit", { connectionType: "ExpressRoute" }, []);

    await change(id, {});
    const { text } = await world.judged(id, "unsupported");

    expect(text).toContain("ExpressRoute");
    expect(world.writes(id)).toEqual([]);
  });
});

test("no shared key is in the log, an answer or the journal", async () => {
  const journal = JSON.stringify(await world.journal());

  for (const text of [journal, ...world.said, ...world.answered]) expect(text).not.toContain(sharedKey);
  expect(world.azure.arm.requests.some(({ path }) => /sharedkey/i.test(path))).toBe(false);
});

function connectionId(name: string): string {
  return `${network}/connections/${name}`;
}

/** A gateway, an office behind it, and the connection between them. */
function seedTunnel(name: string, properties: JsonObject, speaks: readonly ("defaults" | IpsecPolicy)[]): string {
  const { arm } = world.azure;
  const gateway = `${network}/virtualNetworkGateways/${name}-gateway`;
  const office = `${network}/localNetworkGateways/${name}-office`;
  arm.seed(gateway, {});
  arm.seed(office, {});
  const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
  const id = connectionId(name);
  arm.peers.set(id, { speaks, delaySeconds: 0 });
  arm.seed(id, { tags: { line: name }, properties: { ...ends, sharedKey, ...properties } });
  return id;
}

/** Somebody changes the connection, and Azure raises the event. */
async function change(id: string, properties: JsonObject): Promise<void> {
  const stored = world.azure.arm.resources.get(id);
  if (!stored) throw new Error(`There is no ${id}`);
  const { body } = stored;
  const known = typeof body.properties === "object" && !Array.isArray(body.properties) ? body.properties : {};
  world.azure.arm.resources.put({ ...stored, body: { ...body, properties: { ...known, ...properties } } });
  await world.deliver(writeEvent(id, { data: { operationName: "Microsoft.Network/connections/write" } }));
}

/** Azure shows the tunnel's state in the connection's own answer only. */
async function connected(id: string): Promise<void> {
  const { pipeline } = world.person;
  const url = `${world.azure.arm.endpoint}${id}?api-version=2024-05-01`;
  await eventually(async () => {
    const { bodyAsText } = await pipeline.sendRequest(createDefaultHttpClient(), createPipelineRequest({ url }));
    return bodyAsText?.includes('"connectionStatus":"Connected"') === true;
  }, `the tunnel of ${id}`);
}

async function seen(id: string, outcome: string): Promise<void> {
  await connected(id);
  await change(id, {});
  await world.judged(id, outcome);
}

/** Everything but the policy and what the service itself moves. */
function foreign(body: JsonObject): unknown {
  const { etag: _etag, properties, ...rest } = body;
  const moving = ["ipsecPolicies", "connectionStatus", "provisioningState"];
  const kept = Object.entries(properties ?? {}).filter(
    ([name]) => !moving.includes(name) && !name.endsWith("Transferred"),
  );
  return { ...rest, properties: Object.fromEntries(kept) };
}
