import { describe, expect, test } from "vitest";
import type { RegisteredBaseline } from "../../../shared/baselines/baseline.ts";
import type { Undo } from "../../../shared/engine/world.ts";
import { type Json, valueAt } from "../../../shared/json.ts";
import { afterEachSoundHistory, type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { endsOf, linkedThing, policy } from "../../support/linked-things.ts";
import { type MemoryAzure, memoryAzure, refusals } from "../../support/memory-azure.ts";
import {
  compliant,
  encryption,
  minimumVersion,
  propertyBaseline,
  retention,
  thingBody,
  thingId,
  thingType,
} from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const oldPumps = "The ship's old pumps need it.";

function thingOf(...baselines: RegisteredBaseline[]): EngineWorld {
  const engine = engineWorld({ baselines: baselines.map((baseline) => [baseline, "enforce"]) });
  engine.azure.put(id, thingBody({ connected: true }), { access: { properties: {} } });
  return engine;
}

/** Azure took the fix, shows its goal, and works on it. */
async function begun(engine: EngineWorld): Promise<EngineWorld> {
  engine.azure.startNextWrite(30);
  expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
  return engine;
}

/** Nobody knows whether Azure took the fix. */
async function unanswered(engine: EngineWorld): Promise<EngineWorld> {
  engine.azure.loseNextAnswer();
  expect(await engine.settle()).toMatchObject({ outcome: "retrying" });
  return engine;
}

/** The worker dies after it noted its intent, and before the journal has it: nothing was sent. */
async function neverSent(engine: EngineWorld): Promise<EngineWorld> {
  const { append } = engine.world.journal;
  engine.world.journal.append = async () => {
    throw new Error("The worker is dead.");
  };
  await expect(engine.look()).rejects.toThrow("The worker is dead.");
  engine.world.journal.append = append;
  expect(engine.azure.writes).toEqual([]);
  engine.clock.advance(91);
  return engine;
}

function endOf(engine: EngineWorld): (string | undefined)[] {
  return engine.entries("intent-outcome").map(({ outcome }) => outcome);
}

/** The baselines of which a fix was counted, which is what opens their breakers. */
function counted({ states }: EngineWorld): string[] {
  return (states.all().get(thingId().key)?.fixes ?? []).map(({ baseline }) => baseline);
}

function undoOf({ entries }: EngineWorld, baseline: string): Undo {
  const own = entries("intent").filter(({ baselines }) => baselines.includes(baseline));
  const changes = own.map(({ change, undo }) => ({ baselines: [baseline], left: change, putBack: undo }));
  return { remediationId: own[0]?.remediationId ?? "", changes: changes.reverse(), reason: oldPumps };
}

function settleUndo(engine: EngineWorld, undo: Undo) {
  const cause = { via: "undo" as const, askedBy: "a key", undoes: undo.remediationId };
  return engine.settle({ ...cause, eventId: undefined, changedBy: undefined }, { undo });
}

const period = propertyBaseline("period", "period", "07.00", {
  check: ({ body }) =>
    [valueAt(body, "properties.period")].every((value) => value === "07.00" || value === "7.00")
      ? []
      : [{ path: "properties.period", expected: "7.00", actual: null, remedy: "fix" }],
});

describe("a fix whose operation runs", () => {
  test("is waited for while the resource does not read as it was written, whatever its state says", async () => {
    const engine = await begun(thingOf(encryption, retention));
    engine.azure.change(id, { properties: { encrypted: false, provisioningState: "Succeeded" } });
    const writes = engine.azure.writes.length;

    const answers = await engine.later(38);

    expect(answers).toMatchObject([{ result: { results: [{ outcome: "retrying" }, { outcome: "retrying" }] } }]);
    expect(endOf(engine)).not.toContain("superseded");
    expect(engine.azure.writes).toHaveLength(writes);
    expect(engine.changes.waiting()).toHaveLength(1);
  });

  test("is judged again once it has ended, where the resource still does not read so", async () => {
    const engine = await begun(thingOf(encryption));
    engine.azure.change(id, { properties: { encrypted: false, provisioningState: "Succeeded" } });
    await engine.later(38);
    engine.azure.finish(id);

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);

    expect(endOf(engine)).toEqual(["superseded", "remediated"]);
  });

  test("is proven by a read that shows what was written, though Azure says that it runs", async () => {
    const engine = await begun(thingOf(encryption));
    engine.azure.change(id, { properties: { provisioningState: "Succeeded" } });

    expect(await engine.later(38)).toMatchObject([{ result: { outcome: "remediated" } }]);
  });

  test("is judged by the read alone where the type tells nothing of operations", async () => {
    const engine = await begun(engineWorld({ azure: withoutOperations() }));
    engine.azure.change(id, { properties: { encrypted: false, provisioningState: "Succeeded" } });

    expect(await engine.later(38)).toMatchObject([{ result: { outcome: "remediated" } }]);

    expect(endOf(engine)).toEqual(["superseded", "remediated"]);
  });

  test("is proven for each baseline of its write", async () => {
    const engine = await begun(thingOf(encryption, minimumVersion));
    engine.azure.finish(id);

    const answers = await engine.later(38);

    expect(answers).toMatchObject([{ result: { results: [{ outcome: "remediated" }, { outcome: "remediated" }] } }]);
    expect(counted(engine).sort()).toEqual([encryption.id, minimumVersion.id]);
  });

  test("counts once", async () => {
    const engine = await begun(thingOf(encryption));
    engine.azure.finish(id);
    await engine.later(38);

    expect(counted(engine)).toEqual([encryption.id]);
  });

  test("of several writes counts once, when all of it is read", async () => {
    const engine = linkedThing();
    await begun(engine);
    for (let write = 0; write < 2; write += 1) {
      engine.azure.finish(id);
      engine.azure.startNextWrite(30);
      await engine.later(38);
    }

    expect(endsOf(engine)).toEqual([true, true]);
    expect(counted(engine)).toEqual(["things/policy"]);
  });

  test("counts for the baseline that it mended, and not yet for one of the same write that needs another", async () => {
    const engine = await begun(thingOf(encryption, bothPlaces));
    engine.azure.finish(id);
    engine.azure.startNextWrite(30);

    const answers = await engine.later(38);

    expect(answers).toMatchObject([{ result: { results: [{ outcome: "remediated" }, { outcome: "retrying" }] } }]);
    expect(engine.azure.writes.map(({ change }) => change.part)).toEqual(["", "access"]);
    expect(counted(engine)).toEqual([encryption.id]);
  });

  test("is exempt, and not undone, where its baseline was exempted before all of it was written", async () => {
    const engine = linkedThing();
    await begun(engine);
    engine.azure.finish(id);
    const now = engine.clock.now();
    await engine.exemptions.add({
      id: "1-00000001",
      scope: id,
      baseline: "all",
      owner: "the bridge",
      reason: oldPumps,
      until: new Date(now.getTime() + 86_400_000).toISOString(),
      grantedAt: now.toISOString(),
      grantedBy: "somebody",
    });

    expect(await engine.later(38)).toMatchObject([{ result: { outcome: "exempt" } }]);
  });
});

describe("a fix whose operation failed", () => {
  test("ends as Azure says; what other baselines come to is judged once that is known", async () => {
    const engine = thingOf(retention, minimumVersion);
    engine.azure.refuseWhere(({ patch }) =>
      JSON.stringify(patch).includes("minimumVersion") ? refusals.locked : undefined,
    );
    engine.azure.failNextWrite(refusals.invalid);
    await engine.settle();
    engine.azure.finish(id);

    expect(await engine.later(38)).toMatchObject([
      { result: { results: [{ outcome: "failed", azure: { code: refusals.invalid.code } }, { outcome: "retrying" }] } },
    ]);
    expect(await engine.later(60)).toMatchObject([
      { result: { results: [{ outcome: "compliant" }, { outcome: "blocked" }] } },
    ]);
  });

  test("for a while is looked at again when Azure says", async () => {
    const engine = thingOf(encryption);
    engine.azure.failNextWrite(refusals.throttled);
    await engine.settle();
    engine.azure.finish(id);
    await engine.later(38);

    expect(await engine.later(refusals.throttled.waitSeconds ?? 0)).toEqual([]);
    expect(await engine.later(6)).toHaveLength(1);
  });

  test.each([
    ["for good", refusals.invalid],
    ["since something blocks it", refusals.locked],
    ["for a while", refusals.busy],
  ])("%s is put back, though Azure shows it: nothing else tells that it is not in effect", async (_why, refusal) => {
    const engine = thingOf(policy);
    engine.azure.failNextWrite(refusal);
    await engine.settle();
    engine.azure.finish(id);
    await engine.later(38);
    await engine.later(60);
    await engine.later(3600);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
  });

  test("for a while is written again where Azure shows it as failed, and as it was before", async () => {
    const engine = thingOf(policy);
    engine.azure.failNextWrite(refusals.busy);
    await engine.settle();
    engine.azure.finish(id);
    engine.azure.change(id, { properties: { encrypted: false, provisioningState: "Failed" } });
    await engine.later(38);
    await engine.later(3600);

    expect(endOf(engine)).toEqual(["retrying", "remediated"]);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  });

  test("for good at its second end has the first put back, and the second left as somebody set it meanwhile", async () => {
    const engine = linkedThing();
    await begun(engine);
    engine.azure.finish(id);
    engine.azure.failNextWrite(refusals.invalid);
    await engine.later(38);
    engine.azure.put(id, engine.azure.bodyOf(id), { otherEnd: { encrypted: "by another" } });
    engine.azure.finish(id);
    await engine.later(60);
    await engine.later(60);

    expect(endsOf(engine)).toEqual([false, "by another"]);
  });
});

describe("a later look", () => {
  test.each<[string, (azure: MemoryAzure) => void, string, RegExp]>([
    ["shows what was written: it took", () => undefined, "remediated", /shows it compliant/],
    [
      "shows that the change failed: it did not",
      (azure) => azure.change(id, { properties: { provisioningState: "Failed" } }),
      "superseded",
      /the change failed/,
    ],
    [
      "shows another value: it did not",
      (azure) => azure.change(id, { properties: { encrypted: false } }),
      "superseded",
      /shows it non-compliant/,
    ],
  ])("of a write without an answer %s", async (_what, prepare, outcome, reason) => {
    const engine = await unanswered(thingOf(encryption));
    prepare(engine.azure);

    await engine.later(60);

    expect(engine.entries("intent-outcome")[0]).toMatchObject({ outcome, reason: expect.stringMatching(reason) });
  });

  test("of a write without an answer shows what its own baselines own, and nothing of others", async () => {
    const engine = await unanswered(thingOf(encryption, retention));

    await engine.later(60);

    const ofEncryption = engine.entries("intent")[0]?.intentId;
    const end = engine.entries("intent-outcome").find(({ intentId }) => intentId === ofEncryption);
    expect(end).toMatchObject({
      outcome: "remediated",
      readAfterwards: [{ path: "properties.encrypted", value: true }],
    });
  });

  test("of a write for two baselines shows one of them set back: the write did not take", async () => {
    const engine = await unanswered(thingOf(encryption, minimumVersion));
    engine.azure.change(id, { properties: { minimumVersion: "1" } });

    await engine.later(60);

    expect(endOf(engine)).toEqual(["superseded", "remediated"]);
  });

  test("shows another spelling that the baseline calls compliant: it took, whatever other baselines find", async () => {
    const engine = thingOf(period, retention);
    engine.azure.refuseWhere(({ patch }) =>
      JSON.stringify(patch).includes("retentionDays") ? refusals.busy : undefined,
    );
    await unanswered(engine);
    engine.azure.change(id, { properties: { period: "7.00" } });

    await engine.later(60);

    const ofPeriod = engine.entries("intent")[0]?.intentId;
    const ends = engine.entries("intent-outcome").filter(({ intentId }) => intentId === ofPeriod);
    expect(ends).toMatchObject([{ outcome: "remediated" }]);
  });

  test("shows another spelling, and what is left is only reported: it took", async () => {
    const withAlias = propertyBaseline("period", "period", "07.00", {
      check: ({ body }) => [
        ...(valueAt(body, "properties.period") === "7.00"
          ? []
          : [{ path: "properties.period", expected: "7.00", actual: null, remedy: "fix" as const }]),
        { path: "properties.alias", expected: "none", actual: "a", remedy: "report" as const },
      ],
    });
    const engine = await unanswered(thingOf(withAlias));
    engine.azure.change(id, { properties: { period: "7.00" } });

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "audit" } }]);

    expect(endOf(engine)).toEqual(["remediated"]);
  });

  test("finds a resource to which the baseline does not apply any more: nothing took", async () => {
    const ofMembers = propertyBaseline("of-members", "encrypted", true, {
      unsupported: ({ body }) => (valueAt(body, "properties.master") === true ? "It is a master." : undefined),
    });
    const engine = await unanswered(thingOf(ofMembers));
    engine.azure.change(id, { properties: { encrypted: false, master: true } });

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "unsupported" } }]);

    expect(endOf(engine)).toEqual(["superseded"]);
  });

  test("finds that the baseline does not concern the resource any more: nothing is proven", async () => {
    const engine = await unanswered(thingOf(encryption, minimumVersion));
    const { current } = engine.world.policies;
    engine.world.policies.current = async (subscription) => ({ ...(await current(subscription)), of: () => [] });

    await engine.later(60);

    expect(endOf(engine)).toEqual(["superseded"]);
  });

  test("that has nothing to settle and nothing to fix counts nothing", async () => {
    const engine = thingOf(encryption);
    engine.azure.put(id, thingBody(compliant));

    await engine.settle();

    expect(counted(engine)).toEqual([]);
  });
});

describe("an intent that was never sent", () => {
  test("is no fix, though somebody else brought about what it was for", async () => {
    const engine = await neverSent(thingOf(encryption));
    engine.azure.change(id, { properties: { encrypted: true } });

    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });

    expect(engine.entries("intent-outcome")).toMatchObject([
      { outcome: "superseded", reason: expect.stringMatching(/never sent/) },
    ]);
    expect(counted(engine)).toEqual([]);
  });

  test("is not put back where somebody else's change of the same failed", async () => {
    const engine = await neverSent(thingOf(policy));
    engine.azure.change(id, { properties: { encrypted: true, provisioningState: "Failed" } });

    await engine.settle();
    await engine.later(60);
    await engine.later(3600);

    expect(engine.azure.writes).toEqual([]);
  });
});

describe("an undo whose write takes long", () => {
  test("and is overtaken is no fix and not undone: it is written again", async () => {
    const engine = thingOf(encryption);
    await engine.settle();
    engine.azure.startNextWrite(30);
    await settleUndo(engine, undoOf(engine, encryption.id));
    engine.azure.finish(id);
    engine.azure.change(id, { properties: { encrypted: true } });

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "undone" } }]);

    expect(endOf(engine)).toEqual(["remediated", "superseded", "undone"]);
    expect(counted(engine)).toEqual([encryption.id]);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: false } });
  });

  test("leaves the baseline alone from its write on, not from when it was proven", async () => {
    const engine = thingOf(encryption);
    await engine.settle();
    engine.azure.startNextWrite(30);
    await settleUndo(engine, undoOf(engine, encryption.id));
    engine.azure.finish(id);
    await engine.later(3600);
    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
    engine.clock.advance(23 * 3600);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("is no fix where what it put back is compliant by then", async () => {
    let wanted: readonly Json[] = [true];
    const lenient = propertyBaseline("lenient", "encrypted", true, {
      check: ({ body }) =>
        wanted.includes(valueAt(body, "properties.encrypted") ?? null)
          ? []
          : [{ path: "properties.encrypted", expected: "true", actual: false, remedy: "fix" }],
    });
    const engine = thingOf(lenient);
    await engine.settle();
    engine.azure.startNextWrite(30);
    await settleUndo(engine, undoOf(engine, lenient.id));
    engine.azure.finish(id);
    wanted = [true, false];

    expect(await engine.later(60)).toMatchObject([{ result: { outcome: "compliant" } }]);

    expect(endOf(engine)).toEqual(["remediated", "undone"]);
    expect(counted(engine)).toEqual([lenient.id]);
  });

  test.each<[string, (engine: EngineWorld, undo: Undo) => Promise<void>]>([
    [
      "whose operation failed for good",
      async (engine, undo) => {
        engine.azure.failNextWrite(refusals.locked);
        await settleUndo(engine, undo);
        engine.azure.finish(id);
      },
    ],
    [
      "that shows as failed, and is refused for good then",
      async (engine, undo) => {
        engine.azure.loseNextAnswer();
        await settleUndo(engine, undo);
        engine.azure.change(id, { properties: { provisioningState: "Failed" } });
        engine.azure.refuseWhere(() => refusals.locked);
      },
    ],
  ])("%s is given up, and nothing puts back what it could not", async (_what, fail) => {
    const engine = thingOf(policy, minimumVersion);
    engine.azure.refuseWhere(isOfVersion);
    expect(await engine.settle()).toMatchObject({ results: [{ outcome: "remediated" }, { outcome: "retrying" }] });
    await fail(engine, undoOf(engine, policy.id));
    engine.azure.change(id, { properties: { encrypted: true } });
    await engine.later(60);
    engine.azure.refuseWhere(isOfVersion);

    await engine.later(60);
    await engine.later(900);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  });
});

function isOfVersion({ patch }: { patch: Json }) {
  return JSON.stringify(patch).includes("minimumVersion") ? refusals.busy : undefined;
}

/** Wants a property of the thing, which may be written with others', and one of its part. */
const bothPlaces = propertyBaseline("both-places", "minimumVersion", "2", {
  parts: ["access"],
  owns: ["properties.minimumVersion", "access/properties.explicit"],
  check: ({ body, parts }) =>
    valueAt(body, "properties.minimumVersion") === "2" && valueAt(parts.access, "properties.explicit") === true
      ? []
      : [{ path: "properties.minimumVersion", expected: "2", actual: null, remedy: "fix" }],
  fix: ({ body, parts }) => [
    ...(valueAt(body, "properties.minimumVersion") === "2"
      ? []
      : [{ part: "", patch: { properties: { minimumVersion: "2" } } }]),
    ...(valueAt(parts.access, "properties.explicit") === true
      ? []
      : [{ part: "access", patch: { properties: { explicit: true } } }]),
  ],
});

function withoutOperations(): MemoryAzure {
  const azure = memoryAzure(thingType);
  const { readOperation: _none, ...type } = azure.type;
  azure.put(id, thingBody());
  return { ...azure, type };
}
