import { describe, expect, test } from "vitest";
import type { Cause } from "../../../shared/events/cause.ts";
import { type Policies, type Policy, settingsPolicies } from "../../../shared/policy/resource-policy.ts";
import type { StoredExemption } from "../../../shared/state/stores.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import { closed, compliant, encryption, minimumVersion, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();
const day = 86_400;

/** A thing of which Azure says for half a minute that it still works on our write. */
async function workedOn(): Promise<EngineWorld> {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  engine.azure.startNextWrite(30);
  expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
  return engine;
}

/** The waker of an instance whose clock is a while ahead sends what is due; gives what became of it. */
async function wake(engine: EngineWorld, aheadSeconds = 0): Promise<unknown[]> {
  const { waits } = engine.world;
  const now = new Date(engine.clock.now().getTime() + aheadSeconds * 1000);
  for (const { message, version } of await waits.due(now)) {
    await engine.changes.send(message, 0);
    await waits.remove(thingId(), version);
  }
  return await engine.later(0);
}

/** How many looks wait for a time that is no further away than this. */
async function waitingFor({ world, clock }: EngineWorld, seconds: number): Promise<number> {
  return (await world.waits.due(new Date(clock.now().getTime() + seconds * 1000))).length;
}

describe("a look that is followed up", () => {
  test("is so once, however many events come meanwhile", async () => {
    const engine = await workedOn();
    const [first] = engine.changes.waiting();

    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
    engine.clock.advance(10);
    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });

    const waiting = engine.changes.waiting();
    expect(waiting.map(({ message }) => message)).toEqual([first?.message]);
    const due = engine.clock.now().getTime() + (waiting[0]?.inSeconds ?? 0) * 1000;
    const { nextLookAt } = engine.states.all().get(thingId().key)?.remediation ?? {};
    expect(nextLookAt).toBe(new Date(due).toISOString());
  });

  test("is so again at the next event where its message got lost", async () => {
    const engine = await workedOn();
    engine.clock.advance(60);
    expect(engine.changes.takeDue()).toHaveLength(1);
    await engine.settle();
    engine.azure.finish(id);

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });

  test("is so again where its message came a moment early, and Azure is not done yet", async () => {
    const engine = engineWorld();
    const { send } = engine.changes;
    // The queue hides a message for whole seconds.
    engine.world.changes = { ...engine.changes, send: (message, seconds) => send(message, Math.round(seconds)) };
    engine.world.random = () => 0.05;
    engine.azure.put(id, thingBody());
    engine.azure.startNextWrite(30);
    await engine.settle();
    expect(await engine.later(30)).toMatchObject([{ result: { outcome: "retrying" } }]);
    engine.azure.finish(id);

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });

  test("is so again where the waker's clock was ahead, and Azure still can't", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());
    engine.azure.refuseNextWrite(refusals.throttledForHours);
    await engine.settle();
    engine.azure.refuseNextWrite(refusals.throttledForHours);
    engine.clock.advance(4 * 3600 + 29);
    expect(await wake(engine, 1)).toMatchObject([{ result: { outcome: "retrying" } }]);
    expect(await waitingFor(engine, 4 * 3600)).toBe(0);
    engine.clock.advance(4 * 3600 + 30);

    expect(await wake(engine)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });

  test.each([
    ["least", 0, 3.75],
    ["most", 0.999, 6.25],
  ])(
    "comes back after its delay with a quarter of it less or more, so that many don't come at once: at %s",
    async (_which, random, seconds) => {
      const engine = engineWorld();
      engine.world.random = () => random;
      engine.azure.put(id, thingBody());
      engine.azure.refuseNextRead(refusals.busy);

      await engine.settle();

      const [{ inSeconds } = { inSeconds: 0 }] = engine.changes.waiting();
      expect(inSeconds).toBeCloseTo(seconds, 1);
    },
  );

  test("is so in seconds where a guard could not be asked", async () => {
    const engine = engineWorld({ baselines: [[closed(true), "enforce"]] });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    engine.azure.duringNextRead(() => engine.azure.refuseNextRead(refusals.busy));
    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });

    expect(await engine.later(5)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });
});

describe("a fix that waits for its window", () => {
  /** Fixes of `things/encryption` wait until tomorrow. */
  function tomorrow(engine: EngineWorld): Policies {
    const { baselines } = engine.world.settings;
    const opensAt = new Date(engine.clock.now().getTime() + day * 1000).toISOString();
    const of: Policy["of"] = (_subject, now) =>
      baselines.map((each) => {
        const isOpen = now.toISOString() >= opensAt;
        const window = isOpen ? { name: "nights", isOpen } : { name: "nights", isOpen, opensAt };
        return { ...each, ...(each.baseline.id === encryption.id ? { window } : {}) };
      });
    const policies = settingsPolicies(baselines);
    return {
      current: async (subscription) => ({ ...(await policies.current(subscription)), of }),
      beforeWrite: async (subscription) => ({ ...(await policies.beforeWrite(subscription)), of }),
    };
  }

  test.each<[string, Partial<Cause>]>([
    ["an event", {}],
    ["a sweep", { via: "sweep", eventId: undefined, changedBy: undefined }],
    ["the waker", { via: "waker", eventId: undefined, changedBy: undefined }],
  ])(
    "does not hold back a write of another baseline that is begun meanwhile, at the word of %s",
    async (_who, cause) => {
      const engine = engineWorld({
        baselines: [
          [encryption, "enforce"],
          [minimumVersion, "enforce"],
        ],
      });
      engine.world.policies = tomorrow(engine);
      engine.azure.put(id, thingBody({ minimumVersion: "2" }));
      expect(await engine.settle()).toMatchObject({ outcome: "awaiting-window" });
      engine.clock.advance(3600);
      engine.azure.change(id, { properties: { minimumVersion: "1" } });
      engine.azure.startNextWrite(30);
      const { results } = await engine.settle(cause);
      expect(results.map(({ outcome }) => outcome)).toEqual(["awaiting-window", "retrying"]);

      engine.azure.finish(id);

      expect(await engine.later(38)).toMatchObject([
        { result: { results: [{ outcome: "awaiting-window" }, { outcome: "remediated" }] } },
      ]);
    },
  );

  test("does not hold back what is tried again before that", async () => {
    const engine = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [closed(true), "enforce"],
      ],
    });
    engine.world.policies = tomorrow(engine);
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    engine.azure.duringNextRead(() => engine.azure.refuseNextRead(refusals.busy));
    const { results } = await engine.settle();
    expect(results.map(({ outcome }) => outcome)).toEqual(["awaiting-window", "retrying"]);

    await engine.later(5);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false, open: false } });
  });
});

describe("what is tried again", () => {
  test("is in the journal each time, also where a sweep finds it as it was", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());
    await engine.world.control.stopWrites(true, "a person");
    await engine.settle();

    await engine.settle({ via: "sweep", eventId: undefined, changedBy: undefined });

    expect(engine.entries("remediation").map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ["capped", 0],
      ["capped", 1],
    ]);
  });
});

describe("an exemption", () => {
  async function exempt(engine: EngineWorld, baseline: string, days: number): Promise<string> {
    const now = engine.clock.now();
    const exemption: StoredExemption = {
      id: `${now.getTime()}-0000000${days}`,
      scope: id,
      baseline,
      owner: "the bridge",
      reason: "The old pumps.",
      until: new Date(now.getTime() + days * day * 1000).toISOString(),
      grantedAt: now.toISOString(),
      grantedBy: "somebody",
    };
    await engine.exemptions.add(exemption);
    return exemption.id;
  }

  function weakThing(): EngineWorld {
    const engine = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    engine.azure.put(id, thingBody());
    return engine;
  }

  test("is over at its end without an event, each of several at its own", async () => {
    const engine = weakThing();
    await exempt(engine, encryption.id, 1);
    await exempt(engine, minimumVersion.id, 2);
    await engine.settle();

    engine.clock.advance(day);
    await wake(engine);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true, minimumVersion: "1" } });
    engine.clock.advance(day);
    await wake(engine);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true, minimumVersion: "2" } });
    expect(await waitingFor(engine, 365 * day)).toBe(0);
  });

  test("that was taken back is waited for no more", async () => {
    const engine = weakThing();
    const granted = await exempt(engine, "all", 1);
    await engine.settle();
    expect(await waitingFor(engine, day)).toBe(1);
    await engine.exemptions.remove(granted);

    await engine.settle();

    expect(await waitingFor(engine, 365 * day)).toBe(0);
  });

  test("by an undo is waited for once: it is over at its end, to the second", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody());
    await engine.settle();
    const [fix] = engine.entries("intent");
    const { change: left, undo: putBack } = fix ?? { change: { part: "", patch: {} }, undo: { part: "", patch: {} } };
    const changes = [{ baselines: [encryption.id], left, putBack }];
    const undo = { remediationId: fix?.remediationId ?? "", changes, reason: "The old pumps." };
    await engine.settle({ via: "undo", eventId: undefined, changedBy: undefined }, { undo });
    expect(engine.azure.bodyOf(id)).toEqual(thingBody());
    engine.clock.advance(day);

    expect(await wake(engine)).toMatchObject([{ result: { outcome: "remediated" } }]);

    expect(await waitingFor(engine, 365 * day)).toBe(0);
  });
});

test("a resource that complies waits for nothing", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody(compliant));

  await engine.settle();

  expect(await waitingFor(engine, 365 * day)).toBe(0);
  expect(engine.states.all().get(thingId().key)).not.toHaveProperty("waits");
});
