import { describe, expect, test } from "vitest";
import type { RegisteredBaseline } from "../../../shared/baselines/baseline.ts";
import type { ResourceId } from "../../../shared/resources/resource-id.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { memoryAzure } from "../../support/memory-azure.ts";
import { bound, closed, encryption, resourceId, thingBody, thingId, thingType } from "../../support/things.ts";

afterEachSoundHistory();

/** Stands for the death of the worker: nothing that comes after it is done. */
class Death extends Error {}

/**
 * Lets the worker die at one of its calls to its own storage, before the call takes effect or right after; gives whether it came so far.
 * A dead worker makes no further call, so what it still tries fails too.
 */
async function dieAt(engine: EngineWorld, call: number, when: "before" | "after"): Promise<boolean> {
  let calls = 0;
  let isDead = false;
  const { world } = engine;
  const alive = { ...world };
  function mortal<Arguments extends unknown[], Value>(work: (...given: Arguments) => Promise<Value>) {
    return async (...given: Arguments): Promise<Value> => {
      if (isDead) throw new Death();
      calls += 1;
      if (calls !== call) return await work(...given);
      isDead = true;
      if (when === "after") await work(...given);
      throw new Death();
    };
  }
  const { states, journal, remediations, changes, leases } = alive;
  Object.assign(world, {
    states: { ...states, read: mortal(states.read), write: mortal(states.write) },
    journal: { ...journal, append: mortal(journal.append), place: mortal(journal.place) },
    remediations: { ...remediations, save: mortal(remediations.save) },
    changes: { ...changes, send: mortal(changes.send) },
    leases: { ...leases, take: mortal(leases.take), release: mortal(leases.release), abandon: mortal(leases.abandon) },
  });
  await engine.look().catch((thrown: unknown) => {
    if (!(thrown instanceof Death)) throw thrown;
  });
  Object.assign(world, alive);
  return isDead;
}

describe.each(["before", "after"] as const)("a worker that dies %s any of its storage calls takes effect", (when) => {
  test.each<[string, RegisteredBaseline, ResourceId[] | undefined]>([
    ["one write", encryption, undefined],
    ["two writes in a row", closed(true), undefined],
    ["one write in a unit of several", encryption, [thingId("gateway")]],
  ])("leaves a remediation that the next look ends: %s", async (_what, baseline, units) => {
    for (let call = 1; ; call += 1) {
      const azure = memoryAzure(thingType, units && (() => units));
      const engine = engineWorld({ azure, baselines: [[baseline, "enforce"]] });
      engine.azure.put(thingId().text, thingBody(), { access: { properties: {} } });
      const died = await dieAt(engine, call, when);
      engine.clock.advance(91);
      await engine.look();
      await engine.later(60);

      const intents = engine.entries("intent").map(({ intentId }) => intentId);
      const ended = engine.entries("intent-outcome").map(({ intentId }) => intentId);
      const { text: id } = thingId();
      const parts = { access: engine.azure.partOf(id, "access") };
      expect(bound(baseline).check({ id, body: engine.azure.bodyOf(id), parts })).toEqual([]);
      expect([...engine.states.all().values()].flatMap(({ remediation }) => remediation?.intents ?? [])).toEqual([]);
      expect(ended, `death at call ${call}`).toEqual(expect.arrayContaining(intents));
      expect(new Set(engine.azure.writes.map(({ correlationId }) => correlationId)).size).toBe(
        engine.azure.writes.length,
      );
      expect(await engine.world.leases.abandoned()).toEqual([]);
      expect(
        [...engine.states.all().values()].flatMap(({ busy }) => busy ?? []),
        `death at call ${call}`,
      ).toEqual([]);
      if (!died) return;
      expect(call).toBeLessThan(60);
    }
  });
});

describe("an intent that a dead worker left open", () => {
  test("counts as sent where its entry is in the journal, though the state does not know", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    await dieAfterTheWrite(engine);
    engine.clock.advance(91);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });

    expect(engine.azure.writes).toHaveLength(1);
    expect(engine.entries("intent-outcome")).toMatchObject([{ outcome: "remediated", foreignDifferences: [] }]);
  });

  test("is held against what it must leave as it is, also by the later look that settles it", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody({ size: 1 }));
    await dieAfterTheWrite(engine);
    engine.clock.advance(91);
    engine.azure.change(thingId().text, { properties: { size: 2 } });

    await engine.settle();

    expect(engine.entries("intent-outcome")).toMatchObject([
      { foreignDifferences: [{ path: "properties.size", before: "1", after: "2" }] },
    ]);
  });

  test("does not get a second outcome where the first one is in the journal already", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    await dieBeforeTheEndIsSaved(engine);
    engine.clock.advance(91);

    await engine.settle();

    expect(engine.entries("intent-outcome")).toHaveLength(1);
    expect(engine.azure.writes).toHaveLength(1);
  });

  test("does not get a second outcome either where the resource has moved to another unit meanwhile", async () => {
    let unit = thingId("bridge");
    const engine = engineWorld({ azure: memoryAzure(thingType, () => [unit]) });
    engine.azure.put(thingId().text, thingBody());
    await dieBeforeTheEndIsSaved(engine);
    engine.clock.advance(91);
    const left = await engine.world.leases.abandoned();
    unit = thingId("other-bridge");

    for (const { cause, unit: leftIn } of left) await engine.settle(cause, { leftIn: resourceId(leftIn) });

    expect(engine.entries("intent-outcome")).toHaveLength(1);
    expect(await engine.world.leases.abandoned()).toEqual([]);
  });
});

/** What it did is in the journal, and the state does not know. */
async function dieBeforeTheEndIsSaved(engine: EngineWorld): Promise<void> {
  const { states } = engine.world;
  engine.world.states = {
    ...states,
    async write(id, state) {
      if (Object.keys(state.state.outcomes).length > 0) throw new Death();
      return await states.write(id, state);
    },
  };
  await expect(engine.look()).rejects.toThrow(Death);
  engine.world.states = states;
}

async function dieAfterTheWrite(engine: EngineWorld): Promise<void> {
  const { append } = engine.world.journal;
  let appends = 0;
  engine.world.journal.append = async (unit, entries) => {
    appends += 1;
    if (appends > 1) throw new Death();
    return await append(unit, entries);
  };
  await expect(engine.look()).rejects.toThrow(Death);
  engine.world.journal.append = append;
}
