import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { valueAt } from "../../../shared/json.ts";
import type { BaselinePolicy, Exemption, Policy, PolicySubject } from "../../../shared/policy/resource-policy.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld, ownObjectId } from "../../support/engine-world.ts";
import { linkedThing } from "../../support/linked-things.ts";
import { memoryAzure, refusals } from "../../support/memory-azure.ts";
import { propertyBaseline, resourceId, thingBody, thingId, thingType } from "../../support/things.ts";

afterEachSoundHistory();

const otherSubscription = "22222222-2222-4222-8222-222222222222";
const other = resourceId(
  `/subscriptions/${otherSubscription}/resourceGroups/cruises/providers/${thingType}/cabin-doors-back`,
);

/** A thing whose other end is a resource of another subscription. */
function thingAcross(more: Parameters<typeof linkedThing>[0] = {}): EngineWorld {
  const azure = memoryAzure(thingType);
  azure.type.targetOf = ({ part }) => (part === "otherEnd" ? other : undefined);
  return linkedThing({ azure, ...more });
}

const finding = { path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" } as const;
function exemptionUntil(day: string): Exemption {
  return { owner: "Harbour", reason: "Old peer.", until: `${day}T00:00:00.000Z` };
}

/** Has the policy say more of a resource. */
function sayOf({ world }: EngineWorld, more: (subject: PolicySubject) => Partial<BaselinePolicy>): void {
  const { current } = world.policies;
  world.policies.current = async (subscription) => {
    const policy = await current(subscription);
    const of: Policy["of"] = (subject, now) => policy.of(subject, now).map((each) => ({ ...each, ...more(subject) }));
    return { ...policy, of };
  };
}

const oneWrite = { perSubscription: 1, inTotal: 100 };

describe("a write to another resource than the one that it mends", () => {
  test("is named in the intent, and the remediation is found by both", async () => {
    const engine = thingAcross();

    await engine.settle();

    expect(engine.entries("intent").map(({ target }) => target)).toEqual([undefined, other.text]);
    for (const resource of [thingId(), other]) {
      const { summaries } = await engine.remediations.list({ resource, most: 10 });
      expect(summaries).toMatchObject([{ outcome: "remediated", alsoWritten: [other.text] }]);
    }
  });

  test("is named beside the others that were written to", async () => {
    const ends = { east: resourceId(`${other.text}-east`), west: resourceId(`${other.text}-west`) };
    const bothSides = propertyBaseline("sides", "encrypted", true, {
      parts: ["east", "west"],
      owns: ["east/encrypted", "west/encrypted"],
      check: ({ parts }) => (valueAt(parts.west, "encrypted") === true ? [] : [{ ...finding, path: "west/encrypted" }]),
      fix: () => Object.keys(ends).map((part) => ({ part, patch: { encrypted: true } })),
    });
    const azure = memoryAzure(thingType);
    azure.type.targetOf = ({ part }) => (part === "east" ? ends.east : ends.west);
    const engine = engineWorld({ azure, baselines: [[bothSides, "enforce"]] });
    azure.put(thingId().text, thingBody(), { east: { encrypted: false }, west: { encrypted: false } });

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });

    expect(engine.remediations.all()).toMatchObject([{ alsoWritten: [ends.east.text, ends.west.text] }]);
  });

  test("counts against the cap of its own subscription", async () => {
    const engine = thingAcross({ settings: { writesPerHour: 1 } });

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });

    expect(await engine.world.budget.reserve(otherSubscription, oneWrite)).toEqual({
      kind: "capped",
      cap: "perSubscription",
    });
  });

  test("that was refused is given back to the cap of its own subscription", async () => {
    const engine = thingAcross();
    engine.azure.refuseWhere(({ part }) => (part === "otherEnd" ? refusals.locked : undefined));

    await engine.settle();

    expect(await engine.world.budget.reserve(otherSubscription, oneWrite)).toMatchObject({ kind: "granted" });
  });

  test.each<[string, Partial<BaselinePolicy>, string, RegExp]>([
    ["is audited", { mode: "audit", rule: "harbour" }, "audit", /cabin-doors-back.*"harbour" audits it/],
    ["needs a person's approval", { mode: "approve" }, "awaiting-approval", /person/],
    [
      "is exempt",
      { exemption: { owner: "Harbour", reason: "Old peer", until: "2026-12-24T00:00:00.000Z" } },
      "exempt",
      /Harbour: Old peer/,
    ],
    [
      "waits for its window",
      { window: { name: "nights", isOpen: false, opensAt: "2026-11-24T21:00:00.000Z" } },
      "awaiting-window",
      /nights is closed/,
    ],
  ])("is not made where that one %s, nor is its own part of the fix", async (_what, said, outcome, reason) => {
    const engine = thingAcross();
    sayOf(engine, ({ id }) => (id === other.text ? said : {}));

    const { results } = await engine.settle();

    expect(results).toMatchObject([{ outcome, reason: expect.stringMatching(reason) }]);
    expect(engine.azure.writes).toEqual([]);
  });

  test.each<[string, Partial<BaselinePolicy>, Partial<BaselinePolicy>, string]>([
    ["is only audited itself", { mode: "audit" }, { mode: "approve" }, "audit"],
    ["needs a person's approval itself", { mode: "approve" }, { mode: "enforce" }, "awaiting-approval"],
    ["is exempt itself", { exemption: exemptionUntil("2026-12-01") }, {}, "exempt"],
    [
      "waits for its own window",
      { window: { name: "nights", isOpen: false, opensAt: "2026-11-24T21:00:00.000Z" } },
      { window: { name: "days", isOpen: true } },
      "awaiting-window",
    ],
  ])("is not made where the resource that it mends %s", async (_what, own, others, outcome) => {
    const engine = thingAcross();
    sayOf(engine, ({ id }) => (id === other.text ? others : own));

    expect(await engine.settle()).toMatchObject({ outcome });
    expect(engine.azure.writes).toEqual([]);
  });

  test("is left alone by the exemption of the resource that it mends, where both are exempt", async () => {
    const engine = thingAcross();
    const until = { own: exemptionUntil("2026-12-01"), others: exemptionUntil("2026-12-24") };
    sayOf(engine, ({ id }) => ({ exemption: id === other.text ? until.others : until.own }));

    expect(await engine.settle()).toMatchObject({ results: [{ exemption: until.own }] });
  });

  test("is not made where a rule about the tags of that one only audits it", async () => {
    const engine = thingAcross();
    engine.azure.put(thingId().text, engine.azure.bodyOf(thingId().text), {
      otherEnd: { encrypted: false, tags: { deck: "harbour" } },
    });
    sayOf(engine, ({ tags }) => (valueAt(tags, "deck") === "harbour" ? { mode: "audit" } : {}));

    expect(await engine.settle()).toMatchObject({ outcome: "audit" });
    expect(engine.azure.writes).toEqual([]);
  });

  test("is not made where that one is exempt for what its own tag asks", async () => {
    const engine = thingAcross({ settings: { exemptionTag: "Exempt" } });
    engine.azure.put(thingId().text, engine.azure.bodyOf(thingId().text), {
      otherEnd: { encrypted: false, tags: { exempt: "until the dry dock" } },
    });
    const grantedAt = engine.clock.now().toISOString();
    const tagValue = createHash("sha256").update("until the dry dock").digest("hex");
    const granted = { id: "1", scope: other.text, baseline: "all", grantedAt, grantedBy: "somebody", tagValue };
    await engine.exemptions.add({ ...granted, ...exemptionUntil("2026-12-24") });

    expect(await engine.settle()).toMatchObject({ outcome: "exempt", results: [{ exemption: { id: "1" } }] });
    expect(engine.azure.writes).toEqual([]);
  });

  test("is not made where only what is remembered of the resource leads to that one, which is audited", async () => {
    const remembering = propertyBaseline("policy", "encrypted", true, {
      fix: (_resource, _parameters, { lastCompliant }) => {
        const part = lastCompliant === undefined ? "" : "otherEnd";
        return [{ part, patch: { properties: { encrypted: true } } }];
      },
    });
    const engine = thingAcross({ baselines: [[remembering, "enforce"]] });
    engine.azure.change(thingId().text, { properties: { encrypted: true } });
    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
    engine.azure.change(thingId().text, { properties: { encrypted: false } });
    sayOf(engine, ({ id }) => (id === other.text ? { mode: "audit" } : {}));

    expect(await engine.settle()).toMatchObject({ outcome: "audit" });
    expect(engine.azure.writes).toEqual([]);
  });

  test("is made where a part is the resource's own, by what its own tags say", async () => {
    const engine = thingAcross();
    engine.azure.type.targetOf = () => thingId();
    sayOf(engine, ({ tags }) => (valueAt(tags, "owner") === undefined ? { mode: "audit" } : {}));

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("is made where the policy of that one says nothing of the baseline", async () => {
    const engine = thingAcross();
    const { current } = engine.world.policies;
    engine.world.policies.current = async (subscription) =>
      subscription === otherSubscription ? { reference: undefined, of: () => [] } : await current(subscription);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("that needs a person's approval for the other end is not said to be only audited", async () => {
    const engine = thingAcross();
    sayOf(engine, ({ id }) => (id === other.text ? { mode: "approve" } : {}));

    const { policy } = await engine.settle({ via: "recheck" }, { dryRun: true });

    expect(policy?.says).toMatchObject([{ mode: "approve" }]);
    expect(policy?.says[0]).not.toHaveProperty("auditBecause");
  });

  test("waits for the summary of its own scope", async () => {
    const engine = thingAcross();
    const asked: string[] = [];
    engine.world.summariseBeforeFirstWrite = async (id) => void asked.push(id.key);

    await engine.settle();

    expect(asked).toEqual([thingId().key, other.key]);
  });

  test("is recognised as ours by the event that tells of it", async () => {
    const engine = thingAcross();
    await engine.settle();
    const [, write] = engine.azure.writes;
    const correlationId = write?.correlationId ?? "";

    const answer = await engine.look({ correlationId, changedBy: ownObjectId }, { id: other });

    expect(answer).toEqual({ kind: "ignored", reason: "own-write" });
  });
});
