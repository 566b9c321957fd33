import { describe, expect, test } from "vitest";
import type { LookBack } from "../../../shared/baselines/baseline.ts";
import { valueAt } from "../../../shared/json.ts";
import { laneOf, type RequestLimits } from "../../../shared/resources/request-limits.ts";
import { afterEachSoundHistory, type Choices, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import {
  compliant,
  encryption,
  minimumVersion,
  propertyBaseline,
  resourceId,
  retention,
  subscriptionId,
  thingBody,
  thingId,
  thingType,
} from "../../support/things.ts";

afterEachSoundHistory();

const limits: RequestLimits = {
  provider: "things",
  reads: [{ kind: "window", name: "reads", requests: 20, seconds: 100 }],
  writes: [{ kind: "bucket", name: "writes", size: 1, perSecond: 10 }],
};
const otherSubscription = "22222222-2222-4222-8222-222222222222";
const other = resourceId(
  `/subscriptions/${otherSubscription}/resourceGroups/cruises/providers/${thingType}/cabin-doors`,
);
const reads = laneOf(limits, subscriptionId, "reads");
const writes = laneOf(limits, subscriptionId, "writes");
const byQueue = { mayWait: true };

/** A thing with something to fix in each of two subscriptions, whose provider has limits. */
function pacedThing(choices: Choices = {}): EngineWorld {
  const engine = engineWorld(choices);
  engine.azure.type.limits = limits;
  for (const id of [thingId(), other]) engine.azure.put(id.text, thingBody());
  return engine;
}

/** Other writes of the subscription have the slots of the next so many seconds. */
async function backlog({ world }: EngineWorld, seconds: number): Promise<void> {
  for (let slot = 0; slot < seconds * 10; slot += 1) await world.pace.book(writes);
}

test("a look is not put off because a millisecond passes while it asks whether it must wait", async () => {
  const engine = pacedThing();
  const start = engine.world.now().getTime();
  let asked = 0;
  const { pace } = engine.world;
  const now = () => {
    asked += 1;
    return new Date(start + asked);
  };
  engine.world.now = now;
  engine.world.pace = { ...pace, earliest: () => now() };

  expect(await engine.look({}, byQueue)).toMatchObject({ kind: "settled" });
});

test("a look asks the table for no slot where nothing is in its way", async () => {
  const engine = pacedThing();
  engine.azure.put(thingId().text, thingBody(compliant));
  const book = async () => {
    throw new Error("The table does not answer.");
  };
  engine.world.pace = { ...engine.world.pace, book };

  expect(await engine.look({}, byQueue)).toMatchObject({ kind: "settled", result: { outcome: "compliant" } });
});

test("a look with a slot from when the type's limits were known is judged where they are not any more", async () => {
  const engine = pacedThing();
  engine.azure.put(thingId("compliant").text, thingBody(compliant));
  delete engine.azure.type.limits;
  const slot = engine.clock.now().toISOString();
  const looks = [thingId(), thingId("compliant")].map((id) => ({ ...byQueue, id, slot }));

  expect(await engine.look({}, looks[0])).toMatchObject({ result: { outcome: "remediated" } });
  expect(await engine.look({}, looks[1])).toMatchObject({ result: { outcome: "compliant" } });
});

describe("a look at a subscription whose writes have a backlog", () => {
  test("is put off before it reads, comes back at its slot, and is judged then as it would have been", async () => {
    const engine = pacedThing();
    await backlog(engine, 60);

    const answer = await engine.look({}, byQueue);

    const readsBefore = engine.azure.reads;
    expect([answer.kind, readsBefore, engine.states.all().size]).toEqual(["put-off", 0, 0]);
    const early = await engine.later(55);
    const [late] = await engine.later(10);
    expect(early).toEqual([]);
    expect(late).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
    expect(engine.azure.writes).toHaveLength(1);
  });

  test("that comes back with its slot books no other, and grows no delay", async () => {
    const engine = pacedThing();
    await backlog(engine, 10);
    const slot = engine.world.pace.earliest(writes);
    await engine.look({}, byQueue);
    const [sent] = engine.changes.waiting();
    const next = engine.world.pace.earliest(writes);

    await engine.later(10);
    await engine.later(1);

    expect(JSON.parse(sent?.message ?? "{}")).toMatchObject({ attempt: 0, slot: slot.toISOString() });
    expect(engine.azure.writes).toHaveLength(1);
    expect(engine.world.pace.earliest(writes).getTime()).toBe(Math.max(next.getTime(), engine.clock.now().getTime()));
  });

  test("does not keep looks at other subscriptions back", async () => {
    const engine = pacedThing();
    await backlog(engine, 60);

    const answer = await engine.look({}, { ...byQueue, id: other });

    expect(answer).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("goes on where nothing is enforced, since it won't write", async () => {
    const engine = pacedThing({ baselines: [[encryption, "audit"]] });
    await backlog(engine, 60);

    expect(await engine.look({}, byQueue)).toMatchObject({ kind: "settled", result: { outcome: "audit" } });
  });

  test("is put off where one of its baselines is enforced and others are not", async () => {
    const engine = pacedThing({
      baselines: [
        [encryption, "audit"],
        [minimumVersion, "enforce"],
      ],
    });
    await backlog(engine, 60);

    expect(await engine.look({}, byQueue)).toMatchObject({ kind: "put-off" });
  });

  test("is put off with a word in the log about which resource, and until when", async () => {
    const engine = pacedThing();
    await backlog(engine, 60);
    const until = engine.world.pace.earliest(writes);

    await engine.look({ eventId: "put off" }, byQueue);

    const data = { resourceId: thingId().text, until, cause: expect.objectContaining({ eventId: "put off" }) };
    expect(engine.log.lines).toContainEqual(expect.objectContaining({ level: "info", data }));
  });

  test("goes on with the slot that its message names, whichever instance booked that", async () => {
    const engine = pacedThing();
    await backlog(engine, 10);
    const slot = (await engine.world.pace.book(writes)).toISOString();
    await backlog(engine, 60);
    engine.clock.advance(11);

    const answer = await engine.look({}, { ...byQueue, slot });

    expect(answer).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("goes on with a slot that is due and whose look is not back yet, and that one has to wait", async () => {
    const engine = pacedThing();
    engine.azure.put(thingId("late").text, thingBody());
    await backlog(engine, 5);
    await engine.look({}, { ...byQueue, id: thingId("late") });
    await backlog(engine, 60);
    engine.clock.advance(6);

    const early = await engine.look({}, byQueue);
    const [late] = await engine.later(0);

    expect(early).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
    expect(late).toMatchObject({ kind: "put-off" });
  });

  test("goes on with the slot of one that found its resource taken, and so needs none", async () => {
    const engine = pacedThing();
    const taken = thingId("taken");
    engine.azure.put(taken.text, thingBody());
    await backlog(engine, 5);
    await engine.look({}, { ...byQueue, id: taken });
    await backlog(engine, 60);
    await engine.world.leases.take(taken, "another worker", { resourceId: taken.text, cause: { via: "sweep" } });

    expect(await engine.later(6)).toEqual([{ kind: "taken" }]);

    expect(await engine.look({}, byQueue)).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("goes on with the slot of one that turned out needless", async () => {
    const engine = pacedThing();
    const needless = thingId("needless");
    await backlog(engine, 5);
    await engine.look({ via: "burst", eventId: undefined, changedBy: undefined }, { ...byQueue, id: needless });
    await backlog(engine, 60);

    expect(await engine.later(6)).toEqual([{ kind: "ignored", reason: "answered" }]);

    expect(await engine.look({}, byQueue)).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("comes back with the slot of its first write, where each of its writes was given one", async () => {
    const engine = pacedThing({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    await backlog(engine, 60);
    const first = engine.world.pace.earliest(writes);

    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });

    const [sent] = engine.changes.waiting();
    expect(JSON.parse(sent?.message ?? "{}")).toMatchObject({ slot: first.toISOString() });
  });

  test("goes on where the table has room after all, with one slot for one write", async () => {
    const engine = pacedThing();
    const { pace } = engine.world;
    await backlog(engine, 2);
    // What this instance knows of the table is old.
    const minute = new Date(engine.clock.now().getTime() + 60_000);
    engine.world.pace = { ...pace, earliest: (lane) => (lane.key === writes.key ? minute : pace.earliest(lane)) };
    engine.clock.advance(10);
    const next = pace.earliest(writes).getTime();

    const answer = await engine.look({}, byQueue);

    expect(answer).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
    expect(pace.earliest(writes).getTime() - next).toBeLessThan(150);
  });

  test("has no slot in another subscription, where its write goes: it waits there like others", async () => {
    const engine = pacedThing();
    engine.azure.type.targetOf = () => other;
    const elsewhere = laneOf(limits, otherSubscription, "writes");
    for (let slot = 0; slot < 600; slot += 1) await engine.world.pace.book(elsewhere);
    const slot = (await engine.world.pace.book(writes)).toISOString();

    const answer = await engine.look({}, { ...byQueue, slot });

    expect(answer).toMatchObject({ kind: "settled", result: { outcome: "retrying" } });
    expect(engine.azure.writes).toEqual([]);
    await engine.later(65);
    expect(engine.azure.writes).toHaveLength(1);
  });

  test("comes a second later where more come back at once than can write within one", async () => {
    const engine = pacedThing();
    const names = Array.from({ length: 12 }, (_, index) => `thing-${index}`);
    for (const name of names) engine.azure.put(thingId(name).text, thingBody());
    await backlog(engine, 5);
    for (const name of names) await engine.look({}, { ...byQueue, id: thingId(name) });

    const batch = await engine.later(10);
    const until = new Date(engine.clock.now().getTime() + 1000);
    const next = await engine.later(1);

    const putOff = batch.filter(({ kind }) => kind === "put-off");
    expect([batch.length, putOff.length]).toEqual([12, next.length]);
    expect(putOff.length).toBeGreaterThan(0);
    expect(putOff.every((answer) => answer.kind === "put-off" && answer.until.getTime() === until.getTime())).toBe(
      true,
    );
    expect(next.every(({ kind }) => kind === "settled")).toBe(true);
    expect(engine.azure.writes).toHaveLength(12);
  });

  test("writes at its slot where what Azure asked to wait is over right then", async () => {
    const engine = pacedThing();
    await backlog(engine, 5);
    await engine.look({}, byQueue);
    const [{ inSeconds } = { inSeconds: 0 }] = engine.changes.waiting();
    engine.world.pace.holdBack(writes, new Date(engine.clock.now().getTime() + inSeconds * 1000));
    await backlog(engine, 60);

    expect(await engine.later(inSeconds)).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);
  });

  test("goes on where a person waits for it; what it finds to write gets a slot, which is no attempt and takes no cap", async () => {
    const engine = pacedThing({ settings: { writesPerHour: 1 } });
    await backlog(engine, 60);
    const slot = engine.world.pace.earliest(writes).toISOString();

    const result = await engine.settle({ via: "recheck" });
    const [sent] = engine.changes.waiting();

    expect(result.outcome).toBe("retrying");
    expect(result.results[0]?.reason).toContain(slot);
    expect(JSON.parse(sent?.message ?? "{}")).toMatchObject({ attempt: 0, slot });
    expect(engine.entries("intent")).toEqual([]);
    const early = await engine.later(55);
    const [late] = await engine.later(10);
    expect(early).toEqual([]);
    expect(late).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("waits for a slot that is a moment away, and is sent then", async () => {
    const engine = pacedThing();
    await backlog(engine, 1);
    const slot = engine.world.pace.earliest(writes);
    let sentAt: Date | undefined;
    engine.azure.beforeNextWrite(() => {
      sentAt = engine.clock.now();
    });

    expect(await engine.settle({ via: "recheck" })).toMatchObject({ outcome: "remediated" });

    expect(slot.getTime()).toBeGreaterThan(Date.parse("2026-11-23T08:00:00.500Z"));
    expect(sentAt).toEqual(slot);
  });

  test("leaves its slot to others where it finds nothing to write", async () => {
    const engine = pacedThing();
    engine.azure.put(thingId().text, thingBody(compliant));
    engine.azure.put(thingId("weak").text, thingBody());
    await backlog(engine, 5);
    await engine.look({}, byQueue);
    await engine.look({}, { ...byQueue, id: thingId("weak") });
    await backlog(engine, 60);

    const outcomes = await engine.later(6);
    engine.azure.put(thingId("other").text, thingBody());
    const other = await engine.look({}, { ...byQueue, id: thingId("other") });

    expect(outcomes.map((answer) => answer.kind === "settled" && answer.result.outcome)).toEqual([
      "compliant",
      "remediated",
    ]);
    expect(other).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("is put off again where Azure asked to wait meanwhile", async () => {
    const engine = pacedThing();
    await backlog(engine, 5);
    await engine.look({}, byQueue);
    engine.world.pace.holdBack(writes, new Date("2026-11-23T08:00:30.000Z"));

    const early = await engine.later(6);
    const late = await engine.later(25);

    expect(early).toEqual([{ kind: "put-off", until: new Date("2026-11-23T08:00:30.000Z") }]);
    expect(late).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);
  });

  test("books anew where its message comes long after its slot, so that many don't go at once after an outage", async () => {
    const engine = pacedThing();
    await backlog(engine, 10);
    await engine.look({}, byQueue);
    engine.clock.advance(3600);
    await backlog(engine, 10);
    const until = engine.world.pace.earliest(writes);

    const answers = await engine.later(0);

    expect(answers).toEqual([{ kind: "put-off", until }]);
  });
});

describe("an undo", () => {
  test("goes before what waits for its slot", async () => {
    const engine = pacedThing();
    await engine.settle();
    const fixed = engine.azure.writes[0]?.change ?? { part: "", patch: {} };
    await backlog(engine, 60);
    const putBack = { part: "", patch: { properties: { encrypted: false } } };
    const changes = [{ baselines: ["things/encryption"], left: fixed, putBack }];

    await engine.settle({ via: "undo" }, { undo: { remediationId: "r", changes, reason: "A mount broke." } });

    expect(engine.azure.writes.map(({ change }) => change)).toEqual([fixed, putBack]);
  });
});

describe("a look that puts something back", () => {
  const lookBack: LookBack<Record<string, never>> = {
    afterSeconds: () => 120,
    works: ({ body }) => valueAt(body, "properties.connected") === true,
  };
  const cutsOff = propertyBaseline("encryption", "encrypted", true, { lookBack });

  /** A thing that works no more since its fix; whether it comes back is looked at in two minutes. */
  async function cutOffThing(): Promise<EngineWorld> {
    const engine = pacedThing({ baselines: [[cutsOff, "enforce"]] });
    engine.azure.change(thingId().text, { properties: { connected: true } });
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
    engine.azure.change(thingId().text, { properties: { connected: false } });
    return engine;
  }

  test("is not put off where its fix broke something, from the second on in which that is due", async () => {
    const engine = await cutOffThing();
    await backlog(engine, 300);

    await engine.later(120);

    expect(engine.azure.bodyOf(thingId().text)).toMatchObject({ properties: { encrypted: false } });
  });

  test("is not put off where the reads are used up either", async () => {
    const engine = await cutOffThing();
    engine.clock.advance(60);
    for (let read = 0; read < 19; read += 1) engine.world.pace.count(reads);

    await engine.later(60);

    expect(engine.azure.bodyOf(thingId().text)).toMatchObject({ properties: { encrypted: false } });
  });

  test("is put off like others before that is due", async () => {
    const engine = await cutOffThing();
    await backlog(engine, 300);
    engine.clock.advance(119);

    expect(await engine.look({}, byQueue)).toMatchObject({ kind: "put-off" });
  });

  test("is put off like others where what was fixed did not work before, so that nothing will be put back", async () => {
    const engine = pacedThing({ baselines: [[cutsOff, "enforce"]] });
    await engine.settle();
    await backlog(engine, 300);
    engine.clock.advance(121);

    expect(await engine.look({}, byQueue)).toMatchObject({ kind: "put-off" });
  });

  test("is not put off where an undo of two writes has its second left", async () => {
    const engine = pacedThing();
    const part = { part: "access", patch: { explicit: true } };
    engine.azure.put(thingId().text, thingBody({ encrypted: true }), { access: { explicit: false } });
    const whole = { part: "", patch: { properties: { encrypted: false } } };
    const changes = [
      { left: { part: "", patch: { properties: { encrypted: true } } }, putBack: whole },
      { left: { part: "access", patch: { explicit: false } }, putBack: part },
    ].map((change) => ({ baselines: [encryption.id], ...change }));
    engine.azure.startNextWrite(30);
    await engine.settle({ via: "undo" }, { undo: { remediationId: "r", changes, reason: "A mount broke." } });
    engine.azure.finish(thingId().text);
    await backlog(engine, 300);

    await engine.later(60);

    expect(engine.azure.writes.map(({ change }) => change)).toEqual([whole, part]);
  });
});

describe("a look where the reads are used up", () => {
  function use({ world }: EngineWorld, count: number): void {
    for (let read = 0; read < count; read += 1) world.pace.count(reads);
  }

  test("is put off without a read until there is room, and then is judged", async () => {
    const engine = pacedThing();
    use(engine, 19);

    const first = await engine.look({}, byQueue);
    const late = await engine.later(100);

    expect(first).toMatchObject({ kind: "put-off", until: new Date("2026-11-23T08:01:40.000Z") });
    expect(late).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);
  });

  test("is put off by half of them where it is a sweep's, and not where it is an event's", async () => {
    const engine = pacedThing();
    const patient = laneOf(limits, subscriptionId, "patient-reads");
    for (let read = 0; read < 9; read += 1) engine.world.pace.count(patient);

    const sweep = await engine.look({ via: "sweep" }, byQueue);
    const recheck = await engine.look({ via: "recheck" }, byQueue);
    const event = await engine.look({}, byQueue);

    expect([sweep.kind, recheck.kind, event.kind]).toEqual(["put-off", "put-off", "settled"]);
  });

  test("comes back apart from the others that wait, no faster than the limit goes on, and no slower", async () => {
    const engine = pacedThing();
    use(engine, 19);

    for (const name of ["a", "b", "c"]) await engine.look({}, { ...byQueue, id: thingId(name) });

    const [a = 0, b = 0, c = 0] = engine.changes.waiting().map(({ inSeconds }) => inSeconds);
    expect([a, b > a + 4, c > b + 4]).toEqual([100, true, true]);
    expect([b < a + 7, c < b + 7]).toEqual([true, true]);
  });

  test("of a sweep is judged at its turn, though events use more than half of them all the time", async () => {
    const engine = pacedThing();
    use(engine, 12);

    const first = await engine.look({ via: "sweep" }, byQueue);
    engine.clock.advance(99);
    const early = engine.changes.takeDue();
    engine.clock.advance(1);
    use(engine, 12);
    const late = await engine.later(0);

    expect([first.kind, early]).toEqual(["put-off", []]);
    expect(late).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);
  });

  test("waits for as long as Azure asked, and others don't", async () => {
    const engine = pacedThing();
    engine.world.pace.holdBack(reads, new Date("2026-11-23T08:00:30.000Z"));

    const held = await engine.look({}, byQueue);
    const free = await engine.look({}, { ...byQueue, id: other });

    expect([held.kind, free.kind, engine.azure.reads]).toEqual(["put-off", "settled", 1]);
  });
});
