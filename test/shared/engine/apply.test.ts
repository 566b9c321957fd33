import { describe, expect, test } from "vitest";
import { errors } from "../../../shared/errors.ts";
import { noAnswer, ownRefusal } from "../../../shared/resources/refusal.ts";
import { afterEachSoundHistory, engineer, engineWorld } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import {
  closed,
  encryption,
  minimumVersion,
  propertyBaseline,
  retention,
  subscriptionId,
  thingBody,
  thingId,
} from "../../support/things.ts";

afterEachSoundHistory();

const withUsers = { access: { properties: { seats: 4 } } };

describe("fixes of several baselines", () => {
  test("share one write where they can't fail each other", async () => {
    const { azure, settle } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());

    const { results } = await settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["remediated", "remediated"]);
    expect(azure.writes.map(({ change }) => change.patch)).toEqual([
      { properties: { encrypted: true, minimumVersion: "2" } },
    ]);
  });

  test("that may be refused for a reason of their own are written alone, after the others", async () => {
    const { azure, settle } = engineWorld({
      baselines: [
        [retention, "enforce"],
        [encryption, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());

    await settle();

    expect(azure.writes.map(({ change }) => change.patch)).toEqual([
      { properties: { encrypted: true } },
      { properties: { retentionDays: 7 } },
    ]);
  });

  test("are tried one by one, strongest first, when Azure refuses them together", async () => {
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.refuseWhere(({ patch }) => (JSON.stringify(patch).includes("minimumVersion") ? refusals.invalid : undefined));

    const { outcome, results } = await settle();

    expect(outcome).toBe("failed");
    expect(results).toMatchObject([
      { outcome: "remediated" },
      { outcome: "failed", code: "azure-refused", azure: { status: 400, code: refusals.invalid.code } },
    ]);
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect(entries("intent").map(({ baselines }) => baselines)).toEqual([
      ["things/encryption", "things/minimum-version"],
      ["things/encryption"],
      ["things/minimum-version"],
    ]);
    expect(entries("intent-outcome").map((entry) => entry.outcome)).toEqual(["superseded", "failed", "remediated"]);
  });
});

describe("a fix that would cut users off", () => {
  test("waits for approval, and proposes the safe change before the fix", async () => {
    const { azure, settle } = engineWorld({ baselines: [[closed(false), "enforce"]] });
    azure.put(thingId().text, thingBody(), withUsers);

    const { outcome, results } = await settle();

    expect(outcome).toBe("awaiting-approval");
    expect(results).toMatchObject([
      {
        guard: "users-cut-off",
        reason: "The thing has users.",
        mayBreak: "Its users are cut off.",
        advice: "Ask them first.",
        changes: [
          { part: "access", patch: { properties: { explicit: true } } },
          { part: "", patch: { properties: { open: false } } },
        ],
      },
    ]);
    expect(azure.writes).toEqual([]);
  });

  test("is made after its safe change where that is allowed, and both are proven", async () => {
    const { azure, settle } = engineWorld({ baselines: [[closed(true), "enforce"]] });
    azure.put(thingId().text, thingBody(), withUsers);

    const { outcome, results } = await settle();

    expect(outcome).toBe("remediated");
    expect(azure.writes.map(({ change }) => change.part)).toEqual(["access", ""]);
    expect(azure.partOf(thingId().text, "access")).toEqual({ properties: { seats: 4, explicit: true } });
    expect(results[0]?.readAfterwards).toEqual([
      { path: "properties.open", value: false },
      { path: "access/properties.explicit", value: true },
    ]);
  });

  test("is not asked about while there is nothing to fix", async () => {
    const { azure, settle } = engineWorld({ baselines: [[closed(false), "enforce"]] });
    azure.put(thingId().text, thingBody({ open: false }), withUsers);

    expect(await settle()).toMatchObject({ outcome: "compliant" });
    expect(azure.reads).toBe(1);
  });

  test.each([
    ["refused", refusals.locked, "blocked"],
    ["refused as invalid", refusals.invalid, "failed"],
    ["put off", refusals.busy, "retrying"],
  ] as const)(
    "is not made with another baseline's write when its safe change was %s",
    async (_how, refusal, outcome) => {
      const { azure, settle } = engineWorld({
        baselines: [
          [closed(true), "enforce"],
          [minimumVersion, "enforce"],
        ],
      });
      azure.put(thingId().text, thingBody(), withUsers);
      azure.refuseWhere(({ part }) => (part === "access" ? refusal : undefined));

      const { results } = await settle();

      expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ minimumVersion: "2" }));
      expect(results.map((result) => result.outcome)).toEqual([outcome, "remediated"]);
    },
  );

  test("is not made with another's write when two baselines' safe changes were refused together", async () => {
    const alsoClosed = { ...closed(true), id: "things/also-closed", bind: () => renamed() };
    function renamed() {
      const binding = closed(true).bind({});
      return binding.ok ? { ...binding, baseline: { ...binding.baseline, id: "things/also-closed" } } : binding;
    }
    const { azure, settle } = engineWorld({
      baselines: [
        [closed(true), "enforce"],
        [alsoClosed, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody(), withUsers);
    azure.refuseWhere(({ part }) => (part === "access" ? refusals.invalid : undefined));

    const { results } = await settle();

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ minimumVersion: "2" }));
    expect(results.map((result) => result.outcome)).toEqual(["failed", "failed", "remediated"]);
  });
});

describe("a refused write", () => {
  test.each([
    ["a lock", refusals.locked, "blocked", "ScopeLocked"],
    ["a missing role", refusals.missingRole, "blocked", "AuthorizationFailed"],
    ["a body that Azure does not take", refusals.invalid, "failed", "InvalidRequestPropertyValue"],
  ] as const)(
    "because of %s ends with Azure's code, and nothing follows by itself",
    async (_why, refusal, end, code) => {
      const { azure, settle, changes, entries } = engineWorld();
      azure.put(thingId().text, thingBody());
      azure.refuseNextWrite(refusal);

      const { outcome, results } = await settle();

      expect(outcome).toBe(end);
      expect(results).toMatchObject([{ azure: { status: refusal.status, code } }]);
      expect(changes.waiting()).toEqual([]);
      expect(entries("intent-outcome")).toMatchObject([{ outcome: end, azure: { code } }]);
    },
  );

  test("that is refused again as before is named as unchanged, and a fix never is", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    for (const refused of [true, true, false]) {
      if (refused) azure.refuseNextWrite(refusals.locked);
      await settle();
    }
    azure.put(thingId().text, thingBody());
    await settle();

    expect(entries("remediation").map(({ outcome, unchanged }) => [outcome, unchanged.length])).toEqual([
      ["blocked", 0],
      ["blocked", 1],
      ["remediated", 0],
      ["remediated", 0],
    ]);
  });

  test("of which this service sent nothing has its code and no word of Azure's, and does not count against the cap", async () => {
    const { azure, settle, changes, entries, world } = engineWorld({ settings: { writesPerHour: 1 } });
    azure.put(thingId().text, thingBody());
    azure.sendNothingNext(ownRefusal("invalid", "write-would-lose", "A PUT would drop cors."));

    const { outcome, results } = await settle();

    expect(outcome).toBe("failed");
    expect(results).toMatchObject([
      { code: "write-would-lose", reason: "A PUT would drop cors.", advice: errors["write-would-lose"].advice },
    ]);
    expect(results[0]).not.toHaveProperty("azure");
    expect(changes.waiting()).toEqual([]);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "failed", code: "write-would-lose" }]);
    expect(entries("intent-outcome")[0]).not.toHaveProperty("azure");
    expect(await world.budget.reserve(subscriptionId, { perSubscription: 1, inTotal: 1 })).toMatchObject({
      kind: "granted",
    });
  });

  test("of which nothing was sent, since no answer came before it, leaves no intent open", async () => {
    const { azure, settle, later, entries } = engineWorld({ settings: { writesPerHour: 1 } });
    azure.put(thingId().text, thingBody());
    azure.sendNothingNext(noAnswer("No answer: ECONNRESET."));

    expect(await settle()).toMatchObject({ outcome: "retrying", results: [{ code: "no-answer" }] });
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "retrying", code: "no-answer" }]);
    await later(60);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
  });

  test("of which this service saw that it was not taken ends at once, and counts against the cap", async () => {
    const { azure, settle, entries, world } = engineWorld({ settings: { writesPerHour: 1 } });
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(ownRefusal("invalid", "setting-not-taken", "It does not show afterwards."));

    expect(await settle()).toMatchObject({ outcome: "failed", results: [{ code: "setting-not-taken" }] });

    const [end] = entries("intent-outcome");
    expect(end).toMatchObject({ outcome: "failed", code: "setting-not-taken", reason: "It does not show afterwards." });
    expect(await world.budget.reserve(subscriptionId, { perSubscription: 1, inTotal: 1 })).toMatchObject({
      kind: "capped",
    });
  });

  test("of several baselines, refused as a whole, does not count against the cap", async () => {
    const { azure, settle } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
      settings: { writesPerHour: 2 },
    });
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.invalid);

    const { results } = await settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["remediated", "remediated"]);
  });

  test("of several baselines that is blocked blocks them all: it is not tried one by one", async () => {
    const { azure, settle } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.locked);

    const { results } = await settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["blocked", "blocked"]);
    expect(azure.writes).toEqual([]);
  });

  test("of several baselines' safe changes, refused as a whole, is made one by one with what follows, and nothing twice", async () => {
    const another = propertyBaseline("also-closed", "openToo", false, {
      guards: [
        {
          id: "users-cut-off-too",
          title: "Users are cut off",
          parts: ["access"],
          evaluate: () => ({
            reason: "The thing has users.",
            mayBreak: "Its users are cut off.",
            advice: "Ask them first.",
            safeChanges: [{ part: "access", patch: { properties: { explicitToo: true } } }],
            allowed: true,
          }),
        },
      ],
    });
    const { azure, settle } = engineWorld({
      baselines: [
        [closed(true), "enforce"],
        [another, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody({ openToo: true }), { access: { properties: {} } });
    azure.refuseNextWrite(refusals.invalid);

    expect(await settle()).toMatchObject({ outcome: "remediated" });

    expect(azure.writes.map(({ change }) => change.patch)).toEqual([
      { properties: { explicit: true } },
      { properties: { open: false } },
      { properties: { explicitToo: true } },
      { properties: { openToo: false } },
    ]);
  });

  test("tells a person what to do about what blocks", async () => {
    const { azure, settle } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.locked);

    const { results } = await settle();

    expect(results[0]?.advice).toContain("Remove the lock");
  });

  test("because of throttling is tried again after the wait that Azure names, with an intent of its own", async () => {
    const { azure, settle, changes, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.throttled);

    expect(await settle()).toMatchObject({ outcome: "retrying" });
    const [{ inSeconds = 0 } = {}] = changes.waiting();
    expect(inSeconds).toBeGreaterThanOrEqual(17);
    expect(inSeconds).toBeLessThanOrEqual(17 * 1.25);
    await later(inSeconds);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect(entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["retrying", "remediated"]);
  });

  test("because of throttling is waited for as Azure asked, though the next write was stopped by a person", async () => {
    const { azure, settle, changes, world } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.throttled);
    azure.beforeNextWrite(() => world.control.stopWrites(true, "operator"));

    const { results } = await settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["retrying", "capped"]);
    const [{ inSeconds = 0 } = {}] = changes.waiting();
    expect(inSeconds).toBeGreaterThanOrEqual(17);
  });

  test("because of throttling is waited for as Azure asked, though the next write may be tried sooner", async () => {
    const { azure, settle, changes } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.throttled);
    azure.refuseNextWrite(refusals.busy);

    await settle();

    const [{ inSeconds = 0 } = {}] = changes.waiting();
    expect(inSeconds).toBeGreaterThanOrEqual(17);
  });

  test("because the resource is gone is no failure", async () => {
    const { azure, settle, states } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.beforeNextWrite(() => azure.remove(thingId().text));

    expect(await settle()).toMatchObject({ outcome: "gone" });
    expect(states.all().size).toBe(0);
  });
});

describe("a write without a certain answer", () => {
  test("that took effect is settled by the next look, and not written twice", async () => {
    const { azure, settle, later, entries, remediations } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.loseNextAnswer();

    expect(await settle()).toMatchObject({ outcome: "retrying" });
    expect(entries("intent-outcome")).toEqual([]);
    await later(60);

    expect(azure.writes).toHaveLength(1);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
    expect(remediations.all()).toMatchObject([{ outcome: "remediated" }]);
  });

  test("that did not take effect is superseded by the next look's own intent", async () => {
    const { azure, settle, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.broken);

    await settle();
    await later(60);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect(entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["superseded", "remediated"]);
  });

  test("counts against the cap, since it may have taken effect", async () => {
    const { azure, settle, later } = engineWorld({ settings: { writesPerHour: 1 } });
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.broken);
    expect(await settle()).toMatchObject({ outcome: "retrying" });

    expect(await later(60)).toMatchObject([{ result: { outcome: "capped" } }]);

    expect(azure.writes).toEqual([]);
  });

  test("has an end also where the next look may not read the resource", async () => {
    const { azure, settle, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.loseNextAnswer();
    await settle();
    azure.refuseNextRead(refusals.missingRole);

    await later(60);

    expect(entries("intent-outcome")).toMatchObject([{ outcome: "blocked" }]);
  });
});

describe("before each write", () => {
  test("the stop switch of the settings holds it back, and checks go on", async () => {
    const { azure, settle } = engineWorld({ settings: { writesStopped: true } });
    azure.put(thingId().text, thingBody());

    expect(await settle()).toMatchObject({ outcome: "capped", results: [{ reason: "Writes are stopped." }] });
    expect(azure.writes).toEqual([]);
  });

  test("the stop switch of the table holds it back until it is taken back", async () => {
    const { azure, settle, later, world } = engineWorld();
    azure.put(thingId().text, thingBody());
    await world.control.stopWrites(true, "operator");
    expect(await settle()).toMatchObject({ outcome: "capped" });
    expect(azure.writes).toEqual([]);

    await world.control.stopWrites(false, "operator");
    await later(60);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
  });

  test("the stop switch is read again: one that is thrown between two writes stops the second", async () => {
    const { azure, settle, world } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.beforeNextWrite(() => world.control.stopWrites(true, "operator"));

    const { results } = await settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["remediated", "capped"]);
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
  });

  test("the cap of the subscription and hour holds it back until the next hour", async () => {
    const { azure, settle, later } = engineWorld({ settings: { writesPerHour: 1 } });
    const other = thingId("mast-light");
    azure.put(thingId().text, thingBody());
    azure.put(other.text, thingBody());
    await settle();

    expect(await settle({}, { id: other })).toMatchObject({ outcome: "capped" });
    expect(azure.bodyOf(other.text)).toEqual(thingBody());
    await later(3660);

    expect(azure.bodyOf(other.text)).toEqual(thingBody({ encrypted: true }));
  });

  test.each([
    ["this subscription", { writesPerHour: 1 }, /raise WRITES_PER_HOUR if/],
    ["all subscriptions", { writesPerHourInTotal: 1 }, /raise WRITES_PER_HOUR_IN_TOTAL if/],
  ])("the cap of writes in %s ends with the hour, and names its setting", async (where, settings, advice) => {
    const { azure, clock, settle, later } = engineWorld({ settings });
    const other = thingId("mast-light");
    azure.put(thingId().text, thingBody());
    azure.put(other.text, thingBody());
    clock.advance(20 * 60);
    await settle();

    const { results } = await settle({}, { id: other });

    expect(results).toMatchObject([{ reason: expect.stringContaining(where), advice: expect.stringMatching(advice) }]);
    await later(39 * 60);
    expect(azure.bodyOf(other.text)).toEqual(thingBody());
    await later(10 * 60);
    expect(azure.bodyOf(other.text)).toEqual(thingBody({ encrypted: true }));
  });

  test.each([
    [29, 90 - 29],
    [31, 90],
  ])("%i seconds after the resource was taken, it is held for %i seconds more", async (elapsed, held) => {
    const { azure, clock, settle, world } = engineWorld();
    azure.put(thingId().text, thingBody());
    world.summariseBeforeFirstWrite = async () => void clock.advance(elapsed);
    const { renew } = world.leases;
    let heldFor = 90 - elapsed;
    world.leases.renew = async (lease) => {
      const renewed = await renew(lease);
      if (renewed) heldFor = (renewed.expiresAt.getTime() - clock.now().getTime()) / 1000;
      return renewed;
    };
    let atWrite: number | undefined;
    azure.beforeNextWrite(() => {
      atWrite = heldFor;
    });

    await settle();

    expect(atWrite).toBe(held);
  });

  test("the summary of its scope must have been made", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    const asked: string[] = [];
    engine.world.summariseBeforeFirstWrite = async (id) => {
      asked.push(id.text);
      return asked.length === 1 ? "Resource Graph did not answer." : undefined;
    };

    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
    expect(engine.azure.writes).toEqual([]);
    await engine.later(60);

    expect(asked).toEqual([thingId().text, thingId().text]);
    expect(engine.azure.writes).toHaveLength(1);
  });

  test("a lease that expired while the summary was made is not written under", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    engine.world.summariseBeforeFirstWrite = async () => {
      engine.clock.advance(91);
      await engine.world.leases.take(thingId(), "another worker", {
        resourceId: thingId().text,
        cause: { via: "sweep" },
      });
      return undefined;
    };

    await expect(engine.look()).rejects.toMatchObject({ code: "state-conflict" });

    expect(engine.azure.writes).toEqual([]);
  });

  test("storage that fails while the intent is journaled leaves no write and no open end", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    const { append } = engine.journal;
    engine.world.journal.append = async () => {
      throw new Error("The journal does not answer.");
    };
    await expect(engine.look()).rejects.toThrow("The journal does not answer.");
    expect(engine.azure.writes).toEqual([]);
    engine.world.journal.append = append;

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("an intent that the journal never took is nothing that was done, though somebody else did the same", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    const { append } = engine.journal;
    engine.world.journal.append = () => Promise.reject(new Error("The journal does not answer."));
    await expect(engine.look()).rejects.toThrow("The journal does not answer.");
    engine.world.journal.append = append;
    engine.azure.change(thingId().text, { properties: { encrypted: true } });

    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });

    expect(engine.entries("intent-outcome").map(({ outcome }) => outcome)).not.toContain("remediated");
  });
});

describe("the journal's entry of a write", () => {
  test("names once who made the change, also where it is for several baselines", async () => {
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());

    await settle();

    expect(entries("intent")).toMatchObject([{ changers: [engineer] }]);
  });

  test("shows the properties of the baselines that it is for, before and after, and no others", async () => {
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());

    await settle();

    const shown = entries("intent").map(({ before, after }) => [...before, ...after].map(({ path }) => path));
    expect(shown).toEqual([
      ["properties.encrypted", "properties.encrypted"],
      ["properties.retentionDays", "properties.retentionDays"],
    ]);
  });

  test("names nobody where no event told who it was", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody());

    await settle({ via: "sweep", eventId: undefined, changedBy: undefined });

    expect(entries("intent")).toHaveLength(1);
    expect(entries("intent")[0]).not.toHaveProperty("changers");
  });
});

test("an undo that takes several looks goes on though another baseline is fixed meanwhile", async () => {
  const { azure, settle, later } = engineWorld({
    baselines: [
      [encryption, "enforce"],
      [minimumVersion, "enforce"],
    ],
  });
  const id = thingId().text;
  azure.put(id, thingBody({ encrypted: true, minimumVersion: "2" }), { access: { explicit: false } });
  const whole = { part: "", patch: { properties: { encrypted: false } } };
  const part = { part: "access", patch: { explicit: true } };
  const changes = [
    { left: { part: "", patch: { properties: { encrypted: true } } }, putBack: whole },
    { left: { part: "access", patch: { explicit: false } }, putBack: part },
  ].map((change) => ({ baselines: [encryption.id], ...change }));
  azure.startNextWrite(30);
  await settle({ via: "undo" }, { undo: { remediationId: "r", changes, reason: "A mount broke." } });
  azure.finish(id);
  azure.change(id, { properties: { minimumVersion: "1" } });
  azure.refuseWhere((change) => (change.part === "access" ? refusals.throttled : undefined));

  await later(60);
  expect(azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false, minimumVersion: "2" } });
  azure.refuseWhere(() => undefined);
  await later(60);

  expect(azure.partOf(id, "access")).toEqual({ explicit: true });
});
