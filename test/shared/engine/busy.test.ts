import { describe, expect, test } from "vitest";
import { reconcile } from "../../../shared/engine/reconcile.ts";
import type { Answer } from "../../../shared/engine/world.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { memoryAzure, refusals } from "../../support/memory-azure.ts";
import { encryption, thingBody, thingId, thingType } from "../../support/things.ts";

afterEachSoundHistory();

const [first, second] = [thingId("tunnel-1"), thingId("tunnel-2")];
const gateway = thingId("gateway");

/** Two things that fall short, and share a unit. */
function sharingThings(): EngineWorld {
  const azure = memoryAzure(thingType, () => [gateway]);
  const engine = engineWorld({ azure, baselines: [[encryption, "enforce"]] });
  for (const { text } of [first, second]) azure.put(text, thingBody());
  return engine;
}

function lookAt(engine: EngineWorld, id: typeof first): Promise<Answer> {
  return reconcile(engine.world, engine.azure.type, { id, cause: { via: "sweep" }, attempt: 0, dryRun: false });
}

function busyIn(engine: EngineWorld): string | undefined {
  return engine.states.all().get(gateway.key)?.busy?.resourceId;
}

test("a resource that is a unit by itself is fixed like any other, and marked as busy nowhere", async () => {
  const azure = memoryAzure(thingType, (id) => [id]);
  const engine = engineWorld({ azure, baselines: [[encryption, "enforce"]] });
  azure.put(first.text, thingBody());

  expect(await lookAt(engine, first)).toMatchObject({ result: { outcome: "remediated" } });

  expect(engine.states.all().get(first.key)).not.toHaveProperty("busy");
});

describe("a unit of several resources", () => {
  test("is free again where who marked it died before it wrote, and nothing is left to write", async () => {
    const engine = sharingThings();
    const { write } = engine.world.states;
    engine.world.states.write = async (id, row) => {
      if (id.key === first.key) throw new Error("The worker dies.");
      return await write(id, row);
    };
    await expect(lookAt(engine, first)).rejects.toThrow("The worker dies.");
    expect(busyIn(engine)).toBe(first.key);
    engine.world.states.write = write;
    engine.azure.change(first.text, { properties: { encrypted: true } });

    expect(await lookAt(engine, first)).toMatchObject({ result: { outcome: "compliant" } });

    expect(busyIn(engine)).toBeUndefined();
  });

  test("is busy while a change of one of them is not proven: another waits, and is written afterwards", async () => {
    const engine = sharingThings();
    engine.azure.startNextWrite(30);
    await lookAt(engine, first);

    expect(await lookAt(engine, second)).toMatchObject({ result: { outcome: "retrying" } });
    expect(engine.azure.writes.map(({ id }) => id)).toEqual([first.key]);

    engine.azure.finish(first.text);
    await engine.later(60);
    await engine.later(60);

    expect(engine.azure.writes.map(({ id }) => id)).toEqual([first.key, second.key]);
    expect(engine.remediations.all().map(({ outcome }) => outcome)).toEqual(["remediated", "remediated"]);
    expect(busyIn(engine)).toBeUndefined();
  });

  test("names the resource that it is busy with", async () => {
    const engine = sharingThings();
    engine.azure.startNextWrite(30);
    await lookAt(engine, first);

    const answer = await lookAt(engine, second);

    expect(busyIn(engine)).toBe(first.key);
    expect(JSON.stringify(answer)).toContain(`is being changed: ${first.key}`);
  });

  test.each([
    ["took effect at once", () => undefined],
    ["was refused", (engine: EngineWorld) => engine.azure.refuseNextWrite(refusals.locked)],
  ])("is free after a write that %s", async (_what, prepare) => {
    const engine = sharingThings();
    prepare(engine);
    await lookAt(engine, first);

    expect(busyIn(engine)).toBeUndefined();
    expect(await lookAt(engine, second)).toMatchObject({ result: { outcome: "remediated" } });
  });

  test("stays busy where an answer got lost, until a read settles it", async () => {
    const engine = sharingThings();
    engine.azure.loseNextAnswer();
    await lookAt(engine, first);

    expect(busyIn(engine)).toBe(first.key);
    await engine.later(60);
    expect(busyIn(engine)).toBeUndefined();
  });

  test("is free for the resource that it is busy with, whose write has to be made again", async () => {
    const engine = sharingThings();
    engine.azure.refuseNextWrite(refusals.broken);
    expect(await lookAt(engine, first)).toMatchObject({ result: { outcome: "retrying" } });
    expect(busyIn(engine)).toBe(first.key);

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });

  test("is free half an hour later, where nobody came to prove the change", async () => {
    const engine = sharingThings();
    engine.azure.startNextWrite(30);
    await lookAt(engine, first);
    engine.clock.advance(30 * 60);

    await lookAt(engine, second);

    expect(engine.azure.writes.map(({ id }) => id)).toEqual([first.key, second.key]);
  });

  test("is free where the resource that was being changed is gone", async () => {
    const engine = sharingThings();
    engine.azure.startNextWrite(30);
    await lookAt(engine, first);
    engine.azure.remove(first.text);

    await engine.later(60);

    expect(busyIn(engine)).toBeUndefined();
  });

  test("stays busy with the one that is being changed, though a look at another takes over from a dead worker", async () => {
    const engine = sharingThings();
    engine.azure.startNextWrite(30);
    await lookAt(engine, first);
    engine.azure.change(second.text, { properties: { encrypted: true } });
    await engine.world.leases.take(gateway, "a worker that dies", { resourceId: second.text, cause: { via: "sweep" } });
    engine.clock.advance(91);

    expect(await lookAt(engine, second)).toMatchObject({ result: { outcome: "compliant" } });

    expect(busyIn(engine)).toBe(first.key);
  });

  test("costs nothing where nothing is written", async () => {
    const engine = sharingThings();
    engine.azure.change(first.text, { properties: { encrypted: true } });
    const { read } = engine.world.states;
    const asked: string[] = [];
    engine.world.states.read = async (id) => {
      asked.push(id.key);
      return await read(id);
    };

    await lookAt(engine, first);

    expect(asked).not.toContain(gateway.key);
  });
});
