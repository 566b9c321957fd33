import { describe, expect, test } from "vitest";
import { noAnswer } from "../../../shared/resources/refusal.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { memoryAzure, refusals } from "../../support/memory-azure.ts";
import { closed, compliant, thingBody, thingId, thingType } from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();

/** The chains that entries are appended to from now on. */
function chainsOf({ world }: EngineWorld): string[] {
  const chains: string[] = [];
  const { append } = world.journal;
  world.journal.append = (unit, entries) => {
    chains.push(unit);
    return append(unit, entries);
  };
  return chains;
}

describe("a request to Azure", () => {
  /** A thing whose guard has to see a part, read when so many seconds of the lease are left. */
  function nearItsEnd(secondsLeft: number): EngineWorld {
    const engine = engineWorld({ baselines: [[closed(true), "enforce"]] });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    engine.azure.duringNextRead(() => engine.clock.advance(90 - secondsLeft));
    return engine;
  }

  test("is not sent in the last second of a lease: it could outlast that", async () => {
    const engine = nearItsEnd(0.5);

    await expect(engine.look()).rejects.toMatchObject({ code: "state-conflict" });

    expect(engine.azure.writes).toEqual([]);
  });

  test("is given up before the lease could run out", async () => {
    const engine = nearItsEnd(1.005);
    engine.azure.type.readParts = async (_id, _names, signal) => {
      await new Promise((given) => signal.addEventListener("abort", given, { once: true }));
      return { kind: "refused", refusal: noAnswer("No answer in time.") };
    };

    expect(await engine.settle()).toMatchObject({ outcome: "retrying", results: [{ code: "no-answer" }] });
  });
});

describe("the entries of a look", () => {
  test("stand in the chain of the resource, where it is taken by itself", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());
    const chains = chainsOf(engine);

    await engine.settle();

    expect(new Set(chains)).toEqual(new Set([id]));
  });

  test("stand in the chain of the unit that it is taken with, those of a dry run too, which takes nothing", async () => {
    const bridge = thingId("bridge");
    const engine = engineWorld({ azure: memoryAzure(thingType, () => [bridge]) });
    engine.azure.put(id, thingBody());
    const chains = chainsOf(engine);

    await engine.settle();
    await engine.settle({ via: "recheck" }, { dryRun: true });

    expect(engine.entries("check")).toHaveLength(1);
    expect(new Set(chains)).toEqual(new Set([bridge.text]));
  });

  test("say how long each step took, all its times together", async () => {
    const engine = engineWorld({ baselines: [[closed(true), "enforce"]] });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    engine.azure.duringNextRead(() => engine.clock.advance(2));
    for (const seconds of [3, 4]) engine.azure.beforeNextWrite(() => engine.clock.advance(seconds));

    await engine.settle();

    expect(engine.entries("remediation")).toMatchObject([{ durations: { read: 2000, write: 7000, prove: 0 } }]);
  });

  test("are one line each in the log, for its writes", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());

    await engine.settle();

    expect(engine.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ["info", "about to write"],
      ["info", "write ended"],
      ["info", "judged"],
    ]);
  });

  test("are found by the remediation that began and by how it went of late, where there are very many", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());
    engine.azure.refuseWhere(() => refusals.busy);
    await engine.settle();
    for (let look = 0; look < 40; look += 1) await engine.later(1200);

    const last = engine.journal.entries.length - 1;
    expect(last).toBeGreaterThan(100);
    const found = engine.remediations.all()[0]?.entries.map(({ offset }) => offset) ?? [];
    const span = (from: number, length: number) => Array.from({ length }, (_, index) => from + index);
    expect(found).toEqual([...span(0, 20), ...span(last - 79, 80)]);
  });
});

test("a remediation names its own entries alone, and none that another look noted meanwhile", async () => {
  const sweep = { via: "sweep", eventId: undefined, changedBy: undefined, changedAt: undefined } as const;
  const engine = engineWorld();
  engine.azure.put(id, thingBody(compliant));
  await engine.settle();
  engine.clock.advance(3600);
  engine.azure.change(id, { properties: { encrypted: false } });
  engine.azure.startNextWrite(3000);
  await engine.settle(sweep);
  engine.clock.advance(600);

  await engine.settle({ ...sweep, via: "waker" });

  expect(engine.entries("missed-event")).toHaveLength(1);
  const named = engine.remediations.all()[0]?.entries.map(({ offset }) => engine.journal.entries[offset]?.kind);
  expect(named).toEqual(["intent", "remediation", "remediation"]);
});

test("a look at what waits for a person goes on with the remediation that waits", async () => {
  const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
  engine.azure.put(id, thingBody(), { access: { properties: {} } });
  const { remediationId } = await engine.settle();
  engine.azure.change(id, { properties: { open: "wide" } });

  expect(remediationId).toBeDefined();
  expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval", remediationId });
  engine.azure.put(id, thingBody(compliant));
  expect(await engine.settle()).toMatchObject({ outcome: "compliant", remediationId });
});
