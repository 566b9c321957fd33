import { describe, expect, test } from "vitest";
import {
  afterEachSoundHistory,
  type EngineWorld,
  engineer,
  engineWorld,
  ownObjectId,
} from "../../support/engine-world.ts";
import { compliant, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const weak = { properties: { encrypted: false } };
const someoneElse = "33333333-3333-4333-8333-333333333333";

/** A thing that an event led to a moment ago. */
async function justRead(): Promise<EngineWorld> {
  const engine = engineWorld({ burstSeconds: 2 });
  engine.azure.put(thingId().text, thingBody(compliant));
  await engine.settle();
  return engine;
}

describe("events about a resource that was read a moment ago", () => {
  test("wait, and cost one read together, however many they are", async () => {
    const { azure, look, later } = await justRead();

    for (let event = 0; event < 40; event += 1) expect(await look()).toEqual({ kind: "waiting" });
    expect(azure.reads).toBe(1);
    await later(2);

    expect(azure.reads).toBe(2);
  });

  test("wait also when they come while it is read", async () => {
    const { azure, look, settle, later } = engineWorld({ burstSeconds: 2 });
    azure.put(thingId().text, thingBody(compliant));
    azure.duringNextRead(async () => {
      azure.change(thingId().text, weak);
      for (let event = 0; event < 40; event += 1) await look();
    });

    await settle();
    expect(azure.reads).toBe(1);
    await later(2);

    expect(azure.reads).toBe(2);
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
  });

  test("lead to a fix that names who made the change, and are settled by it", async () => {
    const { azure, look, later, entries } = await justRead();
    await look({ eventId: "harmless" });
    azure.change(thingId().text, weak);
    await look({ eventId: "weakening", changedBy: someoneElse });

    await later(2);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
    const causes = [
      { via: "event", eventId: "weakening", changedBy: someoneElse },
      { via: "event", eventId: "harmless", changedBy: engineer },
    ];
    expect(entries("remediation")).toMatchObject([{ outcome: "remediated", causes }]);
    expect(await look({ eventId: "harmless" })).toMatchObject({ reason: "duplicate" });
  });

  test("are looked at once more where one comes while their look reads", async () => {
    const { azure, look, later } = await justRead();
    await look();
    azure.duringNextRead(async () => {
      azure.change(thingId().text, weak);
      await look();
    });

    await later(2);
    expect(azure.bodyOf(thingId().text)).toMatchObject(weak);
    await later(2);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
  });

  test("are kept where their look fails, until the queue delivers its message again", async () => {
    const { azure, look, later, changes } = await justRead();
    azure.change(thingId().text, weak);
    await look();
    const [{ message } = { message: "" }] = changes.waiting();
    azure.duringNextRead(() => {
      throw new Error("The worker fails.");
    });
    await expect(later(2)).rejects.toThrow("The worker fails.");

    await changes.send(message, 30);
    await later(30);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
  });

  test("ask for a look anew where the one that was asked for never came", async () => {
    const { azure, look, later, changes, clock } = await justRead();
    azure.change(thingId().text, weak);
    await look();
    clock.advance(1.5);
    await look({ eventId: "still waits" });
    clock.advance(60);
    expect(changes.takeDue()).toHaveLength(1);
    azure.duringNextRead(() => look({ eventId: "after the lost one" }).then(() => undefined));

    await look();
    await later(2);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
  });

  test("do not put off a person who asks for a look, nor our own event of a write that is waited for", async () => {
    const { azure, settle, later } = await justRead();
    azure.change(thingId().text, weak);
    azure.startNextWrite(30);

    expect(await settle({ via: "recheck" })).toMatchObject({ outcome: "retrying" });
    azure.finish(thingId().text);
    const own = { correlationId: azure.writes[0]?.correlationId, changedBy: ownObjectId };
    expect(await settle(own)).toMatchObject({ outcome: "remediated" });

    expect(await later(60)).toMatchObject([{ kind: "ignored" }]);
  });

  test("do not wait where the worker that read it last left something open", async () => {
    const { azure, look, world, clock } = await justRead();
    await world.leases.take(thingId(), "a worker that dies", {
      resourceId: thingId().text,
      cause: { via: "event", eventId: "its own" },
    });
    clock.advance(91);
    azure.change(thingId().text, weak);

    expect(await look()).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("cost no read by a look that another one made needless", async () => {
    const { azure, look, later, changes } = await justRead();
    await look();
    const [{ message } = { message: "" }] = changes.waiting();
    await changes.send(message, 2);

    const answers = await later(2);

    expect(answers.map(({ kind }) => kind)).toEqual(["settled", "ignored"]);
    expect(azure.reads).toBe(2);
  });

  test.each([
    ["just before", 0],
    ["long after they were raised, and so saw what they tell of", 29],
  ])(
    "are looked at when their time has come, and wait no more, though the resource was read for a person %s",
    async (_when, seconds) => {
      const { look, settle, later, clock, world } = await justRead();
      const changedAt = new Date(clock.now().getTime() - seconds * 1000).toISOString();
      expect(await look({ changedAt })).toEqual({ kind: "waiting" });
      clock.advance(1.5);
      await settle({ via: "recheck", eventId: undefined, changedBy: undefined });

      expect(await later(0.5)).toMatchObject([{ kind: "settled" }]);
      expect(await world.bursts.take(thingId())).toBeUndefined();
    },
  );

  test("and were answered already are told as what led to a look all the same, where a worker died meanwhile", async () => {
    const { azure, look, world, clock, entries } = await justRead();
    const cause = { via: "event" as const, eventId: "its own" };
    await world.leases.take(thingId(), "a worker that dies", { resourceId: thingId().text, cause });
    clock.advance(91);
    azure.change(thingId().text, weak);

    await look({ via: "burst", eventId: undefined, changedBy: undefined });

    expect(entries("remediation")).toMatchObject([{ outcome: "remediated", causes: [{ via: "burst" }] }]);
  });

  test("do not wait where that moment is over", async () => {
    const { look, clock } = await justRead();
    clock.advance(2);

    expect(await look()).toMatchObject({ kind: "settled" });
  });

  test("do not wait where it was read an hour from now, by a clock that is wrong", async () => {
    const { look, clock } = await justRead();
    clock.advance(-3600);

    expect(await look({ changedAt: undefined })).toMatchObject({ kind: "settled" });
  });

  test("are remembered up to ten as what a remediation began with", async () => {
    const { azure, look, later, states } = await justRead();
    azure.change(thingId().text, weak);
    azure.startNextWrite(30);
    for (let event = 0; event < 15; event += 1) await look();

    await later(2);

    expect(states.all().get(thingId().key)?.remediation?.causes).toHaveLength(10);
  });

  test("do not put off a person who asks while the resource is held", async () => {
    const { azure, look, settle, told } = engineWorld({ burstSeconds: 2 });
    azure.put(thingId().text, thingBody(compliant));
    azure.duringNextRead(async () => {
      await look();
      await look({ via: "recheck", operationId: "asked", eventId: undefined, changedBy: undefined });
    });

    await settle();

    expect(told).toMatchObject([{ operationId: "asked", result: { outcome: "compliant" } }]);
  });
});
