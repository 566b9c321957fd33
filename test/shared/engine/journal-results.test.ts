import { expect, test } from "vitest";
import { afterEachSoundHistory, engineer, engineWorld } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import { encryption, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();

test("a sweep that finds what waits for a person as it was names the remediation that waits", async () => {
  const { azure, settle, entries } = engineWorld({ baselines: [[encryption, "approve"]] });
  azure.put(id, thingBody());
  const { remediationId } = await settle();

  expect(remediationId).toBeDefined();
  expect(await settle({ via: "sweep" })).toMatchObject({ outcome: "awaiting-approval", remediationId });
  expect(entries("remediation")).toHaveLength(1);
});

test("the week after which what Azure can't do is put before a person begins anew where writes were stopped meanwhile", async () => {
  const { azure, settle, later, world, entries } = engineWorld();
  azure.put(id, thingBody());
  azure.refuseWhere(() => refusals.busy);
  await settle();
  for (let day = 0; day < 5; day += 1) await later(24 * 3600);
  await world.control.stopWrites(true, "operator");
  expect(await later(24 * 3600)).toMatchObject([{ result: { outcome: "capped" } }]);
  await world.control.stopWrites(false, "operator");

  for (let day = 0; day < 5; day += 1) await later(24 * 3600);

  expect(entries("remediation").at(-1)).toMatchObject({ outcome: "retrying" });
});

test("each look at a remediation is one attempt more, and its follow-ups name what it began with once", async () => {
  const { azure, settle, later, entries } = engineWorld();
  azure.put(id, thingBody());
  azure.refuseWhere(() => refusals.busy);
  await settle({ eventId: "first" });

  await later(60);

  expect(entries("remediation").map(({ attempt }) => attempt)).toEqual([0, 1]);
  expect(entries("remediation").map(({ causes }) => causes.map(({ via }) => via))).toEqual([
    ["event"],
    ["event", "follow-up"],
  ]);
});

test("a resource that is gone, and of which nothing was open, is a check and no remediation", async () => {
  const { settle, entries, remediations } = engineWorld();

  expect(await settle()).toMatchObject({ outcome: "gone" });

  expect(entries("check")).toMatchObject([{ outcome: "gone" }]);
  expect(remediations.all()).toEqual([]);
});

test("the index tells of no other resource where none was written, and of nobody who asked where nobody did", async () => {
  const { azure, settle, remediations } = engineWorld();
  azure.put(id, thingBody());

  await settle();

  expect(remediations.all()).toHaveLength(1);
  expect(remediations.all()[0]).not.toHaveProperty("alsoWritten");
  expect(remediations.all()[0]).not.toHaveProperty("askedBy");
});

test("a remediation that somebody else made needless ends as compliant in the index, with what was found", async () => {
  const { azure, settle, remediations } = engineWorld();
  azure.put(id, thingBody());
  azure.refuseNextWrite(refusals.busy);
  const { remediationId } = await settle();
  azure.change(id, { properties: { encrypted: true } });

  expect(await settle()).toMatchObject({ outcome: "compliant", remediationId });

  const why = "properties.encrypted was false, expected true. Nothing to do.";
  expect(remediations.all()).toMatchObject([{ outcome: "compliant", baselines: [{ why }] }]);
});

test("a remediation names who made the change that it began with, also where a sweep brings it to its end", async () => {
  const { azure, settle, remediations } = engineWorld();
  azure.put(id, thingBody());
  azure.startNextWrite(30);
  await settle();
  azure.finish(id);

  await settle({ via: "sweep", eventId: undefined, changedBy: undefined });

  expect(remediations.all()).toMatchObject([{ outcome: "remediated", changedBy: engineer }]);
});

test("the index asks nobody any more about a fix that was rejected", async () => {
  const { azure, settle, remediations } = engineWorld({ baselines: [[encryption, "approve"]] });
  azure.put(id, thingBody());
  const { results } = await settle();
  expect(remediations.all()[0]?.baselines[0]).toHaveProperty("asked");
  const proposal = results[0]?.proposal?.hash ?? "none";
  const ruling = { kind: "rejected" as const, proposal, by: { name: "the bridge" }, reason: "Not now." };

  await settle({ via: "approval", eventId: undefined, changedBy: undefined }, { ruling });

  expect(remediations.all()).toMatchObject([{ outcome: "audit" }]);
  expect(remediations.all()[0]?.baselines[0]).not.toHaveProperty("asked");
});
