import { describe, expect, test } from "vitest";
import type { Guard } from "../../../shared/baselines/baseline.ts";
import { valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { linkedLookBack, policy } from "../../support/linked-things.ts";
import { propertyBaseline, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;

/** Stops the fix of what works, and can't tell while it is connecting. */
const inUse: Guard<Record<string, never>> = {
  id: "in-use",
  title: "In use",
  parts: [],
  evaluate({ body }) {
    const connected = valueAt(body, "properties.connected");
    if (connected === false) return undefined;
    const verdict = { reason: "Seen so.", mayBreak: "It may break.", advice: "Ask.", allowed: false };
    return connected === "connecting" ? { ...verdict, askAgainSeconds: 30 } : verdict;
  },
};
const guarded = propertyBaseline("policy", "encrypted", true, {
  lookBack: linkedLookBack,
  writtenAlone: true,
  guards: [inUse],
});

function connecting(baseline = guarded): EngineWorld {
  const engine = engineWorld({ baselines: [[baseline, "enforce"]] });
  engine.azure.put(id, thingBody({ connected: "connecting" }));
  return engine;
}

describe("a guard that can't tell yet", () => {
  test("is asked again later, and longer each time; nothing is written meanwhile", async () => {
    const engine = connecting();

    expect(await engine.settle()).toMatchObject({ outcome: "retrying", results: [{ guard: "in-use" }] });
    expect(await engine.later(29)).toEqual([]);
    expect(await engine.later(10)).toMatchObject([{ result: { outcome: "retrying" } }]);
    expect(await engine.later(50)).toEqual([]);
    expect(await engine.later(30)).toMatchObject([{ result: { outcome: "retrying" } }]);

    expect(engine.azure.writes).toEqual([]);
  });

  test.each([
    { connected: true, outcome: "awaiting-approval", writes: 0 },
    { connected: false, outcome: "remediated", writes: 1 },
  ])("then decides by what it sees: connected $connected", async ({ connected, outcome, writes }) => {
    const engine = connecting();
    await engine.settle();
    engine.azure.change(id, { properties: { connected } });

    expect(await engine.later(40)).toMatchObject([{ result: { outcome } }]);

    expect(engine.azure.writes).toHaveLength(writes);
  });

  test("gives way to one that stops the fix for good", async () => {
    const stopping = { ...inUse, id: "never", evaluate: () => ({ ...always }) };
    const always = { reason: "Never.", mayBreak: "All.", advice: "Leave it.", allowed: false };
    const engine = connecting(propertyBaseline("policy", "encrypted", true, { guards: [inUse, stopping] }));

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval", results: [{ guard: "never" }] });
  });

  test("says in audit mode that it would be looked at again", async () => {
    const engine = engineWorld({ baselines: [[guarded, "audit"]] });
    engine.azure.put(id, thingBody({ connected: "connecting" }));

    const { outcome, results } = await engine.settle();

    expect(outcome).toBe("audit");
    expect(results[0]?.reason).toContain("it would be looked at again");
  });
});

describe("whether a resource worked before a fix", () => {
  test.each([
    { seen: true, lookedBackAt: true },
    { seen: false, lookedBackAt: false },
  ])("is what was last seen, where it is on its way just now: seen $seen", async ({ seen, lookedBackAt }) => {
    const engine = connecting(policy);
    engine.azure.change(id, { properties: { connected: seen, encrypted: true } });
    await engine.settle();
    engine.azure.change(id, { properties: { connected: "connecting", encrypted: false } });

    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });
    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: !lookedBackAt } });
  });

  test("is not seen while Azure works on the resource", async () => {
    const engine = connecting(policy);
    engine.azure.change(id, { properties: { connected: true, encrypted: true } });
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false, provisioningState: "Updating" } });
    await engine.settle();
    const settled = { connected: "connecting", provisioningState: "Succeeded" };
    engine.azure.change(id, { properties: { ...settled, encrypted: false } });
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
  });

  test("is taken for granted where it never showed", async () => {
    const engine = connecting(policy);
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
  });
});

test("what is compliant while it is on its way is not remembered as known to the other side", async () => {
  const engine = connecting(policy);
  engine.azure.change(id, { properties: { encrypted: true } });

  await engine.settle();

  expect(engine.states.all().get(thingId().key)?.lastCompliant).toEqual({});
});
