import { describe, expect, test } from "vitest";
import { settingsPolicies } from "../../../shared/policy/resource-policy.ts";
import type { ResourceState } from "../../../shared/state/resource-state.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { compliant, encryption, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();
const hour = 3600;
const weak = { properties: { encrypted: false } };

function remembered({ states }: EngineWorld): Partial<ResourceState> {
  return states.all().get(thingId().key) ?? {};
}

describe("events that were settled", () => {
  function compliantThing(): EngineWorld {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));
    return engine;
  }

  test("are remembered for as long as they may be delivered again, a day and an hour", async () => {
    const engine = compliantThing();
    await engine.settle({ eventId: "first" });
    engine.clock.advance(25 * hour - 1);
    await engine.settle({ eventId: "second" });
    expect(remembered(engine).settledEvents?.map((event) => event.id)).toEqual(["second", "first"]);
    engine.clock.advance(1);

    await engine.settle({ eventId: "third" });

    expect(remembered(engine).settledEvents?.map((event) => event.id)).toEqual(["third", "second"]);
  });

  test("are remembered up to two hundred, the newest", async () => {
    const engine = compliantThing();
    for (let event = 0; event < 205; event += 1) await engine.settle({ eventId: `event ${event}` });

    const ids = remembered(engine).settledEvents?.map((event) => event.id) ?? [];

    expect([ids.length, ids[0], ids.at(-1)]).toEqual([200, "event 204", "event 5"]);
  });
});

describe("a breaker that is open", () => {
  async function aDayAfterItOpened(): Promise<EngineWorld> {
    const engine = engineWorld({ settings: { breakerFixes: 1 } });
    engine.azure.put(id, thingBody());
    await engine.settle();
    engine.azure.change(id, weak);
    expect(await engine.settle()).toMatchObject({ outcome: "contested" });
    engine.clock.advance(24 * hour);
    return engine;
  }

  test("is closed by a look that finds the baseline compliant a day later: the fight is over", async () => {
    const engine = await aDayAfterItOpened();
    engine.azure.change(id, { properties: { encrypted: true } });
    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
    expect(remembered(engine).contested).toEqual({});
    engine.azure.change(id, weak);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("stays open where it does not comply, though it is only audited by then", async () => {
    const engine = await aDayAfterItOpened();
    const { baselines } = engine.world.settings;
    engine.world.policies = settingsPolicies(baselines.map(({ baseline }) => ({ baseline, mode: "audit" })));

    expect(await engine.settle()).toMatchObject({ outcome: "audit" });

    expect(Object.keys(remembered(engine).contested ?? {})).toEqual([encryption.id]);
  });

  test("waits to see whether the fix that it let through is set back", async () => {
    const engine = await aDayAfterItOpened();
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });

    expect(Object.keys(remembered(engine).contested ?? {})).toEqual([encryption.id]);
  });
});

test("since when a baseline falls short is remembered until it was fixed, and anew after that", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  expect(remembered(engine).outcomes?.[encryption.id]).not.toHaveProperty("since");
  engine.clock.advance(hour);
  const since = engine.clock.now().toISOString();
  await engine.world.control.stopWrites(true, "operator");
  engine.azure.change(id, weak);
  await engine.settle();
  engine.clock.advance(hour);

  await engine.settle();

  expect(remembered(engine).outcomes?.[encryption.id]).toMatchObject({ outcome: "capped", since });
});
