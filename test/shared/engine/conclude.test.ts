import { describe, expect, test } from "vitest";
import { valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, engineWorld } from "../../support/engine-world.ts";
import { linkedLookBack } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import { encryption, minimumVersion, propertyBaseline, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();

describe("what Azure can't do for a week", () => {
  test("fails by itself: the other baselines of the resource stay as they are", async () => {
    const { azure, settle, later, entries } = engineWorld({
      baselines: [
        [encryption, "audit"],
        [minimumVersion, "enforce"],
      ],
    });
    azure.put(id, thingBody());
    azure.refuseWhere(() => refusals.busy);
    expect(await settle()).toMatchObject({ outcome: "retrying" });

    for (let day = 0; day < 8; day += 1) await later(24 * 3600);

    const { results } = entries("remediation").at(-1) ?? { results: [] };
    expect(results.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["audit", undefined],
      ["failed", "retries-exhausted"],
    ]);
  });
});

describe("half a fix that can't be ended without a person", () => {
  const sent = (patch: unknown, text: string) => JSON.stringify(patch).includes(text);

  test("stays where what is left of it is only reported: putting it back would mend nothing", async () => {
    const halfReported = propertyBaseline("policy", "encrypted", true, {
      lookBack: linkedLookBack,
      owns: ["properties.encrypted", "properties.sealed"],
      check: ({ body }) => {
        const isEncrypted = valueAt(body, "properties.encrypted") === true;
        const remedy = isEncrypted ? "report" : "fix";
        return [{ path: "properties.sealed", expected: "true", actual: false, remedy }];
      },
      fix: () => ["encrypted", "sealed"].map((name) => ({ part: "", patch: { properties: { [name]: true } } })),
    });
    const { azure, settle, later } = engineWorld({ baselines: [[halfReported, "enforce"]] });
    azure.put(id, thingBody({ connected: false }));
    azure.refuseWhere(({ patch }) => (sent(patch, "sealed") ? refusals.invalid : undefined));
    expect(await settle()).toMatchObject({ outcome: "failed" });

    await later(60);

    expect(azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  });

  test("stays where somebody else did the rest of it meanwhile", async () => {
    const inTwo = propertyBaseline("policy", "encrypted", true, {
      lookBack: linkedLookBack,
      fix: () => ["marked", "encrypted"].map((name) => ({ part: "", patch: { properties: { [name]: true } } })),
    });
    const { azure, settle, later } = engineWorld({ baselines: [[inTwo, "enforce"]] });
    azure.put(id, thingBody({ connected: false }));
    azure.answerNothingNext();
    azure.refuseWhere(({ patch }) => {
      if (!sent(patch, "encrypted")) return undefined;
      azure.change(id, { properties: { encrypted: true } });
      return refusals.invalid;
    });
    expect(await settle()).toMatchObject({ outcome: "failed" });

    await later(60);

    expect(azure.bodyOf(id)).toMatchObject({ properties: { marked: true, encrypted: true } });
  });
});

test("an intent whose baseline is not looked at any more ends as the look does, and not as compliant", async () => {
  const engine = engineWorld({
    baselines: [
      [encryption, "enforce"],
      [minimumVersion, "audit"],
    ],
  });
  engine.azure.put(id, thingBody());
  engine.azure.loseNextAnswer();
  await engine.settle();
  const baselines = engine.world.settings.baselines.slice(1);
  engine.world.settings = { ...engine.world.settings, baselines };
  engine.azure.refuseNextRead(refusals.missingRole);

  await engine.later(60);

  expect(engine.entries("intent-outcome")).toMatchObject([{ outcome: "blocked" }]);
});

test("fixes of one write that are looked back at after the same time are so by one look", async () => {
  const looksBack = { lookBack: linkedLookBack };
  const { azure, settle, changes } = engineWorld({
    baselines: [
      [propertyBaseline("encryption", "encrypted", true, looksBack), "enforce"],
      [propertyBaseline("minimum-version", "minimumVersion", "2", looksBack), "enforce"],
    ],
  });
  azure.put(id, thingBody({ connected: true }));

  expect(await settle()).toMatchObject({ outcome: "remediated" });

  expect(changes.waiting().map(({ inSeconds }) => inSeconds)).toEqual([120]);
});

describe("the log", () => {
  test.each([
    ["enforce", "info"],
    ["audit", "warn"],
  ] as const)("has one line of how a look in %s mode ended, at level %s", async (mode, level) => {
    const { azure, settle, log } = engineWorld({ baselines: [[encryption, mode]] });
    azure.put(id, thingBody());

    const { outcome, remediationId } = await settle();

    const lines = log.lines.filter(({ message }) => message === "judged");
    expect(lines).toMatchObject([{ level, data: { resourceId: id, outcome, remediationId } }]);
  });

  test("says of a dry run that it was one", async () => {
    const { azure, settle, log } = engineWorld();
    azure.put(id, thingBody());

    await settle({ via: "recheck" }, { dryRun: true });

    expect(log.lines).toMatchObject([{ message: "dry run", data: { resourceId: id, outcome: "audit" } }]);
  });
});
