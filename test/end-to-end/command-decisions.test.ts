import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ran, run } from "../command/run.ts";
import { accountId, enforceAll, groupId, seedAccount, startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, MODE_STORAGE_MINIMUM_TLS: "approve", APPROVE_WITH_KEY: "true" });
});
afterAll(() => world?.close());

const weakTls = { minimumTlsVersion: "TLS1_0" };

function command(line: readonly string[], word?: string): Promise<Ran> {
  return run(line, world.azure.environment, word === undefined ? {} : { ask: async () => word });
}

/** An account whose fix waits for a person, with the remediation that waits. */
async function waiting(name: string): Promise<{ id: string; remediationId: string; fixed: Ran }> {
  const id = seedAccount(world, name, weakTls);
  const fixed = await command(["fix", id]);
  const remediationId = /remediation ([^)]+)\)/.exec(fixed.out[0] ?? "")?.[1] ?? "";
  return { id, remediationId, fixed };
}

describe("a fix that waits for a person", () => {
  test("is shown with the command line that approves it", async () => {
    const { remediationId, fixed } = await waiting("shown");

    expect(fixed.code).toBe(2);
    expect(fixed.out.join("\n")).toMatch(
      new RegExp(`azure-encryption-guard approve ${remediationId} --proposal [0-9a-f]{64} --reason`),
    );
  });

  test("is made when the person says yes, and the journal says why", async () => {
    const { id, remediationId } = await waiting("approved");

    const { code, out } = await command(["approve", remediationId, "--reason", "Seen with the ships."], "y");

    expect(code).toBe(0);
    expect(out.join("\n")).toContain('Would be sent: {"properties":{"minimumTlsVersion":"TLS1_2"}}');
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
    expect((await command(["journal", "show", id])).out.join("\n")).toContain("Seen with the ships.");
  });

  test("is not made where it is rejected", async () => {
    const { id, remediationId } = await waiting("rejected");

    const { code } = await command(["reject", remediationId, "--reason", "Old tablets."], "y");

    expect(code).toBe(0);
    expect(world.stored(id)).toMatchObject({ properties: weakTls });
  });

  test("is not made by the hash of another proposal", async () => {
    const { id, remediationId } = await waiting("changed");

    const { code, error } = await command(["approve", remediationId, "--reason", "x", "--proposal", "a".repeat(64)]);

    expect(code).toBe(3);
    expect(error[0]).toMatch(/^proposal-changed: /);
    expect(world.stored(id)).toMatchObject({ properties: weakTls });
  });
});

describe("an exemption", () => {
  test("leaves a resource alone, is listed and reported, and can be ended early", async () => {
    world.azure.arm.seed(groupId("refit"), { location: "westeurope" });
    const id = seedAccount(world, "tablets", weakTls, {}, accountId("tablets", "refit"));
    const why = ["--owner", "Ships' office", "--reason", "Old tablets until refit."];

    const granted = await command(["exempt", id, "--baseline", "storage/minimum-tls", ...why, "--for", "1d"]);

    expect(granted.code).toBe(0);
    const exemptionId = granted.out[0]?.split(" ")[0] ?? "";
    expect((await command(["exemptions"])).out).toEqual(granted.out);
    const { out } = await command(["report", "--scope", groupId("refit"), "--output", "json"]);
    expect(JSON.parse(out.join("\n"))).toMatchObject({
      serviceAsked: true,
      lines: [{}, {}, { baseline: "storage/minimum-tls", exemption: { id: exemptionId, owner: "Ships' office" } }, {}],
    });

    expect((await command(["exemptions", "end", exemptionId])).code).toBe(0);
    expect((await command(["exemptions"])).out).toEqual(["Nothing is exempt."]);
  });

  test("that lasts too long is refused with what is allowed", async () => {
    const line = ["exempt", accountId("any"), "--baseline", "all", "--owner", "x", "--reason", "x", "--for", "400d"];

    const { code, error } = await command(line);

    expect(code).toBe(3);
    expect(error.join("\n")).toMatch(/^body-invalid: [\s\S]*until: must be at most 90 days/);
  });
});
