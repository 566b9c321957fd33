import { createDefaultHttpClient, createPipelineRequest } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../emulator/arm/index.ts";
import type { IpsecPolicy } from "../../emulator/arm/peers.ts";
import { entriesOf, resultOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, group, groupId, startWorld, type World, writeEvent } from "./world.ts";

const baseline = "vpn/ipsec-policy";
const network = `${groupId(group)}/providers/Microsoft.Network`;
const timeLimit = 90_000;

const weak: IpsecPolicy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "DES3",
  ipsecIntegrity: "SHA1",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "PFS2",
};
const weakToo: IpsecPolicy = { ...weak, ipsecEncryption: "AES128", pfsGroup: "None" };

let world: World;

beforeAll(async () => {
  // An update takes two seconds: long enough for somebody to come by meanwhile.
  world = await startWorld(enforceAll, { durationScale: 0.06 });
});
afterAll(() => world?.close());

test(
  "a connected tunnel that goes from one weak policy to another is not cut off while it is made anew",
  async () => {
    const id = seedTunnel("between-weak-ones", "between-gateway", { ipsecPolicies: [{ ...weak }] });
    // Three seconds, in this world's time.
    world.azure.arm.peers.set(id, { speaks: [weak, weakToo], delaySeconds: 50 });
    await statusIs(id, "Connected");

    await putByPerson(id, { ipsecPolicies: [{ ...weakToo }] });
    const waiting = await world.remediation(id, "retrying");
    expect(resultOf(waiting, baseline)).toMatchObject({ guard: "peer-unknown" });

    await statusIs(id, "Connected");
    await tellWrite(id);
    await world.remediation(id, "awaiting-approval");

    expect(world.writes(id)).toEqual([]);
    expect(await statusOf(id)).toBe("Connected");
  },
  timeLimit,
);

test(
  "two tunnels of a gateway are not changed at the same time",
  async () => {
    const [first, second] = ["one", "two"].map((name) =>
      seedTunnel(`shared-${name}`, "shared-gateway", { ipsecPolicies: [{ ...weak }] }),
    );
    if (!first || !second) throw new Error("Two tunnels were asked for.");

    await tellWrite(first);
    await world.judged(first, "retrying");
    await tellWrite(second);
    const waiting = await world.remediation(second, "retrying");
    expect(resultOf(waiting, baseline)?.reason).toContain("shared-one");
    expect(world.writes(second)).toEqual([]);

    await world.judged(first, "remediated");
    await tellWrite(second);
    await world.judged(second, "remediated");

    expect(world.writes(second)).toHaveLength(1);
  },
  timeLimit,
);

describe.concurrent("a VNet-to-VNet pair whose second end", () => {
  test(
    "fails in its update has both ends put back, and comes up again",
    async () => {
      const [here, there] = seedPair("second-fails", ["VpnConnectionUpdateFailed"]);

      await tellWrite(here);
      const failed = await world.remediation(here, "failed");
      expect(entriesOf(failed, "intent").map(({ target }) => target)).toEqual([undefined, there]);
      expect(entriesOf(failed, "intent-outcome").at(-1)).toMatchObject({
        outcome: "failed",
        azure: { code: "VpnConnectionUpdateFailed" },
      });
      expect((await world.remediations(there)).map(({ id }) => id)).toContain(failed.id);

      await world.judged(here, "retrying", 3);
      await world.judged(here, "reverted");

      expect([policiesOf(here), policiesOf(there)]).toEqual([[weak], [weak]]);
      await statusIs(here, "Connected");
      await statusIs(there, "Connected");
    },
    timeLimit,
  );

  test(
    "can't be written has its first end put back",
    async () => {
      const [here, there] = seedPair("second-locked", []);
      world.azure.arm.seed(`${there}/providers/Microsoft.Authorization/locks/dry-dock`, {
        properties: { level: "ReadOnly" },
      });

      await tellWrite(here);
      await world.remediation(here, "blocked");
      await world.judged(here, "retrying", 2);
      await world.judged(here, "reverted");

      expect([policiesOf(here), policiesOf(there)]).toEqual([[weak], [weak]]);
      await statusIs(here, "Connected");
    },
    timeLimit,
  );
});

describe.concurrent("a gateway", () => {
  test.each([
    { name: "basic", gateway: { sku: { name: "Basic", tier: "Basic" } }, cause: "its SKU is Basic" },
    { name: "policy-based", gateway: { vpnType: "PolicyBased" }, cause: "it is policy-based" },
  ])("that takes no custom policy has its connections left alone: $name", async ({ name, gateway, cause }) => {
    const id = seedTunnel(`${name}-tunnel`, `${name}-gateway`, { ipsecPolicies: [] }, gateway);

    await tellWrite(id);
    const { text } = await world.judged(id, "unsupported");

    expect(text).toContain(cause);
    expect(world.writes(id)).toEqual([]);
  });
});

test("an IKEv1 connection gets the preset that IKEv1 knows", async () => {
  const properties = { connectionProtocol: "IKEv1", ipsecPolicies: [{ ...weak, ikeEncryption: "DES3" }] };
  const id = seedTunnel("old-protocol", "old-gateway", properties);

  await tellWrite(id);
  await world.judged(id, "remediated");

  expect(policiesOf(id)).toMatchObject([{ ikeEncryption: "AES256", ikeIntegrity: "SHA256", dhGroup: "DHGroup14" }]);
});

/** An office behind a gateway, and the connection between them. */
function seedTunnel(name: string, gatewayName: string, properties: JsonObject, ofGateway: JsonObject = {}): string {
  const { arm } = world.azure;
  const gateway = `${network}/virtualNetworkGateways/${gatewayName}`;
  const office = `${network}/localNetworkGateways/${name}-office`;
  arm.seed(gateway, { properties: ofGateway });
  arm.seed(office, {});
  const id = `${network}/connections/${name}`;
  const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
  arm.seed(id, { properties: { ...ends, ...properties } });
  return id;
}

/** Two gateways with a weak connection each way between them. */
function seedPair(name: string, failuresThere: string[]): [string, string] {
  const { arm } = world.azure;
  const [east, west] = ["east", "west"].map((side) => `${network}/virtualNetworkGateways/${name}-${side}`);
  if (!east || !west) throw new Error("Two gateways were asked for.");
  for (const gateway of [east, west]) arm.seed(gateway, {});
  const ids: [string, string] = [`${network}/connections/${name}-out`, `${network}/connections/${name}-back`];
  const common = { connectionType: "Vnet2Vnet", sharedKey: "abc", ipsecPolicies: [{ ...weak }] };
  arm.seed(ids[0], {
    properties: { ...common, virtualNetworkGateway1: { id: east }, virtualNetworkGateway2: { id: west } },
  });
  arm.seed(ids[1], {
    failures: failuresThere,
    properties: { ...common, virtualNetworkGateway1: { id: west }, virtualNetworkGateway2: { id: east } },
  });
  return ids;
}

const connectionSchema = z.looseObject({ properties: z.record(z.string(), z.json()) });

function policiesOf(id: string): unknown {
  return connectionSchema.parse(world.stored(id)).properties.ipsecPolicies;
}

async function tellWrite(id: string): Promise<void> {
  await world.deliver(writeEvent(id, { data: { operationName: "Microsoft.Network/connections/write" } }));
}

/** A person changes the connection as Azure wants it: whole, by a PUT that takes its time. */
async function putByPerson(id: string, properties: JsonObject): Promise<void> {
  const body = connectionSchema.parse(await send(id, "GET"));
  await send(id, "PUT", { ...body, properties: { ...body.properties, ...properties } });
}

async function statusOf(id: string): Promise<unknown> {
  return connectionSchema.parse(await send(id, "GET")).properties.connectionStatus;
}

async function statusIs(id: string, status: string): Promise<void> {
  await eventually(async () => (await statusOf(id)) === status, `the tunnel of ${id} to be ${status}`);
}

async function send(id: string, method: "GET" | "PUT", body?: unknown): Promise<unknown> {
  const url = `${world.azure.arm.endpoint}${id}?api-version=2024-05-01`;
  const request = createPipelineRequest({ url, method });
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers.set("content-type", "application/json");
  }
  const { status, bodyAsText } = await world.person.pipeline.sendRequest(createDefaultHttpClient(), request);
  if (status >= 300) throw new Error(`${method} ${id}: ${status} ${bodyAsText}`);
  return JSON.parse(bodyAsText ?? "");
}
