import { describe, expect, test } from "vitest";
import type { Guard } from "../../../shared/baselines/baseline.ts";
import type { Policy } from "../../../shared/policy/resource-policy.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { linkedThing } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import {
  closed,
  compliant,
  encryption,
  minimumVersion,
  propertyBaseline,
  thingBody,
  thingId,
} from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();
const withUsers = { access: { properties: { seats: 4 } } };

/** From now on the resource type spares every read, and says what it was told. */
function tellReads({ azure }: EngineWorld): void {
  azure.type.read = async (_id, occasion, _signal, { compliantAt }) => ({
    kind: "skipped",
    outcome: "skipped-paused",
    reason: `${occasion}, compliant at ${compliantAt?.toISOString() ?? "no time"}`,
  });
}

/** Can't tell yet, and wants to be asked again. */
function asksAgain(name: string, seconds: number): Guard<Record<string, never>> {
  const verdict = { reason: "Not known yet.", mayBreak: "", advice: "", allowed: false, askAgainSeconds: seconds };
  return { id: name, title: name, parts: [], evaluate: () => verdict };
}

/** Wants what its guard, which lets every fix through, has to see the same part for. */
function guardedBy(name: string, property: string) {
  const guard: Guard<Record<string, never>> = { id: name, title: name, parts: ["access"], evaluate: () => undefined };
  return propertyBaseline(name, property, true, { guards: [guard] });
}

function exempt({ world }: EngineWorld, baseline: string): void {
  const exemption = { owner: "Deck 4", reason: "Old reader.", until: "2026-12-24T00:00:00.000Z" };
  const { current } = world.policies;
  world.policies.current = async (subscription) => {
    const policy = await current(subscription);
    const of: Policy["of"] = (...about) =>
      policy.of(...about).map((each) => (each.baseline.id === baseline ? { ...each, exemption } : each));
    return { ...policy, of };
  };
}

function secondsToNextLook({ changes }: EngineWorld): number {
  return changes.waiting()[0]?.inSeconds ?? Number.NaN;
}

describe("a resource type, which may spare a read,", () => {
  test.each([
    ["event", "event"],
    ["sweep", "sweep"],
    ["recheck", "recheck"],
    ["waker", "event"],
  ] as const)("is told what led to it: %s", async (via, occasion) => {
    const engine = engineWorld();
    tellReads(engine);

    const { results } = await engine.settle({ via });

    expect(results[0]?.reason).toBe(`${occasion}, compliant at no time`);
  });

  test("is told when the resource was last read compliant", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));
    const readAt = engine.clock.now().toISOString();
    await engine.settle();
    engine.clock.advance(60);
    tellReads(engine);

    const { results } = await engine.settle();

    expect(results[0]?.reason).toBe(`event, compliant at ${readAt}`);
  });

  test("is told of no such time where something was found then", async () => {
    const engine = engineWorld({ baselines: [[encryption, "audit"]] });
    engine.azure.put(id, thingBody());
    await engine.settle();
    tellReads(engine);

    const { results } = await engine.settle();

    expect(results[0]?.reason).toBe("event, compliant at no time");
  });

  test("is told of no such time where a worker died over a write since", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody(compliant));
    await engine.settle();
    engine.azure.change(id, { properties: { encrypted: false } });
    engine.azure.beforeNextWrite(() => {
      throw new Error("The worker dies.");
    });
    await expect(engine.settle()).rejects.toThrow("The worker dies.");
    tellReads(engine);

    const { results } = await engine.settle();

    expect(results[0]?.reason).toBe("event, compliant at no time");
  });
});

describe("what a guard has to see", () => {
  test.each([
    ["may not be read", refusals.missingRole, "blocked"],
    ["is gone, which says nothing of the resource", refusals.gone, "retrying"],
  ] as const)("and %s stops the fix of its baseline, and no other", async (_what, refusal, outcome) => {
    const engine = engineWorld({
      baselines: [
        [closed(true), "enforce"],
        [encryption, "enforce"],
      ],
    });
    engine.azure.put(id, thingBody(), withUsers);
    engine.azure.type.readParts = async () => ({ kind: "refused", refusal });

    const { results } = await engine.settle();

    expect(results.map((result) => result.outcome)).toEqual([outcome, "remediated"]);
    expect(engine.azure.bodyOf(id)).toEqual(thingBody({ encrypted: true }));
    expect(engine.states.all().has(thingId().key)).toBe(true);
  });

  test("and may not be read says nothing of a baseline that complies, nor of one that is exempt", async () => {
    const engine = engineWorld({
      baselines: [
        [closed(true), "enforce"],
        [guardedBy("complies", "encrypted"), "enforce"],
        [guardedBy("exempt", "minimumVersion"), "enforce"],
      ],
    });
    engine.azure.put(id, thingBody({ encrypted: true }), withUsers);
    exempt(engine, "things/exempt");
    engine.azure.type.readParts = async () => ({ kind: "refused", refusal: refusals.missingRole });

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["blocked", "compliant", "exempt"]);
  });

  test("is not read where the baseline is exempt", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    engine.azure.put(id, thingBody(), withUsers);
    exempt(engine, "things/closed");

    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });

    expect(engine.azure.reads).toBe(1);
  });

  test("is not read again where the checks had to see it already", async () => {
    const checked = propertyBaseline("checked", "encrypted", true, { parts: ["access"] });
    const engine = engineWorld({
      baselines: [
        [closed(false), "audit"],
        [checked, "audit"],
      ],
    });
    engine.azure.put(id, thingBody(), withUsers);

    await engine.settle();

    expect(engine.azure.reads, "the thing, and its part").toBe(2);
  });

  test("is read once for the guards of several baselines", async () => {
    const engine = engineWorld({
      baselines: [
        [closed(false), "audit"],
        [guardedBy("encryption", "encrypted"), "audit"],
      ],
    });
    engine.azure.put(id, thingBody(), withUsers);

    await engine.settle();

    expect(engine.azure.reads, "the thing, and its part").toBe(2);
  });
});

describe("guards that can't tell yet", () => {
  test("are asked again when the first of them wants to be", async () => {
    const [slow, quick] = [asksAgain("slow", 600), asksAgain("quick", 40)];
    const engine = engineWorld({
      baselines: [
        [propertyBaseline("closed", "open", false, { guards: [slow] }), "enforce"],
        [propertyBaseline("minimum-version", "minimumVersion", "2", { guards: [quick] }), "enforce"],
      ],
    });
    engine.azure.put(id, thingBody());

    await engine.settle();

    expect(secondsToNextLook(engine)).toBeGreaterThanOrEqual(40);
    expect(secondsToNextLook(engine)).toBeLessThan(60);
  });

  test("are asked again when they want to be, though another baseline was fixed by the same look", async () => {
    const waiting = propertyBaseline("closed", "open", false, { guards: [asksAgain("slow", 600)] });
    const engine = engineWorld({
      baselines: [
        [waiting, "enforce"],
        [encryption, "enforce"],
      ],
    });
    engine.azure.put(id, thingBody());

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["retrying", "remediated"]);
    expect(secondsToNextLook(engine)).toBeGreaterThanOrEqual(600);
  });

  test("are asked again every quarter of an hour at least", async () => {
    const guards = [asksAgain("slow", 600)];
    const engine = engineWorld({ baselines: [[propertyBaseline("closed", "open", false, { guards }), "enforce"]] });
    engine.azure.put(id, thingBody());

    await engine.settle({}, { attempt: 3 });

    expect(secondsToNextLook(engine)).toBeGreaterThanOrEqual(900);
    expect(secondsToNextLook(engine)).toBeLessThan(1000);
  });
});

test("a read that Azure puts off is tried again after the wait that it names", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  engine.azure.refuseNextRead(refusals.throttled);

  await engine.settle();

  expect(secondsToNextLook(engine)).toBeGreaterThanOrEqual(17);
});

test("a resource that Azure works on for somebody else is judged as it reads", async () => {
  const engine = engineWorld({ baselines: [[encryption, "audit"]] });
  engine.azure.put(id, thingBody({ provisioningState: "Updating" }));

  expect(await engine.settle()).toMatchObject({ outcome: "audit" });
});

test("a part that a check and a look-back both have to see is read once", async () => {
  const engine = linkedThing();
  await engine.settle();
  const { reads } = engine.azure;

  expect(await engine.later(121)).toMatchObject([{ result: { outcome: "compliant" } }]);

  expect(engine.azure.reads - reads, "the thing, and its other end").toBe(2);
});

test("a part that Azure still works on proves nothing", async () => {
  const engine = linkedThing();
  engine.azure.loseNextAnswer();
  await engine.settle();
  const { readParts } = engine.azure.type;
  engine.azure.type.readParts = async (...asked) => {
    const read = await readParts(...asked);
    return read.kind === "read" ? { ...read, settled: false } : read;
  };

  expect(await engine.later(60)).toMatchObject([{ result: { outcome: "retrying" } }]);
  expect(engine.entries("intent-outcome")).toEqual([]);

  engine.azure.type.readParts = readParts;
  expect(await engine.later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);
});

test("a dry run leaves an intent whose operation failed to the next look that may write", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  engine.azure.failNextWrite(refusals.invalid);
  await engine.settle();
  engine.azure.finish(id);

  await engine.settle({ via: "recheck" }, { dryRun: true });
  expect(engine.entries("intent-outcome")).toEqual([]);
  await engine.later(60);

  expect(engine.entries("intent-outcome")).toMatchObject([{ outcome: "failed" }]);
});

test("what waits for a person is compliant, and asked about no more, where the fix of another baseline mends it", async () => {
  const engine = engineWorld({
    baselines: [
      [propertyBaseline("alike", "encrypted", true), "approve"],
      [encryption, "enforce"],
      [minimumVersion, "approve"],
    ],
  });
  engine.azure.put(id, thingBody());

  const { results } = await engine.settle();

  expect(results.map(({ outcome }) => outcome)).toEqual(["compliant", "remediated", "awaiting-approval"]);
  expect(Object.keys(engine.states.all().get(thingId().key)?.proposals ?? {})).toEqual([minimumVersion.id]);
});
