import { expect, test } from "vitest";
import { afterEachSoundHistory, engineer, engineWorld } from "../../support/engine-world.ts";
import { policy } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import { closed, encryption, propertyBaseline, retention, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const finding = { path: "properties.encrypted", expected: "true", actual: false };
const change = { part: "", patch: { properties: { encrypted: true } } };

test("a fix that only a later look proves ends with what was found, what was changed, and what was read", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  engine.azure.startNextWrite(30);
  await engine.settle();
  engine.azure.finish(id);
  await engine.later(38);

  expect(engine.entries("remediation").at(-1)?.results).toMatchObject([
    {
      outcome: "remediated",
      findings: [finding],
      changes: [change],
      readAfterwards: [{ path: "properties.encrypted", value: true }],
    },
  ]);
  expect(engine.remediations.all()).toMatchObject([
    {
      changedBy: engineer,
      via: "event",
      baselines: [
        {
          why: "properties.encrypted was false, expected true. Fixed earlier, and read compliant now.",
          changed: [{ path: "properties.encrypted", before: false, after: true }],
        },
      ],
    },
  ]);
});

test("a fix that takes effect at once tells before and after in the index", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  await engine.settle();

  expect(engine.remediations.all()).toMatchObject([
    { baselines: [{ changed: [{ path: "properties.encrypted", before: false, after: true }] }] },
  ]);
});

test("a fix that Azure refused changed nothing", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  engine.azure.refuseNextWrite(refusals.locked);
  await engine.settle();

  const [summary] = engine.remediations.all();
  expect(summary?.baselines[0]?.why).toBe(
    "properties.encrypted was false, expected true. Azure refused it: ScopeLocked.",
  );
  expect(summary?.baselines[0]).not.toHaveProperty("changed");
});

test("a put-back that only a later look proves names what it put back", async () => {
  const engine = engineWorld({ baselines: [[policy, "enforce"]] });
  engine.azure.put(id, thingBody({ connected: true }));
  await engine.settle();
  engine.azure.change(id, { properties: { connected: false } });
  engine.azure.startNextWrite(30);
  await engine.later(121);
  engine.azure.finish(id);
  await engine.later(38);

  expect(engine.entries("remediation").at(-1)?.results).toMatchObject([
    { outcome: "reverted", changes: [{ part: "", patch: { properties: { encrypted: false } } }] },
  ]);
  const reverted = engine.remediations.all().find(({ outcome }) => outcome === "reverted");
  expect(reverted?.baselines).toMatchObject([
    { changed: [{ path: "properties.encrypted", before: true, after: false }] },
  ]);
});

test("who asked stands in the index, where somebody did", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  await engine.look({ via: "recheck", askedBy: "function key" });

  expect(engine.remediations.all()).toMatchObject([{ via: "recheck", askedBy: "function key" }]);
});

test("what is remembered of a value stays short, however long it is", async () => {
  const engine = engineWorld({
    baselines: [
      [encryption, "enforce"],
      [retention, "enforce"],
    ],
  });
  engine.azure.put(id, thingBody({ encrypted: "x".repeat(20_000), retentionDays: "y".repeat(20_000) }));
  engine.azure.startNextWrite(30);
  await engine.settle();

  const state = JSON.stringify(engine.states.all().get(thingId().key)?.remediation?.findings);
  expect(state.length).toBeLessThan(2000);
  engine.azure.finish(id);
  await engine.later(38);
  expect(JSON.stringify(engine.remediations.all()[0]?.baselines).length).toBeLessThan(4000);
});

test("what was found and changed of a baseline with many properties is remembered of five", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `setting${index}`);
  const many = propertyBaseline("many", "encrypted", true, {
    owns: names.map((name) => `properties.${name}`),
    check: () => names.map((name) => ({ ...finding, path: `properties.${name}`, remedy: "fix" })),
    fix: () => names.map((name) => ({ part: "", patch: { properties: { [name]: true } } })),
  });
  const engine = engineWorld({ baselines: [[many, "enforce"]] });
  engine.azure.put(id, thingBody());
  for (const _ of names.slice(1)) engine.azure.answerNothingNext();
  engine.azure.startNextWrite(30);
  await engine.settle();

  const { findings, replaced, changes } = engine.states.all().get(thingId().key)?.remediation ?? {};

  const remembered = [findings, replaced, changes].map((kept) => kept?.[many.id]?.length);
  expect(remembered).toEqual([5, 5, 5]);
});

test("why a fix was made stays short, however long the value is that was found", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody({ encrypted: "x".repeat(20_000) }));

  expect(await engine.settle()).toMatchObject({ outcome: "remediated" });

  expect(engine.remediations.all()[0]?.baselines[0]?.why).toHaveLength(500);
});

test("a fix that has to be written again tells once what it changes, and what there was before the first write", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  engine.azure.refuseNextWrite(refusals.busy);
  await engine.settle();
  engine.azure.change(id, { properties: { encrypted: "partly" } });
  engine.azure.startNextWrite(30);
  await engine.later(10);
  engine.azure.finish(id);

  await engine.later(60);

  expect(engine.entries("remediation").at(-1)?.results).toMatchObject([{ outcome: "remediated", changes: [change] }]);
  expect(engine.remediations.all()[0]?.baselines[0]?.changed).toEqual([
    { path: "properties.encrypted", before: false, after: true },
  ]);
});

test("nothing is told of a part that the last look had no need to read", async () => {
  const engine = engineWorld({ baselines: [[closed(true), "enforce"]] });
  engine.azure.put(id, thingBody(), { access: { properties: { explicit: false } } });
  engine.azure.answerNothingNext();
  engine.azure.startNextWrite(30);
  await engine.settle();
  engine.azure.finish(id);

  await engine.later(60);

  expect(engine.remediations.all()).toMatchObject([{ outcome: "remediated" }]);
  expect(engine.remediations.all()[0]?.baselines[0]?.changed).toEqual([
    { path: "properties.open", before: true, after: false },
  ]);
});
