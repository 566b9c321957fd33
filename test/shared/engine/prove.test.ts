import { describe, expect, test } from "vitest";
import { valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, engineWorld } from "../../support/engine-world.ts";
import { memoryAzure, refusals } from "../../support/memory-azure.ts";
import {
  canary,
  closed,
  encryption,
  propertyBaseline,
  retention,
  thingBody,
  thingId,
  thingType,
} from "../../support/things.ts";

afterEachSoundHistory();

describe("a proof", () => {
  test("fails where Azure accepted the change and the resource still falls short", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();

    const { outcome, results } = await settle();

    expect(outcome).toBe("failed");
    expect(results).toMatchObject([
      { code: "fix-not-taken", readAfterwards: [{ path: "properties.encrypted", value: false }] },
    ]);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "failed" }]);
  });

  test("is a read of its own where the answer of the write shows nothing of the resource", async () => {
    const { azure, settle } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.answerNothingNext();

    expect(await settle()).toMatchObject({
      outcome: "remediated",
      results: [{ readAfterwards: [{ path: "properties.encrypted", value: true }] }],
    });

    expect(azure.reads).toBe(2);
  });

  test("by a read of its own still sees the parts that were not written", async () => {
    const withPart = propertyBaseline("with-part", "encrypted", true, {
      parts: ["access"],
      check: ({ body, parts }) =>
        valueAt(body, "properties.encrypted") === true && valueAt(parts.access, "properties.explicit") === true
          ? []
          : [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" }],
    });
    const { azure, settle } = engineWorld({ baselines: [[withPart, "enforce"]] });
    azure.put(thingId().text, thingBody(), { access: { properties: { explicit: true } } });
    azure.answerNothingNext();

    expect(await settle()).toMatchObject({ outcome: "remediated" });
  });

  test("that waits for the operation of another write is looked for when Azure asks", async () => {
    const { azure, settle, later } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.answerNothingNext();
    azure.startNextWrite(30);

    expect(await settle()).toMatchObject({ results: [{ outcome: "retrying" }, { outcome: "retrying" }] });

    expect(await later(30)).toEqual([]);
    azure.finish(thingId().text);
    expect(await later(8)).toMatchObject([
      { result: { results: [{ outcome: "remediated" }, { outcome: "remediated" }] } },
    ]);
  });

  test("is looked for later where the read after a part's write fails", async () => {
    const { azure, settle, later, entries } = engineWorld({ baselines: [[closed(true), "enforce"]] });
    azure.put(thingId().text, thingBody(), { access: { properties: {} } });
    azure.beforeNextWrite(() => azure.refuseNextRead(refusals.busy));

    expect(await settle()).toMatchObject({ outcome: "retrying" });
    await later(60);

    expect(azure.writes).toHaveLength(2);
    expect(entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["remediated", "remediated"]);
  });

  test("stands where Azure keeps the value in another spelling that the baseline calls compliant", async () => {
    const period = propertyBaseline("period", "period", "07.00", {
      check: ({ body }) =>
        /"period":"0?7\.00"/.test(JSON.stringify(body))
          ? []
          : [{ path: "properties.period", expected: "7.00", actual: null, remedy: "fix" }],
    });
    const { azure, settle, entries } = engineWorld({ baselines: [[period, "enforce"]] });
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();
    azure.beforeNextWrite(() => azure.change(thingId().text, { properties: { period: "7.00" } }));

    expect(await settle()).toMatchObject({ outcome: "remediated" });

    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
  });

  test("fails where a fix was not taken, also where the rest is only reported", async () => {
    const half = propertyBaseline("half", "encrypted", true, {
      check: ({ body }) => [
        ...(JSON.stringify(body).includes('"encrypted":true')
          ? []
          : [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" } as const]),
        { path: "properties.open", expected: "false", actual: true, remedy: "report" },
      ],
    });
    const { azure, settle, entries } = engineWorld({ baselines: [[half, "enforce"]] });
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();

    expect(await settle()).toMatchObject({ outcome: "failed", results: [{ code: "fix-not-taken" }] });

    expect(entries("intent-outcome")).toMatchObject([{ outcome: "failed" }]);
  });

  test("of each write holds what its own baselines own, and judges the write by those alone", async () => {
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();

    await settle();

    expect(entries("intent-outcome")).toMatchObject([
      { outcome: "failed", readAfterwards: [{ path: "properties.encrypted", value: false }] },
      { outcome: "remediated", readAfterwards: [{ path: "properties.retentionDays", value: 7 }] },
    ]);
  });

  test("tells what else changed meanwhile, numbers by value and texts by hash", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody({ size: 1 }));
    azure.beforeNextWrite(() =>
      azure.change(thingId().text, { tags: { owner: `${canary} too` }, properties: { size: 2 } }),
    );

    await settle();

    const hash = expect.stringMatching(/^sha256:[0-9a-f]{16}$/);
    expect(entries("intent-outcome")[0]?.foreignDifferences).toEqual([
      { path: "tags.owner", before: hash, after: hash },
      { path: "properties.size", before: "1", after: "2" },
    ]);
    expect(azure.bodyOf(thingId().text)).toMatchObject({ tags: { owner: `${canary} too` }, properties: { size: 2 } });
  });

  test("does not count the own fix as somebody else's change where its parent was absent", async () => {
    const nested = propertyBaseline("nested", "policy", true, {
      owns: ["properties.policy.days"],
      check: ({ body }) =>
        JSON.stringify(body).includes('"days":7')
          ? []
          : [{ path: "properties.policy.days", expected: "7", actual: null, remedy: "fix" }],
      fix: () => [{ part: "", patch: { properties: { policy: { days: 7 } } } }],
    });
    const { azure, settle, entries } = engineWorld({ baselines: [[nested, "enforce"]] });
    azure.put(thingId().text, thingBody());

    expect(await settle()).toMatchObject({ outcome: "remediated" });

    expect(entries("intent-outcome")).toMatchObject([{ foreignDifferences: [] }]);
  });

  test("is no success where something is left that is only reported", async () => {
    const alias = propertyBaseline("alias", "encrypted", true, {
      check: ({ body }) => [
        ...(JSON.stringify(body).includes('"encrypted":true')
          ? []
          : [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" as const }]),
        { path: "properties.alias", expected: "no alias", actual: "a", remedy: "report" as const },
      ],
    });
    const { azure, settle } = engineWorld({ baselines: [[alias, "enforce"]] });
    azure.put(thingId().text, thingBody());

    const { outcome, results } = await settle();

    expect(outcome).toBe("audit");
    expect(results[0]?.findings).toHaveLength(2);
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
  });
});

describe("a write that is proven by what Azure shows in another spelling", () => {
  const period = (more: Parameters<typeof propertyBaseline>[3] = {}) =>
    propertyBaseline("period", "period", "07.00", {
      check: ({ body }) =>
        valueAt(body, "properties.period") === "7.00"
          ? []
          : [{ path: "properties.period", expected: "7.00", actual: null, remedy: "fix" }],
      ...more,
    });

  test("is judged by its own baselines, and not by one whose own write did not take", async () => {
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [period(), "enforce"],
        [retention, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();
    azure.ignoreNextWrite();
    azure.beforeNextWrite(() => azure.change(thingId().text, { properties: { period: "7.00" } }));

    await settle();

    expect(entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["remediated", "failed"]);
  });

  test("did not take where only one of its two baselines is met", async () => {
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [period(), "enforce"],
        [encryption, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();
    azure.beforeNextWrite(() => azure.change(thingId().text, { properties: { period: "7.00" } }));

    expect(await settle()).toMatchObject({ results: [{ outcome: "remediated" }, { outcome: "failed" }] });

    expect(entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["failed"]);
  });

  test("took, though something is left that is only reported", async () => {
    const withAlias = period({
      check: ({ body }) => [
        ...(valueAt(body, "properties.period") === "7.00"
          ? []
          : [{ path: "properties.period", expected: "7.00", actual: null, remedy: "fix" as const }]),
        { path: "properties.alias", expected: "no alias", actual: "a", remedy: "report" as const },
      ],
    });
    const { azure, settle, entries } = engineWorld({ baselines: [[withAlias, "enforce"]] });
    azure.put(thingId().text, thingBody());
    azure.ignoreNextWrite();
    azure.beforeNextWrite(() => azure.change(thingId().text, { properties: { period: "7.00" } }));

    expect(await settle()).toMatchObject({ outcome: "audit" });

    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
  });
});

describe("a write of a part", () => {
  const explicit = propertyBaseline("explicit", "explicit", true, {
    parts: ["access"],
    owns: ["access/explicit"],
    check: ({ parts }) =>
      valueAt(parts.access, "explicit") === true
        ? []
        : [{ path: "access/explicit", expected: "true", actual: null, remedy: "fix" }],
    fix: () => [{ part: "access", patch: { explicit: true } }],
    provenAs: "Explicit now; its users keep their access.",
  });

  test("is no proof while Azure shows the resource as failed", async () => {
    const { azure, settle, later, entries } = engineWorld({ baselines: [[explicit, "enforce"]] });
    azure.put(thingId().text, thingBody(), { access: {} });
    azure.beforeNextWrite(() => azure.change(thingId().text, { properties: { provisioningState: "Failed" } }));

    expect(await settle()).toMatchObject({ outcome: "retrying" });
    expect(entries("intent-outcome")).toEqual([]);

    azure.change(thingId().text, { properties: { provisioningState: "Succeeded" } });
    expect(await later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });

  test("that is proven says what its baseline says of that", async () => {
    const { azure, settle } = engineWorld({ baselines: [[explicit, "enforce"]] });
    azure.put(thingId().text, thingBody(), { access: {} });

    const { results } = await settle();

    expect(results).toMatchObject([{ outcome: "remediated", reason: "Explicit now; its users keep their access." }]);
  });
});

describe("a property that is set back again and again", () => {
  test("opens the breaker after three fixes in an hour, which names who sets it back", async () => {
    const { azure, settle, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    for (const changedBy of ["first", "second", "third"]) {
      expect(await settle({ changedBy })).toMatchObject({ outcome: "remediated" });
      azure.change(thingId().text, { properties: { encrypted: false } });
      clock.advance(600);
    }

    const { outcome, results } = await settle({ changedBy: "fourth" });

    expect(outcome).toBe("contested");
    expect(results[0]?.reason).toMatch(/third, second, first/);
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody());
  });

  test("opens it also where each fix is overtaken before a read could prove it", async () => {
    const { azure, settle, later } = engineWorld();
    azure.put(thingId().text, thingBody());
    for (let time = 0; time < 3; time += 1) azure.startNextWrite(30);
    await settle();
    for (let time = 0; time < 5; time += 1) {
      azure.finish(thingId().text);
      azure.change(thingId().text, { properties: { encrypted: false } });
      await later(60);
    }

    expect(azure.writes).toHaveLength(3);
    expect(await settle()).toMatchObject({ outcome: "contested" });
  });

  test("opens it also where Azure takes each fix and the read after it shows the old value", async () => {
    const { azure, settle } = engineWorld();
    azure.put(thingId().text, thingBody());
    const outcomes: string[] = [];
    for (let time = 0; time < 5; time += 1) {
      azure.ignoreNextWrite();
      outcomes.push((await settle()).outcome);
    }

    expect(azure.writes).toHaveLength(3);
    expect(outcomes).toEqual(["failed", "failed", "failed", "contested", "contested"]);
  });

  test("is not counted where no answer told whether Azure took the fix", async () => {
    const { azure, settle, later } = engineWorld();
    azure.put(thingId().text, thingBody());
    for (let time = 0; time < 4; time += 1) azure.loseNextAnswer();
    await settle();
    for (let time = 0; time < 4; time += 1) {
      azure.change(thingId().text, { properties: { encrypted: false } });
      await later(900);
    }

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
  });

  test("is tried once more after a day, and contested again at the next setback", async () => {
    const { azure, settle, clock } = engineWorld({ settings: { breakerFixes: 1 } });
    azure.put(thingId().text, thingBody());
    const outcomes: string[] = [];
    for (const hours of [0.1, 24, 0.1, 1]) {
      outcomes.push((await settle()).outcome);
      azure.change(thingId().text, { properties: { encrypted: false } });
      clock.advance(hours * 3600);
    }

    expect(outcomes).toEqual(["remediated", "contested", "remediated", "contested"]);
  });

  test("is fixed where the fixes lie further apart than the window", async () => {
    const { azure, settle, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    const outcomes: string[] = [];
    for (let time = 0; time < 5; time += 1) {
      outcomes.push((await settle()).outcome);
      azure.change(thingId().text, { properties: { encrypted: false } });
      clock.advance(1801);
    }

    expect(new Set(outcomes)).toEqual(new Set(["remediated"]));
  });
});

describe("a type with long-running writes fits by its own file", () => {
  const tunnelPolicy = propertyBaseline("tunnel-policy", "cipher", "GCMAES256", {
    writtenAlone: true,
    resourceType: "Test.Provider/things",
  });

  test("is retrying while Azure works, and proven by a later look with one write", async () => {
    const azure = memoryAzure(thingType);
    const { settle, later, entries, remediations } = engineWorld({ azure, baselines: [[tunnelPolicy, "enforce"]] });
    azure.put(thingId().text, thingBody());
    azure.startNextWrite(30);

    const first = await settle();
    const [second] = await later(38);
    azure.finish(thingId().text);
    const [third] = await later(60);

    expect(first.outcome).toBe("retrying");
    expect(second).toMatchObject({ kind: "settled", result: { outcome: "retrying" } });
    expect(third).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
    expect(azure.writes).toHaveLength(1);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
    expect(remediations.all()).toMatchObject([{ outcome: "remediated" }]);
  });

  test("is judged again where Azure gave up and nothing is in progress", async () => {
    const { azure, settle, later, entries } = engineWorld({ baselines: [[encryption, "enforce"]] });
    azure.put(thingId().text, thingBody());
    azure.startNextWrite(30);
    await settle();
    azure.finish(thingId().text);
    azure.change(thingId().text, { properties: { encrypted: false } });

    await later(38);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect(entries("intent-outcome").map(({ outcome }) => outcome)).toEqual(["superseded", "remediated"]);
  });
});
