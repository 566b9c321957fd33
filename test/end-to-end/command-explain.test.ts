import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../command/run.ts";
import { accountId, enforceAll, seedAccount, startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, MODE_STORAGE_MINIMUM_TLS: "audit" });
});
afterAll(() => world?.close());

test("explain tells what decides about a resource and what would happen now, and changes nothing", async () => {
  const id = seedAccount(world, "explained", { minimumTlsVersion: "TLS1_0" });

  const { code, out } = await run(["explain", id], world.azure.environment);

  expect(code).toBe(0);
  expect(out[0]).toBe(`${id}: audit`);
  expect(out).toContain("  Writes are possible.");
  expect(out).toContain("  storage/minimum-tls (audit): Audit mode: nothing was changed.");
  expect(out).toContain("    Decided by setting.");
  expect(world.writes(id)).toEqual([]);
});

test("explain of a resource that is not there says so", async () => {
  const { code, out } = await run(["explain", accountId("nowhere")], world.azure.environment);

  expect(code).toBe(0);
  expect(out).toContain("  storage/minimum-tls: The resource is gone.");
});
