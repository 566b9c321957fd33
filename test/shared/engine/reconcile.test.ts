import { describe, expect, test } from "vitest";
import { afterEachSoundHistory, engineWorld } from "../../support/engine-world.ts";
import { compliant, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

describe("a look", () => {
  test("leaves a compliant resource as it is, with one read", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));

    const { outcome } = await settle();

    expect(outcome).toBe("compliant");
    expect(azure.reads).toBe(1);
    expect(azure.writes).toEqual([]);
    expect(entries("check")).toMatchObject([{ outcome: "compliant", dryRun: false }]);
  });

  test("brings a resource to its baseline with one read and one write, and indexes the remediation", async () => {
    const { azure, settle, entries, remediations } = engineWorld();
    azure.put(thingId().text, thingBody());

    const { outcome, remediationId } = await settle();

    expect(outcome).toBe("remediated");
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect([azure.reads, azure.writes.length]).toEqual([1, 1]);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
    expect(await remediations.find(remediationId ?? "")).toMatchObject({ outcome: "remediated", via: "event" });
  });
});
