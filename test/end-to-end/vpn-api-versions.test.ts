import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ArmRequest, ArmSwitches } from "../../emulator/arm/index.ts";
import { type Json, objectAt } from "../../emulator/arm/json.ts";
import { everythingKept } from "./everything-kept.ts";
import {
  change,
  foreign,
  keyOf,
  own,
  policiesOf,
  recordWrites,
  seedPair,
  seedTunnel,
  seenCompliant,
  sharedKey,
  tunnelStatus,
} from "./tunnels.ts";
import { enforceAll, startWorld, type World } from "./world.ts";

/** What Azure does with the shared key at each api-version, and what it may do with If-Match, which nobody has recorded. */
const apiVersions = [
  // As recorded: the key is in each GET and PUT answer.
  { apiVersion: "2022-01-01", sent: sharedKey },
  { apiVersion: "2024-05-01", sent: sharedKey },
  // The key is in no answer any more, and what was not read is not sent.
  { apiVersion: "2026-01-01", sent: undefined },
];
const ifMatch: ArmSwitches["networkIfMatch"][] = ["ignored", "honoured", "refused"];

describe.each(apiVersions)("at the api-version $apiVersion", ({ apiVersion, sent }) => {
  let world: World;
  let written: ArmRequest[];

  beforeAll(async () => {
    world = await startWorld({ ...enforceAll, NETWORK_API_VERSION: apiVersion }, { durationScale: 0.01 });
    written = recordWrites(world);
  });
  afterAll(() => world?.close());

  test.each(ifMatch)("a cleared policy is healed where If-Match is %s, and the key stays", async (networkIfMatch) => {
    world.azure.arm.switches.networkIfMatch = networkIfMatch;
    const id = seedTunnel(world, networkIfMatch, { ipsecPolicies: [{ ...own }] }, [own, "defaults"]);
    await seenCompliant(world, id);
    const before = world.stored(id);

    await change(world, id, { ipsecPolicies: [] });
    await world.remediation(id, "remediated");

    await tunnelStatus(world, id, "Connected");
    expect(policiesOf(world, id)).toEqual([own]);
    expect(foreign(world.stored(id))).toEqual(foreign(before));
    expect(keyOf(world, id)).toBe(sharedKey);
    expect(world.writes(id)).toMatchObject([{ method: "PUT", apiVersion, status: 200 }]);
    expect(keysIn(written, id)).toEqual([sent]);
  });

  test("both ends of a VNet-to-VNet pair are healed, and their keys stay the same", async () => {
    const { here, there } = seedPair(world, "pair", { policies: [] }, { policies: [] });

    await change(world, here, {});
    await world.remediation(here, "remediated");

    await tunnelStatus(world, here, "Connected");
    expect([keyOf(world, here), keyOf(world, there)]).toEqual([sharedKey, sharedKey]);
    expect([keysIn(written, here), keysIn(written, there)]).toEqual([[sent], [sent]]);
  });

  test("the key is in nothing that the service says, answers or keeps, and was not asked for", async () => {
    const kept = await everythingKept(world);

    expect(kept.filter(({ text }) => text.includes(sharedKey))).toEqual([]);
    expect(kept.some(({ where, text }) => where.startsWith("blob journal") && text.includes("ipsecPolicies"))).toBe(
      true,
    );
    expect(world.azure.arm.requests.filter(({ path }) => /sharedkey/i.test(path))).toEqual([]);
  });
});

/** The key in the body of each write to a connection. */
function keysIn(written: readonly ArmRequest[], id: string): (Json | undefined)[] {
  return written
    .filter(({ path }) => path.toLowerCase() === id.toLowerCase())
    .map(({ body }) => objectAt(JSON.parse(body), "properties").sharedKey);
}
