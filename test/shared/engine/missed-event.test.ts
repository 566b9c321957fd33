import { expect, test } from "vitest";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { compliant, encryption, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const sweep = { via: "sweep", eventId: undefined, changedBy: undefined, changedAt: undefined } as const;
const waker = { ...sweep, via: "waker" } as const;
const message = "change found that raised no event";

/** A thing that was seen compliant an hour ago, then changed, and found so by a sweep. */
async function foundBySweep(choices: Parameters<typeof engineWorld>[0] = {}): Promise<EngineWorld> {
  const engine = engineWorld(choices);
  engine.azure.put(id, thingBody(compliant));
  await engine.settle();
  engine.clock.advance(3600);
  engine.azure.change(id, { properties: { encrypted: false } });
  await engine.settle(sweep);
  return engine;
}

function told(engine: EngineWorld): number {
  return engine.log.lines.filter((line) => line.message === message).length;
}

/** The look that the waker makes once the event is overdue. */
async function overdue(engine: EngineWorld): Promise<void> {
  engine.clock.advance(600);
  const due = await engine.world.waits.due(engine.clock.now());
  for (const wait of due) {
    await engine.world.waits.remove(thingId(), wait.version);
    await engine.settle(waker);
  }
}

test("a change that a sweep finds, and no event tells of within ten minutes, is told once", async () => {
  const engine = await foundBySweep();
  expect(engine.entries("missed-event")).toEqual([]);

  await overdue(engine);
  await engine.settle(sweep);

  expect(engine.entries("missed-event")).toMatchObject([{ resourceId: id, baselines: ["things/encryption"] }]);
  expect(told(engine)).toBe(1);
});

test("a change that a re-check finds is told as well, also where it is only audited", async () => {
  const engine = engineWorld({ baselines: [[encryption, "audit"]] });
  engine.azure.put(id, thingBody(compliant));
  await engine.settle();
  engine.clock.advance(3600);
  engine.azure.change(id, { properties: { encrypted: false } });
  await engine.settle({ ...sweep, via: "recheck" });

  await overdue(engine);

  expect(engine.entries("missed-event")).toHaveLength(1);
});

test("an event that is only late explains the change, though the resource was read since", async () => {
  const engine = await foundBySweep();
  const changedAt = new Date(engine.clock.now().getTime() - 60_000).toISOString();
  engine.clock.advance(300);

  await engine.settle({ changedAt });
  await overdue(engine);

  expect(engine.entries("missed-event")).toEqual([]);
});

test("an event of a later change, and that of our own fix, explain nothing", async () => {
  const engine = await foundBySweep();
  const [write] = engine.azure.writes;
  engine.clock.advance(300);
  await engine.settle({ changedAt: engine.clock.now().toISOString() });
  await engine.look({ correlationId: write?.correlationId ?? "" });

  await overdue(engine);

  expect(engine.entries("missed-event")).toHaveLength(1);
});

test("a crash after the entry makes it said twice under one id", async () => {
  const engine = await foundBySweep();
  const { write } = engine.states;
  engine.clock.advance(600);
  engine.world.states.write = () => Promise.reject(new Error("The worker dies."));
  await expect(engine.settle(waker)).rejects.toThrow("The worker dies.");
  engine.world.states.write = write;

  await engine.settle(waker);

  expect(new Set(engine.entries("missed-event").map((entry) => entry.id)).size).toBe(1);
});

test("what was never seen compliant, and what an event told of, is nothing that was missed", async () => {
  const engine = engineWorld({ baselines: [[encryption, "audit"]] });
  engine.azure.put(id, thingBody());
  await engine.settle(sweep);
  await overdue(engine);
  await engine.settle();
  await engine.settle(sweep);
  await overdue(engine);

  expect(engine.entries("missed-event")).toEqual([]);
});
