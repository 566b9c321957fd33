import { expect, test } from "vitest";
import { valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { policy } from "../../support/linked-things.ts";
import { compliant, encryption, propertyBaseline, thingBody, thingId } from "../../support/things.ts";

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

const at = (milliseconds: number) => new Date(milliseconds).toISOString();

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

test.each([
  ["of the time at which the change was found, by a clock that differs", (seenAt: number) => at(seenAt + 29_000)],
  ["that does not say when its change was made", () => undefined],
])("an event %s explains the change", async (_what, changedAt) => {
  const engine = await foundBySweep();
  const seenAt = engine.clock.now().getTime();
  engine.clock.advance(60);

  await engine.settle({ changedAt: changedAt(seenAt) });
  await overdue(engine);

  expect(engine.entries("missed-event")).toEqual([]);
});

test("our own fix's event explains nothing, though it was made when the change was found", async () => {
  const engine = await foundBySweep();
  const [write] = engine.azure.writes;

  await engine.look({ correlationId: write?.correlationId });
  await overdue(engine);

  expect(engine.entries("missed-event")).toHaveLength(1);
});

test("a second sweep explains nothing", async () => {
  const engine = await foundBySweep();
  engine.clock.advance(300);

  await engine.settle(sweep);
  expect(engine.entries("missed-event"), "its event may still come").toEqual([]);
  await overdue(engine);

  expect(engine.entries("missed-event")).toHaveLength(1);
});

test("a change of what we had fixed is missed like one of what was found compliant", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  engine.clock.advance(3600);
  engine.azure.change(id, { properties: { encrypted: false } });
  await engine.settle(sweep);

  await overdue(engine);

  expect(engine.entries("missed-event")).toHaveLength(1);
});

test("nothing was missed where the policy became stricter, and the resource reads as before", async () => {
  let wanted = "1";
  const ages = propertyBaseline("minimum-version", "minimumVersion", "2", {
    check: ({ body }) => {
      const actual = valueAt(body, "properties.minimumVersion") ?? null;
      if (actual === wanted) return [];
      return [{ path: "properties.minimumVersion", expected: wanted, actual, remedy: "fix" }];
    },
  });
  const engine = engineWorld({ baselines: [[ages, "audit"]] });
  engine.azure.put(id, thingBody());
  expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
  engine.clock.advance(3600);
  wanted = "2";
  expect(await engine.settle(sweep)).toMatchObject({ outcome: "audit" });

  await overdue(engine);

  expect(engine.entries("missed-event")).toEqual([]);
});

test("nothing was missed where the policy asks for more, of a property that was never remembered", async () => {
  let isStrict = false;
  const more = propertyBaseline("encryption", "encrypted", true, {
    check: () =>
      isStrict ? [{ path: "properties.level", expected: "high", actual: "low", remedy: "report" as const }] : [],
  });
  const engine = engineWorld({ baselines: [[more, "audit"]] });
  engine.azure.put(id, thingBody(compliant));
  await engine.settle();
  engine.clock.advance(3600);
  isStrict = true;
  expect(await engine.settle(sweep)).toMatchObject({ outcome: "audit" });

  await overdue(engine);

  expect(engine.entries("missed-event")).toEqual([]);
});

test("nothing can be said of what was compliant while nobody answered, and so was not remembered", async () => {
  const engine = engineWorld({ baselines: [[policy, "audit"]] });
  engine.azure.put(id, thingBody({ encrypted: true, connected: false }));
  expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
  engine.clock.advance(3600);
  engine.azure.change(id, { properties: { encrypted: false } });
  expect(await engine.settle(sweep)).toMatchObject({ outcome: "audit" });

  await overdue(engine);

  expect(engine.entries("missed-event")).toEqual([]);
});

test("nothing was missed where an event came while the sweep's look waited for its turn", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody(compliant));
  await engine.settle();
  engine.clock.advance(3600);
  engine.azure.duringNextRead(async () => {
    engine.azure.change(id, { properties: { encrypted: false } });
    await engine.look();
    await engine.look(sweep);
  });
  await engine.settle(sweep);

  await overdue(engine);

  expect(engine.azure.bodyOf(id)).toEqual(thingBody(compliant));
  expect(engine.entries("missed-event")).toEqual([]);
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
