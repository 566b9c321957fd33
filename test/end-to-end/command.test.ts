import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ran, run } from "../command/run.ts";
import { accountId, enforceAll, groupId, seedAccount, startWorld, type World } from "./world.ts";

let world: World;

const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, APPROVE_WITH_KEY: "true" });
});
afterAll(() => world?.close());

/** As in a shell that has read the local Azure's environment. */
function command(...line: string[]): Promise<Ran> {
  return run(line, world.azure.environment);
}

describe("check, in Azure", () => {
  test("finds what falls short of one resource, and changes nothing", async () => {
    const id = seedAccount(world, "checked", weakTls);

    const { code, out } = await command("check", id);

    expect(code).toBe(2);
    expect(out).toContain("  not compliant  storage/minimum-tls");
    expect(out.join("\n")).toContain("properties.minimumTlsVersion is TLS1_0, expected TLS1_2 or later");
    expect(world.stored(id)).toMatchObject({ properties: weakTls });
    expect(world.writes(id)).toEqual([]);
  });

  test("judges the resource that a part belongs to, and ends with 0 where it is compliant", async () => {
    const id = seedAccount(world, "partly");

    const { code, out } = await command("check", `${id}/fileServices/default`);

    expect(code).toBe(0);
    expect(out[0]).toBe(id);
  });

  test("judges all of a resource group, and no other", async () => {
    world.azure.arm.seed(groupId("fleet"), { location: "westeurope" });
    seedAccount(world, "fleetgood", {}, {}, accountId("fleetgood", "fleet"));
    seedAccount(world, "fleetweak", weakTls, {}, accountId("fleetweak", "fleet"));

    const { code, out, progress } = await command("check", groupId("fleet"));

    expect(code).toBe(2);
    expect(out.at(-1)).toBe("2 resources: 7 compliant, 1 not compliant, 0 unknown.");
    expect(progress).toContain("2 of 2 read");
  });

  test("says of a resource that can't be read that it is unknown, with Azure's own word, and ends with 4", async () => {
    const { code, out } = await command("check", accountId("nowhere"));

    expect(code).toBe(4);
    expect(out.join("\n")).toMatch(/unknown +storage\/minimum-tls\n +Azure refused to show it: ResourceNotFound/);
  });

  test("says which types have baselines where this one has none", async () => {
    const { code, error } = await command("check", `${groupId("fleet")}/providers/Microsoft.KeyVault/vaults/keys`);

    expect(code).toBe(3);
    expect(error[0]).toMatch(
      /No baseline concerns Microsoft\.KeyVault\/vaults\. .*Microsoft\.Storage\/storageAccounts/,
    );
  });

  test("gives SARIF that names the resource where there is no file", async () => {
    const id = seedAccount(world, "sarifed", weakTls);

    const { out } = await command("check", id, "--output", "sarif");

    const location = { physicalLocation: { artifactLocation: { uri: id.slice(1) } } };
    expect(JSON.parse(out.join("\n"))).toMatchObject({ runs: [{ results: [{ locations: [location] }] }] });
  });
});
