import { createDefaultHttpClient, createPipelineRequest } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ArmSwitches } from "../../emulator/arm/index.ts";
import type { IpsecPolicy } from "../../emulator/arm/peers.ts";
import { eventually } from "./eventually.ts";
import { everythingKept } from "./kept.ts";
import { enforceAll, group, groupId, startWorld, type World, writeEvent } from "./world.ts";

const network = `${groupId(group)}/providers/Microsoft.Network`;
/** The person's own, whatever the service asks with. */
const personsVersion = "2024-05-01";

const policy: IpsecPolicy = {
  saLifeTimeSeconds: 14400,
  saDataSizeKilobytes: 51200000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "GCMAES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};

/** Nobody knows what Azure does with If-Match on a connection: each may be so. */
const ifMatch: readonly ArmSwitches["networkIfMatch"][] = ["ignored", "honoured", "refused"];

describe.each([
  { version: "2024-05-01", shows: "shows the shared key", keyIsShown: true },
  { version: "2026-01-01", shows: "keeps the shared key to itself", keyIsShown: false },
])("with the api-version $version, which $shows,", ({ version, keyIsShown }) => {
  let world: World;
  /** Every body that somebody sent to a connection by PUT, as JSON. */
  const sent: { id: string; body: string }[] = [];

  beforeAll(async () => {
    world = await startWorld({ ...enforceAll, NETWORK_API_VERSION: version }, { durationScale: 0.01 });
    world.azure.arm.failNext(({ method, path, body }) => {
      if (method === "PUT") sent.push({ id: path.toLowerCase(), body });
      return undefined;
    });
  });
  afterAll(() => world?.close());

  test.each(ifMatch)(
    "a cleared policy comes back with If-Match %s; the key stays, and goes nowhere but back to Azure",
    async (networkIfMatch) => {
      world.azure.arm.switches.networkIfMatch = networkIfMatch;
      const sharedKey = `canary-shared-key-${networkIfMatch}-41f7`;
      const id = seedTunnel(connectionId(networkIfMatch), sharedKey);
      await connected(id);
      await world.deliver(writeEvent(id, { data: { operationName: "Microsoft.Network/connections/write" } }));
      await world.judged(id, "compliant");

      await clearByPerson(id);
      const { id: remediation } = await world.remediation(id, "remediated");
      await connected(id);
      await world.get(`/api/remediations/${remediation}`);
      await world.remediations(id);
      await world.quiet();

      expect(world.stored(id)).toMatchObject({ properties: { ipsecPolicies: [policy] } });
      expect(world.azure.arm.resources.get(id)?.secrets).toEqual({ sharedKey });
      const [byPerson, byService, ...others] = sent.filter((each) => each.id === id.toLowerCase());
      expect(byPerson?.body).toContain(sharedKey);
      expect(keyIn(byService?.body)).toBe(keyIsShown ? sharedKey : undefined);
      expect(others).toEqual([]);
      expect(placesWith(await everythingKept(world), sharedKey)).toEqual([]);
    },
  );

  test("the service wrote with that version, and asked for no key", async () => {
    const asked = ifMatch.flatMap((each) => world.requests(connectionId(each)));
    const written = asked.filter(({ method }) => method === "PUT");
    expect(written.map(({ apiVersion }) => apiVersion)).toEqual(ifMatch.map(() => version));
    expect(asked.filter(({ path }) => /sharedkey/i.test(path))).toEqual([]);
    // The search for the keys works: what belongs there is found in each place.
    for (const place of ["blob journal", "table remediations", "log", "answer"]) {
      expect(placesWith(await everythingKept(world), policy.dhGroup)).toContainEqual(expect.stringMatching(place));
    }
  });

  /** A tunnel to an office that speaks the policy and nothing else. */
  function seedTunnel(id: string, sharedKey: string): string {
    const { arm } = world.azure;
    const gateway = `${id.replace("/connections/", "/virtualNetworkGateways/")}-gateway`;
    const office = id.replace("/connections/", "/localNetworkGateways/");
    arm.seed(gateway, {});
    arm.seed(office, {});
    arm.peers.set(id, { speaks: [policy], delaySeconds: 0 });
    const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: office } };
    arm.seed(id, { properties: { ...ends, sharedKey, ipsecPolicies: [{ ...policy }] } });
    return id;
  }

  async function clearByPerson(id: string): Promise<void> {
    const read = connectionSchema.parse(await send("GET", id));
    await send("PUT", id, { ...read, properties: { ...read.properties, ipsecPolicies: [] } });
  }

  async function connected(id: string): Promise<void> {
    await eventually(async () => {
      const { properties } = connectionSchema.parse(await send("GET", id));
      return properties.connectionStatus === "Connected";
    }, `the tunnel of ${id}`);
  }

  async function send(method: "GET" | "PUT", id: string, body?: unknown): Promise<unknown> {
    const url = `${world.azure.arm.endpoint}${id}?api-version=${personsVersion}`;
    const request = createPipelineRequest({ url, method });
    if (body !== undefined) {
      request.body = JSON.stringify(body);
      request.headers.set("content-type", "application/json");
    }
    const { status, bodyAsText } = await world.person.pipeline.sendRequest(createDefaultHttpClient(), request);
    if (status >= 300) throw new Error(`${method} ${id}: ${status} ${bodyAsText}`);
    return JSON.parse(bodyAsText ?? "");
  }
});

function connectionId(networkIfMatch: string): string {
  return `${network}/connections/office-${networkIfMatch}`;
}

const connectionSchema = z.looseObject({ properties: z.record(z.string(), z.json()) });

function keyIn(body = "{}"): unknown {
  return connectionSchema.parse(JSON.parse(body)).properties.sharedKey;
}

function placesWith(kept: readonly { where: string; text: string }[], text: string): string[] {
  return kept.filter((each) => each.text.includes(text)).map(({ where }) => where);
}
