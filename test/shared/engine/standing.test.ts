import { describe, expect, test } from "vitest";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import { compliant, encryption, minimumVersion, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;

function audited(): EngineWorld {
  const engine = engineWorld({
    baselines: [
      [encryption, "audit"],
      [minimumVersion, "audit"],
    ],
  });
  engine.azure.put(id, thingBody());
  return engine;
}

describe("a look that finds what the last one found", () => {
  test("is journaled where an event led to it", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));

    await engine.settle();
    await engine.settle();

    expect(engine.entries("check")).toHaveLength(2);
  });

  test.each(["sweep", "waker"] as const)("adds nothing to the journal where a %s led to it", async (via) => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));

    await engine.settle();
    await engine.settle({ via });

    expect(engine.entries("check")).toHaveLength(1);
  });

  test("for one baseline is journaled where a sweep finds something else for another", async () => {
    const engine = audited();
    await engine.settle();
    engine.azure.change(id, { properties: { minimumVersion: "0" } });

    await engine.settle({ via: "sweep" });

    expect(engine.entries("remediation")).toHaveLength(2);
  });
});

describe("a resource that is not read, since it is paused", () => {
  const paused = (engine: EngineWorld) => engine.azure.skipNextRead("skipped-paused", "It is paused.");

  test("is journaled by the first sweep that finds it so, and not again", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));
    await engine.settle();
    const kept: number[] = [];
    for (let sweep = 0; sweep < 3; sweep += 1) {
      paused(engine);
      await engine.settle({ via: "sweep" });
      kept.push(engine.journal.entries.length);
    }

    expect(kept).toEqual([2, 2, 2]);
  });

  test("is journaled again once it was read meanwhile", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));
    paused(engine);
    await engine.settle({ via: "sweep" });
    await engine.settle({ via: "sweep" });
    const before = engine.journal.entries.length;
    paused(engine);

    await engine.settle({ via: "sweep" });

    expect(engine.journal.entries.length).toBe(before + 1);
  });
});

describe("an entry names as unchanged", () => {
  const unchanged = ({ entries }: EngineWorld) => entries("remediation").map((entry) => entry.unchanged);

  test("the baselines that stand as they were told before, and not one of which something else was found", async () => {
    const engine = audited();
    await engine.settle();
    engine.azure.change(id, { properties: { minimumVersion: "0" } });

    await engine.settle();

    expect(unchanged(engine)).toEqual([[], [encryption.id]]);
  });

  test("nothing that Azure refuses for another reason than before", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());
    for (const refusal of [refusals.locked, refusals.missingRole, refusals.missingRole]) {
      engine.azure.refuseNextWrite(refusal);
      await engine.settle();
    }

    expect(unchanged(engine)).toEqual([[], [], [encryption.id]]);
  });
});
