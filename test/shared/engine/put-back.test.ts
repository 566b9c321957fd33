import { describe, expect, test } from "vitest";
import type { WindowStanding } from "../../../shared/policy/resource-policy.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { endsOf, linkedThing, policy } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import { subscriptionId, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;

/** A thing that worked, was fixed, and does not work any more; its look-back comes in 120 s. */
async function brokenByTheFix(more: Parameters<typeof engineWorld>[0] = {}): Promise<EngineWorld> {
  const engine = engineWorld({ baselines: [[policy, "enforce"]], ...more });
  engine.azure.put(id, thingBody({ connected: true }));
  engine.azure.startNextWrite(30);
  await engine.settle();
  engine.azure.change(id, { properties: { connected: false } });
  engine.azure.finish(id);
  await engine.later(38);
  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  return engine;
}

async function putBackInTheEnd(engine: EngineWorld, seconds: number): Promise<void> {
  await engine.later(seconds);
  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
  expect(engine.remediations.all().map(({ outcome }) => outcome)).toContain("reverted");
  expect(await engine.settle(), "it waits for a person then").toMatchObject({ outcome: "reverted" });
  expect(engine.states.all().get(thingId().key)?.lookBacks).toEqual({});
}

describe("a put-back that could not be made at once is made later", () => {
  test("where Azure had too many requests", async () => {
    const engine = await brokenByTheFix();
    engine.azure.refuseNextWrite(refusals.throttled);

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
    await putBackInTheEnd(engine, 60);
  });

  test("where writes were stopped", async () => {
    const engine = await brokenByTheFix();
    await engine.world.control.stopWrites(true, "somebody");

    await engine.later(121);

    expect(engine.azure.writes).toHaveLength(1);
    await engine.world.control.stopWrites(false, "somebody");
    await putBackInTheEnd(engine, 60);
  });

  test("where its operation failed for a while", async () => {
    const engine = await brokenByTheFix();
    engine.azure.failNextWrite(refusals.busy);
    await engine.later(121);
    engine.azure.finish(id);
    engine.azure.change(id, { properties: { encrypted: true } });

    await engine.later(60);
    await putBackInTheEnd(engine, 60);
  });

  test("where its operation failed for good: at the next look, whatever leads to it", async () => {
    const engine = await brokenByTheFix();
    engine.azure.failNextWrite(refusals.invalid);
    await engine.later(121);
    engine.azure.finish(id);
    engine.azure.change(id, { properties: { encrypted: true } });
    await engine.later(60);
    const writes = engine.azure.writes.length;

    await engine.later(7200);
    expect(engine.azure.writes, "and not again and again by itself").toHaveLength(writes);

    await engine.settle();
    await putBackInTheEnd(engine, 60);
  });

  test("where its answer got lost, and it did not take", async () => {
    const engine = await brokenByTheFix();
    engine.azure.loseNextAnswer();
    await engine.later(121);
    engine.azure.change(id, { properties: { encrypted: true } });

    await putBackInTheEnd(engine, 60);
  });
});

describe("a put-back that failed, and that shows the old value, waits for a person: the fix is not written again", () => {
  test("where its operation failed for good", async () => {
    const engine = await brokenByTheFix();
    engine.azure.failNextWrite(refusals.invalid);
    await engine.later(121);
    engine.azure.finish(id);

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "failed" } }]);

    expect(await engine.settle()).toMatchObject({ outcome: "reverted" });
    expect(engine.azure.writes).toHaveLength(2);
  });

  test("where its operation failed for a while, and nothing tells a later look that it did", async () => {
    const engine = await brokenByTheFix();
    engine.azure.failNextWrite(refusals.busy);
    await engine.later(121);
    engine.azure.finish(id);

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "retrying" } }]);
    await engine.later(60);

    expect(await engine.settle()).toMatchObject({ outcome: "reverted" });
    expect(engine.azure.writes).toHaveLength(2);
  });

  test("where its answer got lost, and Azure shows it as failed", async () => {
    const engine = await brokenByTheFix();
    engine.azure.loseNextAnswer();
    await engine.later(121);
    engine.azure.change(id, { properties: { provisioningState: "Failed" } });

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "reverted" } }]);

    expect(engine.azure.writes).toHaveLength(2);
  });
});

test("a put-back is not held back by the cap, and counts against it", async () => {
  const engine = await brokenByTheFix({ settings: { writesPerHour: 2 } });
  await engine.world.budget.reserve(subscriptionId, { perSubscription: 2, inTotal: 2 });

  await putBackInTheEnd(engine, 121);

  expect(await engine.world.budget.reserve(subscriptionId, { perSubscription: 3, inTotal: 9 })).toMatchObject({
    cap: "perSubscription",
  });
});

describe("a put-back that waits", () => {
  test("is left where the resource works again meanwhile", async () => {
    const engine = await brokenByTheFix();
    engine.azure.refuseNextWrite(refusals.throttled);
    await engine.later(121);
    engine.azure.change(id, { properties: { connected: true } });

    await engine.later(60);

    expect(engine.azure.writes).toHaveLength(1);
    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
  });

  test("is left where somebody set another value meanwhile", async () => {
    const engine = await brokenByTheFix();
    engine.azure.refuseNextWrite(refusals.throttled);
    await engine.later(121);
    engine.azure.change(id, { properties: { encrypted: "somebody else's" } });

    await engine.later(60);

    expect(engine.azure.writes.map(({ change }) => change.patch)).toEqual([
      { properties: { encrypted: true } },
      { properties: { encrypted: true } },
    ]);
  });
});

describe("a fix that takes effect at once", () => {
  test("and is put back at once waits for a person, like any other", async () => {
    const engine = engineWorld({ baselines: [[policy, "enforce"]] });
    engine.azure.put(id, thingBody({ connected: true }));
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(121);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });

    expect(await engine.settle()).toMatchObject({ outcome: "reverted" });
    expect(engine.azure.writes).toHaveLength(2);
  });

  test("remembers what the last remediation replaced, and nothing of those before", async () => {
    const engine = engineWorld({ baselines: [[policy, "enforce"]] });
    engine.azure.put(id, thingBody({ connected: true, encrypted: "first" }));
    await engine.settle();
    await engine.later(121);
    engine.azure.change(id, { properties: { encrypted: "second" } });
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: "second" } });
  });

  test("is forgotten once it is read compliant, where it did not work before", async () => {
    const engine = engineWorld({ baselines: [[policy, "enforce"]] });
    engine.azure.put(id, thingBody({ connected: false }));

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });

    expect(engine.states.all().get(thingId().key)?.lookBacks).toEqual({});
  });
});

describe("a fix of two ends", () => {
  test("that breaks what worked has both ends put back, the last one first, and then waits for a person", async () => {
    const engine = linkedThing();
    await fixBothEnds(engine);
    engine.azure.change(id, { properties: { connected: false } });

    for (let write = 0; write < 2; write += 1) {
      engine.azure.startNextWrite(30);
      await engine.later(121);
      engine.azure.finish(id);
    }
    await engine.later(121);

    expect(endsOf(engine)).toEqual([false, false]);
    expect(engine.azure.writes.slice(2).map(({ change }) => change.part)).toEqual(["otherEnd", ""]);
    expect(await engine.settle()).toMatchObject({ outcome: "reverted" });
    expect(engine.azure.writes).toHaveLength(4);
  });

  test("whose second write has to be tried again is not put back meanwhile", async () => {
    const engine = linkedThing();
    engine.azure.refuseWhere(({ part }) => (part === "otherEnd" ? refusals.throttled : undefined));
    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });

    await engine.later(15);
    expect(endsOf(engine)).toEqual([true, false]);
    engine.azure.refuseWhere(() => undefined);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([true, true]);
    expect(engine.azure.writes).toHaveLength(2);
  });

  test("is put back once both ends can be seen again", async () => {
    const engine = linkedThing();
    await fixBothEnds(engine);
    engine.azure.change(id, { properties: { connected: false } });
    const { readParts } = engine.azure.type;
    engine.azure.type.readParts = async () => ({ kind: "read", parts: { otherEnd: { status: "unreadable" } } });

    await engine.later(121);
    expect(endsOf(engine)).toEqual([true, true]);

    engine.azure.type.readParts = readParts;
    await engine.settle();
    expect(endsOf(engine)).toEqual([false, false]);
  });

  test("is looked back at though it does not work between its two writes", async () => {
    const engine = linkedThing();
    await fixBothEnds(engine, () => engine.azure.change(id, { properties: { connected: false } }));

    await engine.later(121);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, false]);
  });

  test.each([
    ["is refused", (engine: EngineWorld) => engine.azure.refuseWhere(({ part }) => refusedAt(part))],
    ["is accepted, and fails at its end", (engine: EngineWorld) => engine.azure.failNextWrite(refusals.invalid)],
  ])("whose second write %s has its first put back, worked before or not", async (_what, prepare) => {
    const engine = linkedThing();
    engine.azure.change(id, { properties: { connected: false } });
    engine.azure.startNextWrite(30);
    await engine.settle();
    prepare(engine);
    engine.azure.finish(id);
    await engine.later(38);
    engine.azure.finish(id);
    await engine.later(60);
    engine.azure.refuseWhere(() => undefined);

    await engine.later(60);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, false]);
    expect(engine.remediations.all().map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(["failed", "reverted"]),
    );
    expect(await engine.settle()).toMatchObject({ outcome: "reverted" });
  });

  test("whose operation failed tells what Azure said in the entry that ends its intent", async () => {
    const engine = linkedThing();
    engine.azure.failNextWrite(refusals.invalid);
    await engine.settle();
    engine.azure.finish(id);

    await engine.later(38);

    const { status, code, message } = refusals.invalid;
    expect(engine.entries("intent-outcome")).toMatchObject([{ outcome: "failed", azure: { status, code, message } }]);
  });

  test("that is given up after a week has what was written put back", async () => {
    const engine = linkedThing();
    engine.azure.change(id, { properties: { connected: false } });
    engine.azure.refuseWhere(({ part, patch }) => (isFixOf(part, patch) ? refusals.busy : undefined));
    await engine.settle();
    expect(endsOf(engine)).toEqual([true, false]);
    for (let day = 0; day < 9; day += 1) await engine.later(24 * 3600);

    expect(endsOf(engine)).toEqual([false, false]);
  });

  test("that began while its write window was open is ended, though the window has closed", async () => {
    const engine = linkedThing();
    let window: WindowStanding = { name: "nights", isOpen: true };
    const { current } = engine.world.policies;
    engine.world.policies.current = async (subscription) => {
      const decided = await current(subscription);
      return { ...decided, of: (...about) => decided.of(...about).map((each) => ({ ...each, window })) };
    };

    await fixBothEnds(engine, () => {
      window = { name: "nights", isOpen: false, opensAt: "2026-11-30T20:00:00.000Z" };
    });
  });

  test("that a person's choice stops halfway has what was written put back", async () => {
    const engine = linkedThing();
    engine.azure.change(id, { properties: { connected: false } });
    engine.azure.startNextWrite(30);
    await engine.settle();
    engine.azure.finish(id);
    for (const each of engine.world.settings.baselines) each.mode = "approve";

    await engine.later(38);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, false]);
  });
});

describe("a change that Azure shows as failed", () => {
  test("proves nothing, though it shows the goal: it is put back", async () => {
    const engine = engineWorld({ baselines: [[policy, "enforce"]] });
    engine.azure.put(id, thingBody({ connected: true }));
    engine.azure.loseNextAnswer();
    await engine.settle();
    engine.azure.change(id, { properties: { provisioningState: "Failed" } });

    await engine.later(60);

    expect(engine.entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["superseded", "reverted"]);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
  });
});

async function fixBothEnds(engine: EngineWorld, between: () => void = () => undefined): Promise<void> {
  engine.azure.startNextWrite(30);
  await engine.settle();
  engine.azure.finish(id);
  between();
  engine.azure.startNextWrite(30);
  await engine.later(38);
  engine.azure.finish(id);
  await engine.later(60);
  expect(endsOf(engine)).toEqual([true, true]);
}

function refusedAt(part: string) {
  return part === "otherEnd" ? refusals.invalid : undefined;
}

function isFixOf(part: string, patch: unknown): boolean {
  return part === "otherEnd" && JSON.stringify(patch).includes("true");
}
