import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { tellEndingExemptions } from "../../../shared/engine/exemption-ends.ts";
import type { LookResult } from "../../../shared/engine/world.ts";
import { currentExemptions } from "../../../shared/state/current-exemptions.ts";
import type { KeptExemption, StoredExemption } from "../../../shared/state/stores.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { endsOf, linkedThing } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import {
  canary,
  encryption,
  minimumVersion,
  propertyBaseline,
  subscriptionId,
  thingBody,
  thingId,
} from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();
const day = 86_400;
const owner = "the bridge";

async function granted(engine: EngineWorld, more: Partial<StoredExemption> = {}): Promise<StoredExemption> {
  const now = engine.clock.now();
  const exemption: StoredExemption = {
    id: `${now.getTime()}-00000001`,
    scope: id,
    baseline: encryption.id,
    owner,
    reason: "The old pumps.",
    until: new Date(now.getTime() + day * 1000).toISOString(),
    grantedAt: now.toISOString(),
    grantedBy: "somebody",
    ...more,
  };
  await engine.exemptions.add(exemption);
  return exemption;
}

function weakThing(choices: Parameters<typeof engineWorld>[0] = {}): EngineWorld {
  const engine = engineWorld(choices);
  engine.azure.put(id, thingBody());
  return engine;
}

function reasonIn({ results: [result] }: LookResult): string {
  return result?.reason ?? "";
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe("an exemption", () => {
  test.each([
    ["of the resource", id],
    ["of the resource, spelt otherwise", id.toUpperCase()],
    ["of its group", `/subscriptions/${subscriptionId}/resourceGroups/cruises`],
    ["of its subscription", `/subscriptions/${subscriptionId}`],
  ])("%s leaves it alone, with owner, reason and end", async (_of, scope) => {
    const engine = weakThing();
    const { id: exemptionId, until } = await granted(engine, { scope, baseline: "all" });

    const result = await engine.settle();

    expect(result).toMatchObject({
      outcome: "exempt",
      results: [{ exemption: { id: exemptionId, owner, reason: "The old pumps.", until } }],
    });
    expect(engine.azure.writes).toEqual([]);
  });

  test.each([
    ["of another baseline", { baseline: "things/minimum-version" }],
    ["of a resource whose name only begins the same", { scope: id.slice(0, -1) }],
    ["of another group", { scope: `/subscriptions/${subscriptionId}/resourceGroups/cruise` }],
    ["of nothing", { scope: "" }],
  ])("%s does not concern it", async (_of, more) => {
    const engine = weakThing();
    await granted(engine, more);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("of one baseline holds also where another one complies", async () => {
    const engine = weakThing({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    engine.azure.change(id, { properties: { minimumVersion: "2" } });
    await granted(engine);

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "compliant"]);
    expect(engine.azure.writes).toEqual([]);
  });

  test("of a scope that ends in a slash covers what is in it", async () => {
    const engine = weakThing();
    await granted(engine, { scope: `/subscriptions/${subscriptionId}/` });

    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
  });

  test.each([
    ["first", [2, 1]],
    ["last", [1, 2]],
  ])("that holds longest is named where several hold, whether it was granted %s", async (_when, lengths) => {
    const engine = weakThing();
    const start = engine.clock.now().getTime();
    for (const [index, days] of lengths.entries()) {
      const until = new Date(start + days * day * 1000).toISOString();
      await granted(engine, { id: `${start}-0000000${index}`, until });
    }

    const { results } = await engine.settle();

    expect(results[0]?.exemption?.until).toBe(new Date(start + 2 * day * 1000).toISOString());
  });

  test("that holds is told without those that ended", async () => {
    const engine = weakThing();
    const now = engine.clock.now().toISOString();
    await granted(engine, { id: "1", endedAt: now, endedBy: "a person" });
    await granted(engine, { id: "2" });

    const result = await engine.settle();

    expect(result.outcome).toBe("exempt");
    expect(reasonIn(result)).not.toContain("a person");
  });

  test("covers what is only reported too", async () => {
    const alias = propertyBaseline("alias", "alias", null, {
      check: () => [{ path: "properties.alias", expected: "none", actual: "a", remedy: "report" }],
    });
    const engine = weakThing({ baselines: [[alias, "enforce"]] });
    await granted(engine, { baseline: "all" });

    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
  });

  test("of one baseline leaves the others to be fixed", async () => {
    const engine = weakThing({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "enforce"],
      ],
    });
    await granted(engine);

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "remediated"]);
  });

  test("of the later of two baselines covers the earlier one that would fix the same property", async () => {
    const sameProperty = propertyBaseline("encryption-again", "encrypted", true);
    const engine = weakThing({
      baselines: [
        [encryption, "enforce"],
        [sameProperty, "enforce"],
      ],
    });
    await granted(engine, { baseline: sameProperty.id });

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "exempt"]);
  });

  test("of the policy file that holds longer than one that was granted is the one that is named", async () => {
    const engine = weakThing();
    const until = new Date(engine.clock.now().getTime() + 3 * day * 1000).toISOString();
    const exemption = { owner: "the harbour", reason: "By policy.", until };
    const { current } = engine.world.policies;
    engine.world.policies.current = async (subscription) => {
      const policy = await current(subscription);
      return { ...policy, of: (...about) => policy.of(...about).map((each) => ({ ...each, exemption })) };
    };
    await granted(engine);

    expect((await engine.settle()).results).toMatchObject([{ outcome: "exempt", exemption }]);
  });

  test("covers another baseline that would fix the same property, and says so", async () => {
    const sameProperty = propertyBaseline("encryption-again", "encrypted", true);
    const engine = weakThing({
      baselines: [
        [encryption, "enforce"],
        [sameProperty, "enforce"],
      ],
    });
    await granted(engine);

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "exempt"]);
    expect(results[1]?.reason).toContain(`from ${encryption.id}, which is about the same property, for ${owner}`);
    expect(engine.azure.writes).toEqual([]);
  });

  test("of another baseline about the same property is not named where a baseline has one of its own", async () => {
    const sameProperty = propertyBaseline("encryption-again", "encrypted", true);
    const engine = weakThing({
      baselines: [
        [encryption, "enforce"],
        [sameProperty, "enforce"],
      ],
    });
    await granted(engine, { id: "1" });
    await granted(engine, { id: "2", baseline: sameProperty.id });

    const { results } = await engine.settle();

    expect(results.map(({ exemption }) => [exemption?.id, exemption?.sharedBy])).toEqual([
      ["1", undefined],
      ["2", undefined],
    ]);
  });

  test("of a baseline leaves another one to report the same property, which changes nothing", async () => {
    const reported = propertyBaseline("encryption-told", "encrypted", true, {
      check: () => [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "report" }],
    });
    const engine = weakThing({
      baselines: [
        [encryption, "enforce"],
        [reported, "enforce"],
      ],
    });
    await granted(engine);

    const { results } = await engine.settle();

    expect(results.map(({ outcome }) => outcome)).toEqual(["exempt", "audit"]);
  });

  test("ends by the clock: the resource is looked at then, and fixed, and it is said that it ended", async () => {
    const engine = weakThing();
    const { until } = await granted(engine);
    await engine.settle();
    engine.clock.advance(day);

    expect(await engine.world.waits.due(engine.clock.now())).toMatchObject([{ resourceId: id }]);
    const result = await engine.settle({ via: "waker", eventId: undefined });

    expect(result).toMatchObject({ outcome: "remediated" });
    expect(reasonIn(result)).toContain(`of ${owner} ended on ${until}.`);
  });

  test("that a person ended early counts no more, and it is said who did", async () => {
    const engine = weakThing();
    const now = engine.clock.now().toISOString();
    await granted(engine, { endedAt: now, endedBy: "a person" });

    expect(reasonIn(await engine.settle())).toContain(`was ended on ${now} by a person`);
  });

  test("that ended long ago is not mentioned any more", async () => {
    const engine = weakThing();
    await granted(engine);
    engine.clock.advance(32 * day);

    expect(reasonIn(await engine.settle())).not.toContain("xemption");
  });

  test("that can't be read exempts nothing, and it is said so", async () => {
    const engine = weakThing();
    engine.world.exemptions = {
      current: async () => [{ kind: "unreadable", id: "7", scope: id, problem: "No owner." }],
    };

    const result = await engine.settle();

    expect(result).toMatchObject({ outcome: "remediated" });
    expect(reasonIn(result)).toContain("Exemption 7 counts for nothing: it can't be read.");
  });

  test("is looked up only where something was found", async () => {
    const engine = engineWorld();
    engine.azure.put(id, thingBody({ encrypted: true }));
    engine.world.exemptions = { current: () => Promise.reject(new Error("It was looked up.")) };

    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
  });

  test("of a fix that was begun has what was written put back: half of it may be worse than none", async () => {
    const engine = linkedThing();
    engine.azure.refuseWhere(({ part }) => (part === "" ? undefined : refusals.throttled));
    expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
    expect(endsOf(engine)).toEqual([true, false]);
    engine.azure.refuseWhere(() => undefined);
    await granted(engine, { baseline: "all" });

    await engine.later(60);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, false]);
  });
});

describe("a tag that asks for an exemption", () => {
  const settings = { exemptionTag: "Exempt" };
  const tagged = (value: string) => ({ tags: { exempt: value } });

  test("stops nothing; the finding says by its hash that somebody asks, and nowhere what the tag says", async () => {
    const engine = weakThing({ settings });
    engine.azure.change(id, tagged(canary));

    expect(await engine.settle()).toMatchObject({
      outcome: "remediated",
      results: [{ exemptionAsked: { tag: "Exempt", value: sha256(canary) } }],
    });
  });

  test("counts once a person granted what it says, and no longer than it says so", async () => {
    const engine = weakThing({ settings });
    engine.azure.change(id, tagged("until the dry dock"));
    await granted(engine, { tagValue: sha256("until the dry dock") });
    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });

    engine.azure.change(id, tagged("for ever"));
    const result = await engine.settle();

    expect(result).toMatchObject({ outcome: "remediated" });
    expect(reasonIn(result)).toContain("says something else");
  });

  test("does not weaken what a person granted without it", async () => {
    const engine = weakThing({ settings });
    engine.azure.change(id, tagged("until the dry dock"));
    await granted(engine);

    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
  });

  test.each([["empty"], ["no text"]])("asks for nothing where it is %s", async (what) => {
    const engine = weakThing({ settings });
    engine.azure.change(id, { tags: { exempt: what === "empty" ? "" : 7 } });

    expect((await engine.settle()).results[0]).not.toHaveProperty("exemptionAsked");
  });

  test("means nothing, and what was granted for it neither, where tags are not asked for", async () => {
    const engine = weakThing();
    engine.azure.change(id, tagged("x"));
    await granted(engine, { tagValue: sha256("x") });

    const result = await engine.settle();

    expect(result).toMatchObject({ outcome: "remediated" });
    expect(result.results[0]?.exemptionAsked).toBeUndefined();
  });
});

describe("nothing is said of exemptions that don't hold, nor of one that is asked for, where a baseline", () => {
  const settings = { exemptionTag: "Exempt" };

  test("was mended by the fix of another", async () => {
    const alike = propertyBaseline("alike", "encrypted", true);
    const engine = weakThing({
      settings,
      baselines: [
        [alike, "audit"],
        [encryption, "enforce"],
      ],
    });
    engine.azure.change(id, { tags: { exempt: "until the dry dock" } });
    await granted(engine, { baseline: alike.id, until: engine.clock.now().toISOString() });

    const { results } = await engine.settle();

    const reason = "Compliant now: the fix of another baseline mended it.";
    expect(results).toMatchObject([{ outcome: "compliant", reason }, { outcome: "remediated" }]);
    expect(results[0]).not.toHaveProperty("exemptionAsked");
  });

  test("does not apply, and so found nothing", async () => {
    const never = propertyBaseline("never", "encrypted", true, { unsupported: () => "It is of another kind." });
    const engine = weakThing({
      settings,
      baselines: [
        [never, "enforce"],
        [encryption, "audit"],
      ],
    });
    engine.azure.change(id, { tags: { exempt: "until the dry dock" } });

    const { results } = await engine.settle();

    expect(results).toMatchObject([{ outcome: "unsupported" }, { exemptionAsked: { tag: "Exempt" } }]);
    expect(results[0]).not.toHaveProperty("exemptionAsked");
  });
});

describe("an exemption that ends soon", () => {
  function keeping({ clock, exemptions, journal }: EngineWorld) {
    return { now: clock.now, journal, exemptions: currentExemptions(exemptions, clock.now) };
  }
  const days = (engine: EngineWorld, count: number) =>
    new Date(engine.clock.now().getTime() + count * day * 1000).toISOString();

  test("is told of once, a week before", async () => {
    const engine = engineWorld();
    const { id: exemptionId, until } = await granted(engine, { until: days(engine, 60) });
    const keep = keeping(engine);

    engine.clock.advance(52 * day);
    expect(await tellEndingExemptions(keep)).toEqual([]);
    engine.clock.advance(day);
    expect(await tellEndingExemptions(keep)).toEqual([exemptionId]);
    expect(await tellEndingExemptions(keep)).toEqual([]);

    expect(engine.entries("exemption")).toMatchObject([{ event: "ending", resourceId: id, exemptionId, owner, until }]);
  });

  test("and is short is told of in its last quarter", async () => {
    const engine = engineWorld();
    await granted(engine);
    const keep = keeping(engine);

    engine.clock.advance(day / 2);
    expect(await tellEndingExemptions(keep)).toEqual([]);
    engine.clock.advance(day / 4);
    expect(await tellEndingExemptions(keep)).toHaveLength(1);
  });

  test("by a person's hand is not told of, nor one that is over; what ended long ago is removed", async () => {
    const engine = engineWorld();
    await granted(engine, { endedAt: engine.clock.now().toISOString() });
    const keep = keeping(engine);
    engine.clock.advance((day * 3) / 4);
    expect(await tellEndingExemptions(keep)).toEqual([]);
    engine.clock.advance((day * 5) / 4);
    expect(await tellEndingExemptions(keep)).toEqual([]);
    expect(await engine.exemptions.all()).toHaveLength(1);

    engine.clock.advance(day * 90);
    await tellEndingExemptions(keep);

    expect(await engine.exemptions.all()).toEqual([]);
    expect(engine.entries("exemption")).toEqual([]);
  });
});

test("an exemption that a person ended long ago is removed, though it was granted for longer", async () => {
  const engine = engineWorld();
  const { now } = engine.clock;
  const until = new Date(now().getTime() + 200 * day * 1000).toISOString();
  await granted(engine, { endedAt: now().toISOString(), until });
  engine.clock.advance(91 * day);
  const exemptions = { ...engine.exemptions, current: () => engine.exemptions.all() };

  await tellEndingExemptions({ now, journal: engine.journal, exemptions });

  expect(await engine.exemptions.all()).toEqual([]);
});

test("an exemption that can't be read keeps none from being told of that ends soon", async () => {
  const engine = engineWorld();
  const { id: exemptionId } = await granted(engine);
  const unreadable: KeptExemption = { kind: "unreadable", id: "0", scope: id, problem: "Its row has no owner." };
  const all = async () => [unreadable, ...(await engine.exemptions.all())];
  engine.clock.advance((day * 3) / 4);
  const exemptions = { ...engine.exemptions, current: all };

  expect(await tellEndingExemptions({ now: engine.clock.now, journal: engine.journal, exemptions })).toEqual([
    exemptionId,
  ]);
});

describe("a copy of all exemptions", () => {
  test("stands for five seconds, and not for what was changed through it", async () => {
    const engine = engineWorld();
    const copied = currentExemptions(engine.exemptions, engine.clock.now);
    await copied.current();

    await granted(engine);
    expect(await copied.current()).toEqual([]);
    engine.clock.advance(5);
    expect(await copied.current()).toHaveLength(1);
    await copied.change((await copied.current())[0]?.id ?? "", (known) => ({ ...known, owner: "another" }));
    expect(await copied.current()).toMatchObject([{ exemption: { owner: "another" } }]);
  });

  test("that could not be read is read again at once", async () => {
    const engine = engineWorld();
    let isDown = true;
    const all = () => (isDown ? Promise.reject(new Error("down")) : engine.exemptions.all());
    const copied = currentExemptions({ ...engine.exemptions, all }, engine.clock.now);
    await expect(copied.current()).rejects.toThrow("down");
    isDown = false;

    expect(await copied.current()).toEqual([]);
  });
});
