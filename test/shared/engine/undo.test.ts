import { describe, expect, test } from "vitest";
import type { Look, Undo } from "../../../shared/engine/world.ts";
import type { Cause } from "../../../shared/events/cause.ts";
import { valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { endsOf, linkedThing } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import { closed, encryption, minimumVersion, propertyBaseline, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;

/** What the journal says that the fixes so far changed, the last one first. */
function undoOf({ entries }: EngineWorld): Undo {
  const changes = entries("intent").map(({ baselines, change, undo }) => ({ baselines, left: change, putBack: undo }));
  const remediationId = entries("intent")[0]?.remediationId ?? "";
  return { remediationId, changes: changes.reverse(), reason: "The ship's old pumps need it." };
}

function asking(undo: Undo): [cause: Partial<Cause>, more: Partial<Look>] {
  const nobodyChanged = { eventId: undefined, changedBy: undefined };
  return [{ via: "undo", askedBy: "function key", undoes: undo.remediationId, ...nobodyChanged }, { undo }];
}

async function fixed(engine: EngineWorld = engineWorld()): Promise<EngineWorld> {
  engine.azure.put(id, thingBody(), { access: { properties: { kept: 1 } } });
  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  return engine;
}

async function fillCap({ world }: EngineWorld): Promise<void> {
  const { subscriptionId } = thingId();
  const caps = { perSubscription: world.settings.writesPerHour, inTotal: world.settings.writesPerHourInTotal };
  while ((await world.budget.reserve(subscriptionId, caps)).kind === "granted");
}

describe("an undo", () => {
  test("puts back exactly what the remediation changed, by an intent of its own", async () => {
    const engine = await fixed();
    engine.azure.change(id, { properties: { size: 2 } });

    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "undone" });

    expect(engine.azure.bodyOf(id)).toEqual(thingBody({ size: 2 }));
    expect(engine.entries("intent").map(({ undo }) => undo.patch)).toEqual([
      { properties: { encrypted: false } },
      { properties: { encrypted: true } },
    ]);
    expect(engine.entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["remediated", "undone"]);
  });

  test("is made although the policy changed since it was decided: a person wants it, whatever the policy says", async () => {
    const engine = await fixed();
    const { policies } = engine.world;
    engine.world.policies = {
      ...policies,
      beforeWrite: async (subscription) => ({
        ...(await policies.beforeWrite(subscription)),
        reference: { version: "newer" },
      }),
    };

    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "undone" });

    expect(engine.azure.bodyOf(id)).toEqual(thingBody());
  });

  test("puts back several writes in the order against that of the fix", async () => {
    const engine = await fixed(engineWorld({ baselines: [[closed(true), "enforce"]] }));

    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "undone" });

    expect(engine.azure.writes.map(({ change }) => change.part)).toEqual(["access", "", "", "access"]);
    expect(engine.azure.bodyOf(id)).toEqual(thingBody());
  });

  test.each([
    ["takes its time", (engine: EngineWorld) => engine.azure.startNextWrite(30)],
    ["is put off", (engine: EngineWorld) => engine.azure.refuseNextWrite(refusals.throttled)],
  ])("goes on until all of it is put back, where the first write %s", async (_what, prepare) => {
    const engine = linkedThing();
    await engine.settle();
    await prepare(engine);

    await engine.settle(...asking(undoOf(engine)));
    engine.azure.finish(id);
    await engine.later(3700);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, false]);
    expect(engine.azure.writes.slice(2).map(({ change }) => change.part)).toEqual(["otherEnd", ""]);
    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
    expect(engine.states.all().get(thingId().key)?.undoing).toBeUndefined();
  });

  test("leaves the baseline alone for a while: what it put back is not fixed again until then", async () => {
    const engine = await fixed();
    await engine.settle(...asking(undoOf(engine)));

    expect(await engine.settle()).toMatchObject({
      outcome: "exempt",
      results: [{ reason: expect.stringContaining("The ship's old pumps need it.") }],
    });
    engine.clock.advance(24 * 3600);
    const [due] = await engine.world.waits.due(engine.clock.now());
    expect(due?.resourceId).toBe(id);
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("puts nothing back where somebody changed it since", async () => {
    const engine = await fixed(engineWorld({ baselines: [[closed(true), "enforce"]] }));
    const undo = undoOf(engine);
    engine.azure.put(id, engine.azure.bodyOf(id), { access: { properties: { explicit: "by another" } } });
    const writes = engine.azure.writes.length;

    const { results } = await engine.settle(...asking(undo));

    expect(results).toMatchObject([{ outcome: "failed", code: "undo-changed-since" }]);
    expect(engine.azure.writes).toHaveLength(writes);
  });

  test("says what changed since, and who did it as far as an event told", async () => {
    const engine = await fixed();
    const undo = { ...undoOf(engine), endedAt: engine.clock.now().toISOString() };
    engine.clock.advance(60);
    engine.azure.change(id, { properties: { encrypted: "with an old key" } });
    await engine.world.control.stopWrites(true, "a person");
    await engine.look({ changedBy: "somebody else" });
    engine.clock.advance(60);

    const { results } = await engine.settle(...asking(undo));

    expect(results).toMatchObject([
      {
        reason: expect.stringMatching(
          /properties.encrypted was left as true and reads "with an old key". Changed since by: somebody else\.$/,
        ),
        readAfterwards: [{ path: "properties.encrypted", value: "with an old key" }],
      },
    ]);
  });

  test("of two ends puts back neither where one was changed since", async () => {
    const engine = linkedThing();
    await engine.settle();
    engine.azure.put(id, engine.azure.bodyOf(id), { otherEnd: { encrypted: "by another" } });

    const { results } = await engine.settle(...asking(undoOf(engine)));

    expect(results).toMatchObject([
      { code: "undo-changed-since", readAfterwards: [{ path: "otherEnd/encrypted", value: "by another" }] },
    ]);
    expect(endsOf(engine)).toEqual([true, "by another"]);
  });

  test("that was made already says so and writes nothing", async () => {
    const engine = await fixed();
    const undo = undoOf(engine);
    await engine.settle(...asking(undo));

    expect(await engine.settle(...asking(undo))).toMatchObject({ outcome: "undone", results: [{ changes: [] }] });

    expect(engine.azure.writes).toHaveLength(2);
  });

  test.each([
    [
      "took effect, though Azure refused it",
      ({ azure }: EngineWorld) => {
        azure.refuseNextWrite(refusals.throttled);
        azure.beforeNextWrite(() => azure.change(id, { properties: { encrypted: false } }));
      },
    ],
    [
      "was not needed, since somebody was faster",
      ({ azure }: EngineWorld) => azure.change(id, { properties: { encrypted: false } }),
    ],
  ])("whose write %s leaves the baseline alone all the same", async (_what, prepare) => {
    const engine = await fixed();
    prepare(engine);

    await engine.settle(...asking(undoOf(engine)));
    await engine.later(60);

    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
    expect(engine.azure.bodyOf(id)).toEqual(thingBody());
  });

  test("is not stopped by the stop switch", async () => {
    const engine = await fixed();
    await engine.world.control.stopWrites(true, "a person");

    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "undone" });
  });

  test("is not held back by the cap", async () => {
    const engine = await fixed();
    await fillCap(engine);

    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "undone" });
  });

  test("of two writes of which Azure took one only has failed, and says so", async () => {
    const engine = await fixed(engineWorld({ baselines: [[closed(true), "enforce"]] }));
    engine.azure.refuseWhere(({ part }) => {
      if (part === "access") engine.azure.ignoreNextWrite();
      return undefined;
    });

    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "failed" });

    expect(
      engine
        .entries("intent-outcome")
        .map(({ outcome }) => outcome)
        .slice(2),
    ).toEqual(["undone", "failed"]);
  });

  test("that Azure refuses exempts nothing", async () => {
    const engine = await fixed();
    const undo = undoOf(engine);
    engine.azure.refuseNextWrite(refusals.locked);

    expect(await engine.settle(...asking(undo))).toMatchObject({ outcome: "blocked" });

    engine.azure.change(id, { properties: { encrypted: false } });
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("whose write takes long is settled by a later look", async () => {
    const engine = await fixed();
    engine.azure.startNextWrite(30);
    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "retrying" });
    engine.azure.finish(id);

    await engine.later(60);

    expect(engine.azure.bodyOf(id)).toEqual(thingBody());
    expect(engine.entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["remediated", "undone"]);
    expect(engine.entries("remediation").at(-1)).toMatchObject({ outcome: "undone" });
  });
});

describe("an undo of several writes that takes several looks", () => {
  /** A part of a thing, then the thing itself were fixed; its own change is put back first, and takes long. */
  async function undoBegun(): Promise<EngineWorld> {
    const engine = await fixed(engineWorld({ baselines: [[closed(true), "enforce"]] }));
    engine.azure.startNextWrite(30);
    expect(await engine.settle(...asking(undoOf(engine)))).toMatchObject({ outcome: "retrying" });
    engine.azure.finish(id);
    return engine;
  }

  test("goes on with the next one, and ends when all of it is put back", async () => {
    const engine = await undoBegun();

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "undone" } }]);

    expect(engine.azure.bodyOf(id)).toEqual(thingBody());
    expect(engine.azure.partOf(id, "access")).toEqual({ properties: { kept: 1 } });
    expect(engine.states.all().get(thingId().key)?.undoing).toBeUndefined();
  });

  test("is given up where somebody changes the rest meanwhile: it names that alone, and later looks judge as ever", async () => {
    const engine = await undoBegun();
    engine.azure.put(id, engine.azure.bodyOf(id), { access: { properties: { explicit: "by another" } } });

    expect(await engine.later(60)).toMatchObject([
      {
        result: {
          results: [
            {
              code: "undo-changed-since",
              changes: [],
              readAfterwards: [{ path: "access/properties.explicit", value: "by another" }],
            },
          ],
        },
      },
    ]);
    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
  });
});

describe("an undo that finds something else", () => {
  const both = () =>
    engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });

  test("names of a write for two baselines only what is not as it was left", async () => {
    const engine = await fixed(both());
    engine.azure.change(id, { properties: { encrypted: "by another" } });

    const { results } = await engine.settle(...asking(undoOf(engine)));

    const readAfterwards = [{ path: "properties.encrypted", value: "by another" }];
    expect(results).toMatchObject([{ readAfterwards }, { readAfterwards }]);
  });

  test("says what is absent now, and that no event told who took it away", async () => {
    const engine = await fixed();
    engine.azure.change(id, { properties: { encrypted: null } });

    const { results } = await engine.settle(
      ...asking({ ...undoOf(engine), endedAt: engine.clock.now().toISOString() }),
    );

    expect(results[0]?.reason).toMatch(/was left as true and reads absent\. No event told who changed it\.$/);
  });
});

test("an undo whose answer got lost, and that did not take, is written again", async () => {
  const engine = await fixed();
  engine.azure.loseNextAnswer();
  await engine.settle(...asking(undoOf(engine)));
  engine.azure.change(id, { properties: { encrypted: true } });

  expect(await engine.later(60)).toMatchObject([{ result: { outcome: "undone" } }]);

  expect(engine.azure.bodyOf(id)).toEqual(thingBody());
});

describe("an undo of one baseline", () => {
  const { version, encrypted } = { version: minimumVersion.id, encrypted: encryption.id };

  /** Both were fixed, each by a write of its own. */
  async function bothFixed(): Promise<{ engine: EngineWorld; ofEncryption: Undo; ofVersion: Undo }> {
    const engine = engineWorld({
      baselines: [
        [minimumVersion, "enforce"],
        [encryption, "enforce"],
      ],
    });
    engine.azure.put(id, thingBody({ minimumVersion: "2" }));
    await engine.settle();
    const ofEncryption = undoOf(engine);
    engine.azure.change(id, { properties: { minimumVersion: "1" } });
    await engine.settle();
    const { changes, ...undo } = undoOf(engine);
    const ofVersion = { ...undo, changes: changes.filter(({ baselines }) => baselines.includes(version)) };
    return { engine, ofEncryption, ofVersion };
  }

  test("is written before the fix of another one, and does not exempt that", async () => {
    const { engine, ofEncryption } = await bothFixed();
    engine.azure.change(id, { properties: { minimumVersion: "0" } });
    const { results } = await engine.settle(...asking(ofEncryption));
    expect(results.map(({ outcome }) => outcome)).toEqual(["remediated", "undone"]);
    expect(engine.azure.writes.slice(-2).map(({ change }) => change.patch)).toEqual([
      { properties: { encrypted: false } },
      { properties: { minimumVersion: "2" } },
    ]);
    engine.azure.change(id, { properties: { minimumVersion: "0" } });

    expect(await engine.settle()).toMatchObject({ results: [{ outcome: "remediated" }, { outcome: "exempt" }] });
  });

  test.each([
    ["after it", encryption, minimumVersion],
    ["before it", minimumVersion, encryption],
  ])(
    "does not carry along, past the stop switch, the fix of another one that comes %s",
    async (_where, first, second) => {
      const engine = engineWorld({
        baselines: [
          [first, "enforce"],
          [second, "enforce"],
        ],
      });
      engine.azure.put(id, thingBody({ minimumVersion: "2" }));
      await engine.settle();
      engine.azure.change(id, { properties: { minimumVersion: "1" } });
      await engine.world.control.stopWrites(true, "a person");

      const { results } = await engine.settle(...asking(undoOf(engine)));

      expect(results.map(({ baseline, outcome }) => [baseline, outcome])).toEqual(
        expect.arrayContaining([
          [encrypted, "undone"],
          [version, "capped"],
        ]),
      );
      expect(engine.azure.bodyOf(id)).toEqual(thingBody());
      expect(await engine.settle()).toMatchObject({ outcome: "capped" });
    },
  );

  test("that is refused leaves the exemption of another that was undone before", async () => {
    const { engine, ofEncryption, ofVersion } = await bothFixed();
    await engine.settle(...asking(ofEncryption));
    engine.azure.refuseNextWrite(refusals.locked);

    const { results } = await engine.settle(...asking(ofVersion));

    expect(results.map(({ baseline, outcome }) => [baseline, outcome])).toEqual([
      [version, "blocked"],
      [encrypted, "exempt"],
    ]);
    expect(await engine.settle()).toMatchObject({ results: [{ outcome: "compliant" }, { outcome: "exempt" }] });
  });
});

test("an undo leaves what it put back alone for another baseline that would fix the same property", async () => {
  const sameProperty = propertyBaseline("encryption-again", "encrypted", true);
  const engine = await fixed(
    engineWorld({
      baselines: [
        [encryption, "enforce"],
        [sameProperty, "audit"],
      ],
    }),
  );
  await engine.settle(...asking(undoOf(engine)));

  const { results } = await engine.settle();

  expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "exempt"]);
});

test("an undo of several properties leaves them alone for another baseline that would fix one of them", async () => {
  const engine = await fixed(
    engineWorld({
      baselines: [
        [closed(true), "enforce"],
        [propertyBaseline("closed-again", "open", false), "audit"],
      ],
    }),
  );
  await engine.settle(...asking(undoOf(engine)));

  const { results } = await engine.settle();

  expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "exempt"]);
});

test("an undo does not leave alone another baseline that only reports on the same property", async () => {
  const version = propertyBaseline("version", "minimumVersion", "2", {
    check: ({ body }) => [
      ...(valueAt(body, "properties.minimumVersion") === "2"
        ? []
        : [{ path: "properties.minimumVersion", expected: "2", actual: null, remedy: "fix" as const }]),
      { path: "properties.encrypted", expected: "true", actual: null, remedy: "report" as const },
    ],
  });
  const engine = engineWorld({
    baselines: [
      [encryption, "enforce"],
      [version, "enforce"],
    ],
  });
  engine.azure.put(id, thingBody({ minimumVersion: "2" }));
  await engine.settle();
  await engine.settle(...asking(undoOf(engine)));
  engine.azure.change(id, { properties: { minimumVersion: "1" } });

  await engine.settle();

  expect(engine.azure.bodyOf(id)).toEqual(thingBody({ minimumVersion: "2" }));
});

test("an undo of one baseline leaves the others to be judged as ever", async () => {
  const engine = await fixed(
    engineWorld({
      baselines: [
        [encryption, "enforce"],
        [closed(true), "audit"],
      ],
    }),
  );

  const { results } = await engine.settle(...asking(undoOf(engine)));

  expect(results.map(({ outcome }) => outcome)).toEqual(["undone", "audit"]);
});
