import { describe, expect, test } from "vitest";
import type { LookBack } from "../../../shared/baselines/baseline.ts";
import { undoOf } from "../../../shared/engine/look-back.ts";
import { reconcile } from "../../../shared/engine/reconcile.ts";
import { valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, engineWorld } from "../../support/engine-world.ts";
import { endsOf, linkedThing } from "../../support/linked-things.ts";
import { memoryAzure, refusals } from "../../support/memory-azure.ts";
import { encryption, minimumVersion, propertyBaseline, thingBody, thingId, thingType } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const lookBack: LookBack<Record<string, never>> = {
  afterSeconds: () => 120,
  works: ({ body }) => valueAt(body, "properties.connected") === true,
};
const policy = propertyBaseline("policy", "encrypted", true, { lookBack, writtenAlone: true });

/** A thing that is connected, whose peer may or may not speak what the fix brings. */
function connectedThing() {
  const engine = engineWorld({ baselines: [[policy, "enforce"]] });
  engine.azure.put(id, thingBody({ connected: true }));
  return engine;
}

async function fixAndProve(engine: ReturnType<typeof connectedThing>, peerSpeaksIt: boolean): Promise<void> {
  engine.azure.startNextWrite(30);
  await engine.settle();
  engine.azure.change(id, { properties: { connected: peerSpeaksIt } });
  engine.azure.finish(id);
  await engine.later(38);
}

describe("a fix that is looked back at", () => {
  test("stays where what worked before works again", async () => {
    const engine = connectedThing();
    await fixAndProve(engine, true);

    await engine.later(121);

    expect(engine.azure.writes).toHaveLength(1);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
    expect(engine.remediations.all()).toMatchObject([{ outcome: "remediated" }]);
  });

  test("is put back where what worked before does not come back, by an intent like any other", async () => {
    const engine = connectedThing();
    await fixAndProve(engine, false);
    expect(engine.remediations.all()).toMatchObject([{ outcome: "remediated" }]);

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
    expect(engine.entries("intent")).toHaveLength(2);
    expect(engine.entries("intent")[1], "nobody's change led to it").not.toHaveProperty("changers");
    expect(engine.remediations.all().map(({ outcome }) => outcome)).toContain("reverted");
  });

  test("that was put back waits for a person, and is written again only after somebody changed it", async () => {
    const engine = connectedThing();
    await fixAndProve(engine, false);
    engine.azure.startNextWrite(30);
    await engine.later(121);
    engine.azure.finish(id);
    await engine.later(38);

    expect(await engine.settle()).toMatchObject({ outcome: "reverted" });
    expect(engine.azure.writes).toHaveLength(2);

    engine.azure.change(id, { properties: { encrypted: "no" } });
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("is not put back by a dry run", async () => {
    const engine = connectedThing();
    await fixAndProve(engine, false);
    engine.clock.advance(121);

    expect(await engine.settle({ via: "recheck" }, { dryRun: true })).toMatchObject({ outcome: "compliant" });

    expect(engine.azure.writes).toHaveLength(1);
  });

  test("is not looked back at where it did not work before", async () => {
    const engine = connectedThing();
    engine.azure.change(id, { properties: { connected: false } });
    await fixAndProve(engine, false);

    await engine.later(1000);

    expect(engine.azure.writes).toHaveLength(1);
  });

  test("is not looked back at where it did not work before, though another fix of the same look is", async () => {
    const lit: LookBack<Record<string, never>> = {
      afterSeconds: () => 120,
      works: ({ body }) => valueAt(body, "properties.lit") === true,
    };
    const another = propertyBaseline("lit", "minimumVersion", "2", { lookBack: lit, writtenAlone: true });
    const engine = engineWorld({
      baselines: [
        [policy, "enforce"],
        [another, "enforce"],
      ],
    });
    engine.azure.put(id, thingBody({ connected: false, lit: true }));
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true, minimumVersion: "2" } });
  });

  test("is left alone where somebody changed it meanwhile: that is judged by itself", async () => {
    const engine = connectedThing();
    await fixAndProve(engine, false);
    engine.azure.change(id, { properties: { encrypted: "somebody else's" } });

    await engine.later(121);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  });
});

test("a put-back holds its own baseline for a person, and no other that reads as it was before its fix", async () => {
  const lit: LookBack<Record<string, never>> = { afterSeconds: () => 3600, works: () => true };
  const engine = engineWorld({
    baselines: [
      [policy, "enforce"],
      [propertyBaseline("lit", "minimumVersion", "2", { lookBack: lit, writtenAlone: true }), "enforce"],
    ],
  });
  engine.azure.put(id, thingBody({ connected: true }));
  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  engine.azure.change(id, { properties: { connected: false, minimumVersion: "1" } });
  engine.azure.refuseWhere(({ patch }) => (JSON.stringify(patch).includes('"2"') ? refusals.locked : undefined));
  await engine.later(121);
  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false, minimumVersion: "1" } });
  engine.azure.refuseWhere(() => undefined);

  const { results } = await engine.settle();

  expect(results.map(({ outcome }) => outcome)).toEqual(["reverted", "remediated"]);
});

describe("a baseline whose fixes are looked back at", () => {
  test("and that is only audited has nothing of another one's fix put back", async () => {
    const audited = propertyBaseline("policy", "minimumVersion", "2", { lookBack });
    const engine = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [audited, "audit"],
      ],
    });
    engine.azure.put(id, thingBody({ connected: true }));
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(130);
    await engine.later(130);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  });

  test("is exempt after a person's undo, and not held: once that is over it is fixed again", async () => {
    const engine = connectedThing();
    await engine.settle();
    const [fix] = engine.entries("intent");
    const { change: left, undo: putBack } = fix ?? { change: { part: "", patch: {} }, undo: { part: "", patch: {} } };
    const changes = [{ baselines: [policy.id], left, putBack }];
    const undo = { remediationId: fix?.remediationId ?? "", changes, reason: "A mount broke." };
    expect(await engine.settle({ via: "undo" }, { undo })).toMatchObject({ outcome: "undone" });
    await engine.later(121);
    engine.clock.advance(25 * 3600);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });
});

describe("a fix of both ends that was proven, and is looked back at in a while", () => {
  async function bothFixed(): Promise<ReturnType<typeof linkedThing>> {
    const engine = linkedThing();
    await engine.settle();
    expect(endsOf(engine)).toEqual([true, true]);
    await engine.later(60);
    return engine;
  }

  test("is left as it is where a second one, of one end, breaks the link: that end alone is put back", async () => {
    const engine = await bothFixed();
    engine.azure.change(id, { properties: { encrypted: false } });
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(60);
    await engine.later(61);

    expect(endsOf(engine)).toEqual([false, true]);
  });

  test("is left as it is where a second one, of one end, is refused for good", async () => {
    const engine = await bothFixed();
    engine.azure.change(id, { properties: { encrypted: false } });
    engine.azure.refuseNextWrite(refusals.locked);
    expect(await engine.settle()).toMatchObject({ outcome: "blocked" });

    await engine.later(30);

    expect(endsOf(engine)).toEqual([false, true]);
  });

  test("is left as it is where somebody set one end to a value of their own, though the link is broken", async () => {
    const engine = await bothFixed();
    engine.azure.put(id, engine.azure.bodyOf(id), { otherEnd: { encrypted: "their way" } });
    engine.azure.change(id, { properties: { connected: false } });

    await engine.later(61);

    expect(endsOf(engine)).toEqual([true, true]);
  });
});

test("a part that only a guard asks for is put back with the rest, whatever the fix took out of it", async () => {
  const guarded = propertyBaseline("closed", "open", false, {
    lookBack,
    owns: ["properties.open", "access/properties.explicit", "access/properties.shared"],
    guards: [
      {
        id: "users-cut-off",
        title: "Users are cut off",
        parts: ["access"],
        evaluate: ({ parts }) =>
          valueAt(parts.access, "properties.explicit") === true
            ? undefined
            : {
                reason: "The thing has users.",
                mayBreak: "Its users are cut off.",
                advice: "Ask them first.",
                safeChanges: [{ part: "access", patch: { properties: { explicit: true, shared: null } } }],
                allowed: true,
              },
      },
    ],
  });
  const engine = engineWorld({ baselines: [[guarded, "enforce"]] });
  engine.azure.put(id, thingBody({ connected: true }), { access: { properties: { shared: "by all" } } });
  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  expect(engine.azure.partOf(id, "access")).toEqual({ properties: { explicit: true } });
  engine.azure.change(id, { properties: { connected: false } });

  await engine.later(120);

  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: true } });
  expect(engine.azure.partOf(id, "access")).toEqual({ properties: { shared: "by all" } });
});

test("what was put back is not remembered as good: a later fix does not restore it", async () => {
  const remembering = propertyBaseline("policy", "encrypted", true, {
    lookBack,
    check: ({ body }) => {
      const actual = valueAt(body, "properties.encrypted") ?? null;
      const isGood = actual === true || actual === "strongly";
      return isGood ? [] : [{ path: "properties.encrypted", expected: "strongly", actual, remedy: "fix" }];
    },
    fix: (_resource, _parameters, { lastCompliant }) => [
      { part: "", patch: { properties: { encrypted: lastCompliant?.["properties.encrypted"] ?? "strongly" } } },
    ],
  });
  const engine = engineWorld({ baselines: [[remembering, "enforce"]] });
  engine.azure.put(id, thingBody({ connected: true, encrypted: true }));
  await engine.settle();
  engine.azure.change(id, { properties: { encrypted: "no" } });
  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  engine.azure.change(id, { properties: { connected: false } });
  await engine.later(121);
  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: "no" } });
  engine.azure.change(id, { properties: { connected: true, encrypted: "never" } });

  await engine.settle();

  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: "strongly" } });
});

describe("a fix of both ends that broke the link", () => {
  test("is put back as a whole once that was begun, though the link works in between", async () => {
    const engine = linkedThing();
    await engine.settle();
    engine.azure.change(id, { properties: { connected: false } });
    engine.azure.startNextWrite(30);
    await engine.later(121);
    expect(endsOf(engine)).toEqual([true, false]);
    engine.azure.change(id, { properties: { connected: true } });
    engine.azure.finish(id);

    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, false]);
  });

  test("is put back where the link still tries to come up when its time is over", async () => {
    const engine = linkedThing();
    await engine.settle();
    engine.azure.change(id, { properties: { connected: "connecting" } });

    await engine.later(121);

    expect(endsOf(engine)).toEqual([false, false]);
  });
});

test("a fix that is written twice in one remediation has put back what its second write replaced", async () => {
  const engine = engineWorld({
    baselines: [
      [policy, "enforce"],
      [minimumVersion, "enforce"],
    ],
  });
  engine.azure.put(id, thingBody({ connected: true, encrypted: "first" }));
  engine.azure.refuseWhere(({ patch }) =>
    JSON.stringify(patch).includes("minimumVersion") ? refusals.busy : undefined,
  );
  expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
  engine.azure.change(id, { properties: { encrypted: "second" } });
  await engine.later(10);
  engine.azure.change(id, { properties: { connected: false } });

  await engine.later(130);

  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: "second" } });
});

test("what was put back since its fix could not be ended says so, as long as it waits for a person", async () => {
  const engine = linkedThing();
  engine.azure.refuseWhere(({ part }) => (part === "otherEnd" ? refusals.locked : undefined));
  await engine.settle();
  await engine.later(30);
  expect(endsOf(engine)).toEqual([false, false]);

  const { results } = await engine.settle();

  const reason = expect.stringContaining("The fix could not be ended");
  const reverted = engine.entries("remediation").filter(({ outcome }) => outcome === "reverted");
  expect(reverted[0]).toMatchObject({ results: [{ reason }] });
  expect(results).toMatchObject([{ outcome: "reverted", reason }]);
});

test("a put-back of half a fix that is refused for good is not tried again and again by itself", async () => {
  const engine = linkedThing();
  engine.azure.refuseWhere(({ part }) => (part === "otherEnd" ? refusals.locked : undefined));
  await engine.settle();
  expect(endsOf(engine)).toEqual([true, false]);
  engine.azure.refuseWhere(() => refusals.locked);
  await engine.later(30);
  await engine.later(200);
  const tried = engine.entries("intent").length;

  for (let time = 0; time < 3; time += 1) await engine.later(3600);

  expect(engine.entries("intent")).toHaveLength(tried);
});

describe("a fix of two writes", () => {
  const bothEnds = propertyBaseline("policy", "encrypted", true, {
    lookBack,
    writtenAlone: true,
    parts: ["otherEnd"],
    check: ({ body, parts }) =>
      [valueAt(body, "properties.encrypted"), valueAt(parts.otherEnd, "encrypted")].every((value) => value === true)
        ? []
        : [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" }],
    fix: ({ body }) =>
      valueAt(body, "properties.encrypted") === true
        ? [{ part: "otherEnd", patch: { encrypted: true } }]
        : [{ part: "", patch: { properties: { encrypted: true } } }],
  });

  test("whose second is refused for good has its first put back", async () => {
    const engine = engineWorld({ baselines: [[bothEnds, "enforce"]] });
    engine.azure.put(id, thingBody({ connected: true }), { otherEnd: { encrypted: false } });
    engine.azure.refuseWhere(({ part }) => (part === "otherEnd" ? refusals.locked : undefined));
    engine.azure.startNextWrite(30);
    await engine.settle();
    engine.azure.finish(id);
    await engine.later(38);

    await engine.later(60);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
    expect(engine.remediations.all().map(({ outcome }) => outcome)).toContain("reverted");
  });
});

describe("several units", () => {
  test("are all given back after a look, so that the next one finds them free", async () => {
    const azure = memoryAzure(thingType, () => [thingId("gateway-1"), thingId("gateway-2")]);
    const engine = engineWorld({ azure, baselines: [[policy, "enforce"]] });
    azure.put(id, thingBody());

    expect(await engine.look()).toMatchObject({ kind: "settled" });
    expect(await engine.look()).toMatchObject({ kind: "settled" });
  });

  test("are taken together or not at all", async () => {
    const [first, second] = [thingId("gateway-1"), thingId("gateway-2")];
    const azure = memoryAzure(thingType, () => [first, second]);
    const engine = engineWorld({ azure, baselines: [[policy, "enforce"]] });
    azure.put(id, thingBody());
    const held = await engine.world.leases.take(second, "another worker", { resourceId: id, cause: { via: "sweep" } });

    const cause = { via: "event" as const, eventId: "one" };
    const answer = await reconcile(engine.world, azure.type, { id: thingId(), cause, attempt: 0, dryRun: false });

    expect(answer).toEqual({ kind: "taken" });
    expect(azure.reads).toBe(0);
    const free = await engine.world.leases.take(first, "a third", { resourceId: id, cause: { via: "sweep" } });
    expect(free).toBeDefined();
    const release = held && (await engine.world.leases.release(held));
    expect(release).toMatchObject({ kind: "dirty", pending: [{ resourceId: id, cause }] });
  });
});

test("what puts a change back names every property that it replaced, absent ones by null", () => {
  const before = { id, body: { properties: { a: 1, b: { c: [2] } } }, parts: {} };

  expect(undoOf({ part: "", patch: { properties: { a: 3, b: { c: [4], d: 5 } } } }, before)).toEqual({
    part: "",
    patch: { properties: { a: 1, b: { c: [2], d: null } } },
  });
});
