import { describe, expect, test } from "vitest";
import type { AskedRuling, LookResult } from "../../../shared/engine/world.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import { closed, encryption, minimumVersion, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const { text: id } = thingId();
const approver = "33333333-3333-4333-8333-333333333333";

function proposalIn({ results }: LookResult): string {
  return results.find(({ proposal }) => proposal)?.proposal?.hash ?? "none";
}

function says(
  engine: EngineWorld,
  kind: AskedRuling["kind"],
  proposal: string,
  by: AskedRuling["by"] = { name: approver, objectId: approver },
): Promise<LookResult> {
  const ruling = { kind, proposal, by, reason: "The crew knows." };
  return engine.settle({ via: "approval", askedBy: approver, eventId: undefined, changedBy: undefined }, { ruling });
}

/** A thing whose fix takes two writes, its part `access` first, and waits for a person. */
async function asked(): Promise<{ engine: EngineWorld; proposal: string }> {
  const engine = engineWorld({ baselines: [[closed(false), "approve"]] });
  engine.azure.put(id, thingBody(), { access: { properties: {} } });
  return { engine, proposal: proposalIn(await engine.settle()) };
}

/** The part is made explicit, by somebody else or by Azure late: what is left to write is the rest of the fix. */
function makeExplicit({ azure }: EngineWorld): void {
  azure.put(id, azure.bodyOf(id), { access: { properties: { explicit: true } } });
}

async function stop({ world }: EngineWorld, stopped: boolean): Promise<void> {
  await world.control.stopWrites(stopped, "operator");
}

describe("a person's word", () => {
  test("on what only a dry run showed is journaled under the remediation that it leads to", async () => {
    const engine = engineWorld({ baselines: [[encryption, "approve"]] });
    engine.azure.put(id, thingBody());
    const proposal = proposalIn(await engine.settle({ via: "recheck" }, { dryRun: true }));

    const { outcome, remediationId } = await says(engine, "approved", proposal, { name: "a function key" });

    expect([outcome, remediationId === undefined]).toEqual(["remediated", false]);
    expect(engine.entries("approval")).toMatchObject([{ remediationId }]);
    expect(engine.entries("intent")).toMatchObject([{ remediationId }]);
  });

  test("on what is proposed no more is answered with what is, and with nothing of what needs no word", async () => {
    const engine = engineWorld({
      baselines: [
        [encryption, "approve"],
        [minimumVersion, "audit"],
      ],
    });
    engine.azure.put(id, thingBody());
    const hash = proposalIn(await engine.settle());

    const { ruling } = await says(engine, "approved", "another");

    expect(ruling).toEqual({ kind: "changed", proposed: [{ baseline: encryption.id, hash }] });
  });
});

test("a person's word is not taken by a dry run", async () => {
  const { engine, proposal } = await asked();
  const ruling = { kind: "approved" as const, proposal, by: { name: approver }, reason: "The crew knows." };

  const result = await engine.settle({ via: "approval" }, { ruling, dryRun: true });

  expect(result).toMatchObject({ outcome: "awaiting-approval" });
  expect(result).not.toHaveProperty("ruling");
  expect(engine.entries("approval")).toEqual([]);
});

describe("an approval that is given twice", () => {
  test("covers the rest of a fix that was begun under the first, where Azure made its first write after all", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.broken);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "retrying" });
    await stop(engine, true);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "capped" });
    makeExplicit(engine);
    await stop(engine, false);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("covers no rest where nothing was begun under either", async () => {
    const { engine, proposal } = await asked();
    await stop(engine, true);
    for (const _time of ["first", "second"]) await says(engine, "approved", proposal);
    makeExplicit(engine);
    await stop(engine, false);

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
    expect(engine.azure.writes).toEqual([]);
  });
});

describe("an approval under which nothing was begun", () => {
  test("covers the whole fix alone: what somebody else made of it is asked about anew", async () => {
    const { engine, proposal } = await asked();
    await stop(engine, true);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "capped" });
    makeExplicit(engine);
    await stop(engine, false);

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
    expect(engine.azure.writes).toEqual([]);
  });

  test("covers the whole fix alone also where another one was begun before it", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.broken);
    await says(engine, "approved", proposal);
    engine.azure.change(id, { properties: { open: "wide" } });
    await stop(engine, true);
    const another = proposalIn(await engine.settle());
    expect(another).not.toBe(proposal);
    expect(await says(engine, "approved", another)).toMatchObject({ outcome: "capped" });
    makeExplicit(engine);
    await stop(engine, false);

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
    expect(engine.azure.writes).toEqual([]);
  });
});
