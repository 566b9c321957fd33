import { describe, expect, test } from "vitest";
import { createCertificate } from "../../emulator/arm/certificate.ts";
import { startArm } from "../../emulator/arm/index.ts";
import { manualClock } from "../../emulator/clock.ts";
import { defaultSubscriptions, tenantId } from "../../emulator/company.ts";
import {
  demoAccounts,
  demoDatabases,
  demoPolicy,
  demoResources,
  seedDemoResources,
} from "../../emulator/demo-resources.ts";

describe("the demo's resources", () => {
  test("stand in Azure once they are seeded, without an event", async () => {
    const events: unknown[] = [];
    const arm = await startArm({
      port: 0,
      certificate: await createCertificate(),
      clock: manualClock(0),
      tenantId,
      subscriptions: defaultSubscriptions,
      authenticate: () => undefined,
      publish: (event) => events.push(event),
    });
    try {
      seedDemoResources({ arm });

      for (const { id } of demoResources) expect(arm.resources.get(id), id).toBeDefined();
      expect(arm.resources.get(demoAccounts.fjordledger)?.body).toMatchObject({
        properties: { keyCreationTime: { key1: null, key2: null } },
      });
      expect(arm.resources.get(demoDatabases.members)?.body).toMatchObject({ properties: { status: "Online" } });
      expect(arm.resources.get(demoDatabases.points)?.body).toMatchObject({ properties: { status: "Paused" } });
      expect(arm.resources.get(demoDatabases.master)).toBeDefined();
      expect(arm.resources.get(`${demoDatabases.vouchers}/transparentDataEncryption/Current`)?.body).toMatchObject({
        properties: { state: "Disabled" },
      });
      expect(events).toEqual([]);
    } finally {
      await arm.close();
    }
  });

  test("have names that Azure allows, no two alike", () => {
    const names = Object.values(demoAccounts).map((id) => id.split("/").at(-1) ?? "");

    expect(names.every((name) => /^[a-z0-9]{3,24}$/.test(name))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("the demo's policy", () => {
  test.for([
    { value: true, refused: true },
    { value: false, refused: false },
  ])("refuses a kiosk account with secure transfer $value: $refused", ({ value, refused }) => {
    expect(demoPolicy.when({ properties: { supportsHttpsTrafficOnly: value } })).toBe(refused);
  });
});
