import { describe, expect, test } from "vitest";
import type { Mode, Resource } from "../../../shared/baselines/baseline.ts";
import { withBegunRuling, withRuling } from "../../../shared/engine/approval.ts";
import type { AskedRuling, LookResult } from "../../../shared/engine/world.ts";
import { valueAt } from "../../../shared/json.ts";
import { type Policy, settingsPolicies } from "../../../shared/policy/resource-policy.ts";
import { emptyState, type ResourceState } from "../../../shared/state/resource-state.ts";
import { afterEachSoundHistory, type EngineWorld, engineer, engineWorld } from "../../support/engine-world.ts";
import { endsOf, linkedThing } from "../../support/linked-things.ts";
import { refusals } from "../../support/memory-azure.ts";
import { closed, encryption, propertyBaseline, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const approver = "33333333-3333-4333-8333-333333333333";
const deployer = "44444444-4444-4444-8444-444444444444";
const day = 86_400;

/** A thing whose fix waits for a person, since it has users. */
async function asked(engine: EngineWorld = engineWorld({ baselines: [[closed(false), "enforce"]] })) {
  engine.azure.put(id, thingBody(), { access: { properties: {} } });
  const result = await engine.settle();
  return { engine, result, proposal: proposalIn(result) };
}

/** Closing it takes its level from its size, and asks about its guests as well as its users, who are named in a part of its own. */
const guarded = propertyBaseline("closed", "open", false, {
  owns: ["properties.open", "properties.level", "properties.marked", "access/properties.explicit"],
  fix: ({ body }) => [
    { part: "", patch: { properties: { open: false } } },
    { part: "", patch: { properties: { marked: true, level: valueAt(body, "properties.size") ?? null } } },
  ],
  guards: [
    {
      id: "users-cut-off",
      title: "Users are cut off",
      parts: ["access"],
      evaluate: ({ body, parts }) => ({
        reason: "The thing has users.",
        mayBreak: "Its users are cut off.",
        advice: "Ask them first.",
        safeChanges:
          valueAt(parts.access, "properties.explicit") === true
            ? []
            : [{ part: partOf(body), patch: { properties: { explicit: true } } }],
        allowed: false,
      }),
    },
    {
      id: "guests-cut-off",
      title: "Guests are cut off",
      parts: [],
      evaluate: ({ body }) =>
        valueAt(body, "properties.guests") === undefined
          ? undefined
          : { reason: "It has guests.", mayBreak: "Guests are cut off.", advice: "Ask them.", allowed: false },
    },
  ],
});

function partOf(body: Resource["body"]): string {
  return valueAt(body, "properties.annex") === true ? "annex" : "access";
}

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
  return engine.settle({ via: "approval", askedBy: by.name, eventId: undefined, changedBy: undefined }, { ruling });
}

function chooseMode({ world }: EngineWorld, mode: Mode): void {
  world.policies = settingsPolicies(world.settings.baselines.map(({ baseline }) => ({ baseline, mode })));
}

/** Who looks again only because it is time. */
function looksAgain(engine: EngineWorld): Promise<LookResult> {
  return engine.settle({ via: "waker", eventId: undefined, changedBy: undefined });
}

async function dueAt({ world, clock }: EngineWorld): Promise<number> {
  return (await world.waits.due(clock.now())).length;
}

describe("a fix that waits for a person", () => {
  test("shows what would change, what it may break and its hash, in the result and in the index", async () => {
    const { engine, result, proposal } = await asked();

    const changes = [{ part: "access" }, { part: "", patch: { properties: { open: false } } }];
    expect(result).toMatchObject({
      outcome: "awaiting-approval",
      results: [{ changes, mayBreak: "Its users are cut off." }],
    });
    expect(proposal).toMatch(/^[0-9a-f]{64}$/);
    expect(engine.remediations.all()).toMatchObject([
      {
        outcome: "awaiting-approval",
        baselines: [{ asked: { proposal, changes, mayBreak: "Its users are cut off." } }],
      },
    ]);
  });

  test("is told with who made the change, also once a look that no event led to finds more", async () => {
    const { engine } = await asked();
    engine.azure.change(id, { properties: { open: "wide" } });

    expect(await looksAgain(engine)).toMatchObject({ outcome: "awaiting-approval" });

    expect(engine.remediations.all()).toMatchObject([{ changedBy: engineer, via: "event" }]);
  });

  test("has the same hash on every look, and another one as soon as anything of it changes", async () => {
    const { engine, proposal } = await asked();

    expect(proposalIn(await engine.settle())).toBe(proposal);
    engine.azure.change(id, { properties: { open: "wide" } });
    expect(proposalIn(await engine.settle())).not.toBe(proposal);
  });

  test("has another hash as soon as another guard asks, though the same would change", async () => {
    const { engine, result, proposal } = await asked(engineWorld({ baselines: [[guarded, "enforce"]] }));
    engine.azure.change(id, { properties: { guests: 3 } });
    const again = await engine.settle();

    expect(again.results[0]?.changes).toEqual(result.results[0]?.changes);
    expect(proposalIn(again)).not.toBe(proposal);
  });

  test("has another hash on each resource: who approves one of two that are alike approves one", async () => {
    const { engine, proposal } = await asked();
    const other = thingId("mast-light");
    engine.azure.put(other.text, thingBody(), { access: { properties: {} } });

    expect(proposalIn(await engine.settle({}, { id: other }))).not.toBe(proposal);
  });

  test("waits on, with any word on it, where the resource is paused in between", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.locked);
    await says(engine, "approved", proposal);
    const { read } = engine.azure.type;
    engine.azure.type.read = async () => ({ kind: "skipped", outcome: "skipped-paused", reason: "It is paused." });
    expect(await engine.settle()).toMatchObject({ outcome: "skipped-paused" });
    engine.azure.type.read = read;

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("waits its whole time from when it was proposed, also where another one was proposed before it", async () => {
    const { engine } = await asked();
    engine.clock.advance(3 * day);
    engine.azure.change(id, { properties: { open: "wide" } });
    const { results } = await engine.settle();

    const expiresAt = new Date(engine.clock.now().getTime() + 7 * day * 1000).toISOString();
    expect(results).toMatchObject([{ proposal: { expiresAt } }]);
    engine.clock.advance(5 * day);
    expect(await dueAt(engine)).toBe(0);
    engine.clock.advance(2 * day);
    expect(await dueAt(engine)).toBe(1);
  });

  test("stays one remediation, however often it is looked at, which ends when somebody mends it by hand", async () => {
    const { engine, result } = await asked();
    await engine.settle();
    engine.azure.change(id, { properties: { open: false } });
    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });

    expect(engine.remediations.all()).toMatchObject([{ id: result.remediationId, outcome: "compliant" }]);
  });

  test("is asked for anew, once, when nobody decided in time", async () => {
    const { engine, proposal } = await asked();
    engine.clock.advance(7 * day);

    expect(await dueAt(engine)).toBe(1);
    const again = await looksAgain(engine);
    await looksAgain(engine);

    expect(proposalIn(again)).toBe(proposal);
    expect(engine.entries("remediation").map(({ outcome }) => outcome)).toEqual([
      "awaiting-approval",
      "awaiting-approval",
    ]);
  });

  test("in a dry run shows the same hash, and is not remembered", async () => {
    const engine = engineWorld({ baselines: [[encryption, "approve"]] });
    engine.azure.put(id, thingBody());

    const dry = proposalIn(await engine.settle({}, { dryRun: true }));

    expect(engine.states.all().size).toBe(0);
    expect(proposalIn(await engine.settle())).toBe(dry);
  });
});

describe("an approval", () => {
  test("lets the fix go on past the guard; the journal has who, why and what before the write", async () => {
    const { engine, result, proposal } = await asked();

    const approved = await says(engine, "approved", proposal);

    expect(approved).toMatchObject({ outcome: "remediated", ruling: { kind: "taken", baseline: "things/closed" } });
    expect(approved.remediationId).toBe(result.remediationId);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: false } });
    expect(engine.entries("approval")).toMatchObject([
      { decision: "approved", proposal, by: approver, reason: "The crew knows.", remediationId: result.remediationId },
    ]);
    const kinds = engine.journal.entries.map(({ kind }) => kind);
    expect(kinds.indexOf("approval")).toBeLessThan(kinds.indexOf("intent"));
  });

  test("in approve mode lets the fix go on too", async () => {
    const engine = engineWorld({ baselines: [[encryption, "approve"]] });
    const { proposal } = await asked(engine);

    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "remediated" });
  });

  test("of what is not proposed any more is not taken: it says what is proposed now, and nothing is written", async () => {
    const { engine, proposal } = await asked();
    engine.azure.change(id, { properties: { open: "wide" } });

    const result = await says(engine, "approved", proposal);

    expect(result).toMatchObject({
      outcome: "awaiting-approval",
      ruling: { kind: "changed", proposed: [{ baseline: "things/closed", hash: proposalIn(result) }] },
    });
    expect(proposalIn(result)).not.toBe(proposal);
    expect(engine.azure.writes).toEqual([]);
    expect(await says(engine, "approved", proposalIn(result))).toMatchObject({ outcome: "remediated" });
  });

  test("holds through retries until it is proven, and for nothing after that", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.throttled);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "retrying" });

    await engine.later(60);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: false } });

    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
  });

  test("covers the rest of a fix of two writes of which the first was made", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "approve"]] });
    const { proposal } = await asked(engine);
    engine.azure.refuseWhere(({ part }) => (part === "" ? refusals.throttled : undefined));
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "retrying" });
    expect(engine.azure.partOf(id, "access")).toMatchObject({ properties: { explicit: true } });
    engine.azure.refuseWhere(() => undefined);

    await engine.later(60);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: false } });
    expect(engine.entries("remediation").at(-1)).toMatchObject({ outcome: "remediated" });
  });

  test("covers both ends of a link whose writes take their time", async () => {
    const engine = linkedThing();
    chooseMode(engine, "approve");
    const proposal = proposalIn(await engine.settle());
    engine.azure.startNextWrite(30);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "retrying" });
    engine.azure.finish(id);

    await engine.later(60);

    expect(endsOf(engine)).toEqual([true, true]);
  });

  test("covers nothing else where somebody changed the resource in between", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "approve"]] });
    const { proposal } = await asked(engine);
    engine.azure.refuseWhere(({ part }) => (part === "" ? refusals.throttled : undefined));
    await says(engine, "approved", proposal);
    engine.azure.refuseWhere(() => undefined);
    engine.azure.change(id, { properties: { open: "wide" } });

    await engine.later(60);

    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: "wide" } });
    expect(engine.entries("remediation").at(-1)).toMatchObject({ outcome: "awaiting-approval" });
  });

  describe("of a fix of two writes that was begun", () => {
    async function halfMade(): Promise<EngineWorld> {
      const engine = engineWorld({ baselines: [[guarded, "enforce"]] });
      const { proposal } = await asked(engine);
      engine.azure.refuseWhere(({ part }) => (part === "" ? refusals.throttled : undefined));
      expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "retrying" });
      expect(engine.azure.partOf(id, "access")).toMatchObject({ properties: { explicit: true } });
      engine.azure.refuseWhere(() => undefined);
      return engine;
    }

    test("covers its second write where all is as it was", async () => {
      const engine = await halfMade();

      expect(await engine.later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);
    });

    test.each([
      ["another guard asks since", { guests: 3 }],
      ["the fix writes something else since", { size: 2 }],
    ])("covers nothing where %s", async (_why, properties) => {
      const engine = await halfMade();
      engine.azure.change(id, { properties });

      expect(await engine.later(60)).toMatchObject([{ result: { outcome: "awaiting-approval" } }]);
      expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: true } });
    });

    test("covers nothing where none was made, and the first goes to another part since", async () => {
      const engine = engineWorld({ baselines: [[guarded, "enforce"]] });
      const { proposal } = await asked(engine);
      engine.azure.refuseNextWrite(refusals.throttled);
      await says(engine, "approved", proposal);
      const writes = engine.azure.writes.length;
      engine.azure.change(id, { properties: { annex: true } });

      expect(await engine.later(60)).toMatchObject([{ result: { outcome: "awaiting-approval" } }]);
      expect(engine.azure.writes).toHaveLength(writes);
    });
  });

  test("expires: what could not be written in time is asked for again", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.locked);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "blocked" });
    engine.clock.advance(7 * day);

    expect(await looksAgain(engine)).toMatchObject({ outcome: "awaiting-approval" });
    expect(engine.azure.writes).toEqual([]);
  });

  test("goes on by itself once what blocked it is gone", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.locked);
    await says(engine, "approved", proposal);

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("holds on where Azure refused it as invalid, until somebody mends what was wrong", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.invalid);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "failed" });

    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
  });

  test("is over once audit mode was chosen: what is enforced again later is asked for anew", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.locked);
    await says(engine, "approved", proposal);
    chooseMode(engine, "audit");
    await engine.settle();
    chooseMode(engine, "enforce");

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
    expect(engine.azure.writes).toEqual([]);
  });

  test("does not go past the stop switch", async () => {
    const { engine, proposal } = await asked();
    await engine.world.control.stopWrites(true, "a person");

    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "capped" });

    expect(engine.azure.writes).toEqual([]);
    await engine.world.control.stopWrites(false, "a person");
    await engine.later(3600);
    expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { open: false } });
  });

  test("does not go past the breaker", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]], settings: { breakerFixes: 1 } });
    const { proposal } = await asked(engine);
    await says(engine, "approved", proposal);
    engine.azure.put(id, thingBody(), { access: { properties: {} } });

    expect(await says(engine, "approved", proposal)).toMatchObject({
      outcome: "contested",
      ruling: { kind: "changed" },
    });
  });

  test("does not go past a write window that is closed", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    const { proposal } = await asked(engine);
    const opensAt = new Date(engine.clock.now().getTime() + day * 1000).toISOString();
    const { policies } = engine.world;
    const of: Policy["of"] = (_subject, now) =>
      engine.world.settings.baselines.map((each) => ({
        ...each,
        window:
          now.toISOString() < opensAt ? { name: "nights", isOpen: false, opensAt } : { name: "nights", isOpen: true },
      }));
    engine.world.policies = {
      current: async (subscription) => ({ ...(await policies.current(subscription)), of }),
      beforeWrite: async (subscription) => ({ ...(await policies.beforeWrite(subscription)), of }),
    };

    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "awaiting-window" });
    expect(engine.azure.writes).toEqual([]);

    engine.clock.advance(day);
    expect(await looksAgain(engine)).toMatchObject({ outcome: "remediated" });
  });

  test("does not go past audit mode, where that was chosen since", async () => {
    const { engine, proposal } = await asked();
    engine.azure.refuseNextWrite(refusals.locked);
    await says(engine, "approved", proposal);
    chooseMode(engine, "audit");

    expect(await engine.settle()).toMatchObject({ outcome: "audit" });
    expect(engine.azure.writes).toEqual([]);
  });
});

describe("a rejection", () => {
  test("leaves the resource alone and says who and why; it is no success", async () => {
    const { engine, proposal } = await asked();

    expect(await says(engine, "rejected", proposal)).toMatchObject({
      outcome: "audit",
      results: [{ reason: expect.stringMatching(new RegExp(`Rejected by ${approver}.*The crew knows.`)) }],
    });

    expect(await engine.settle()).toMatchObject({ outcome: "audit" });
    expect(engine.azure.writes).toEqual([]);
    expect(engine.entries("approval")).toMatchObject([{ decision: "rejected", by: approver }]);
  });

  test("ends with the proposal: another one is asked for at once", async () => {
    const { engine, proposal } = await asked();
    await says(engine, "rejected", proposal);
    engine.azure.change(id, { properties: { open: "wide" } });

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
  });

  test("ends when the resource complies: what weakens it later is asked about, though it is the same", async () => {
    const { engine, proposal } = await asked();
    await says(engine, "rejected", proposal);
    engine.azure.change(id, { properties: { open: false } });
    expect(await engine.settle()).toMatchObject({ outcome: "compliant" });
    engine.azure.change(id, { properties: { open: true } });

    expect(await engine.settle()).toMatchObject({ outcome: "awaiting-approval" });
  });

  test("holds its own time, and not only for as long as the proposal would have waited", async () => {
    const { engine, proposal } = await asked();
    engine.clock.advance(3 * day);
    await says(engine, "rejected", proposal);

    engine.clock.advance(6 * day);
    expect(await dueAt(engine)).toBe(0);
    expect(await engine.settle()).toMatchObject({ outcome: "audit" });
    engine.clock.advance(day);
    expect(await dueAt(engine)).toBe(1);
    expect(await looksAgain(engine)).toMatchObject({ outcome: "awaiting-approval" });
  });

  test("expires, and the fix is asked for again", async () => {
    const { engine, proposal } = await asked();
    await says(engine, "rejected", proposal);
    engine.clock.advance(7 * day);

    expect(await dueAt(engine)).toBe(1);
    expect(await looksAgain(engine)).toMatchObject({ outcome: "awaiting-approval" });
  });

  test("can be taken back by an approval", async () => {
    const { engine, proposal } = await asked();
    await says(engine, "rejected", proposal);

    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "remediated" });
  });
});

describe("nobody decides about what they changed themselves:", () => {
  const engineersOwn = { name: engineer, objectId: engineer };

  test.each(["approved", "rejected"] as const)("it can't be %s by who made the change", async (kind) => {
    const { engine, proposal } = await asked();

    const result = await says(engine, kind, proposal, engineersOwn);

    expect(result).toMatchObject({ outcome: "awaiting-approval", ruling: { kind: "by-changer", changer: engineer } });
    expect(engine.azure.writes).toEqual([]);
    expect(engine.entries("approval")).toMatchObject([{ decision: "refused", by: engineer }]);
  });

  test("also where another person's change was found first", async () => {
    const { engine, proposal } = await asked();
    await engine.settle({ changedBy: approver });

    expect(await says(engine, "approved", proposal)).toMatchObject({ ruling: { kind: "by-changer" } });
  });

  test("also where the event came long after a sweep had found it", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    const changedAt = engine.clock.now().toISOString();
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    engine.clock.advance(3600);
    const proposal = proposalIn(await engine.settle({ via: "sweep", eventId: undefined, changedBy: undefined }));
    await engine.look({ changedAt });

    expect(await says(engine, "approved", proposal, engineersOwn)).toMatchObject({ ruling: { kind: "by-changer" } });
  });

  test("nor about what a re-check found before its event told who changed it, for ten minutes", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    const found = engine.clock.now().getTime();
    const proposal = proposalIn(await engine.settle({ via: "recheck", eventId: undefined, changedBy: undefined }));
    const until = new Date(found + 600_000).toISOString();

    expect(await says(engine, "approved", proposal)).toMatchObject({ ruling: { kind: "changer-unknown", until } });
    expect(engine.azure.writes).toEqual([]);
    expect(engine.entries("approval")).toMatchObject([{ decision: "refused" }]);
    engine.clock.advance(600);
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "remediated" });
  });

  test("what a re-check found is decided by others once the event told who changed it", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    const proposal = proposalIn(await engine.settle({ via: "recheck", eventId: undefined, changedBy: undefined }));
    await engine.look({ changedAt: engine.clock.now().toISOString() });

    expect(await says(engine, "approved", proposal, engineersOwn)).toMatchObject({ ruling: { kind: "by-changer" } });
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "remediated" });
  });

  test("what somebody changed and then had exempted is still theirs when the exemption has ended", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    const now = engine.clock.now();
    const until = new Date(now.getTime() + day * 1000).toISOString();
    const about = {
      id: `${now.getTime()}-00000001`,
      scope: id,
      baseline: "all",
      owner: "The bridge",
      reason: "Pumps.",
    };
    await engine.exemptions.add({ ...about, until, grantedAt: now.toISOString(), grantedBy: approver });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    expect(await engine.settle()).toMatchObject({ outcome: "exempt" });
    engine.clock.advance(day);
    const proposal = proposalIn(await looksAgain(engine));

    expect(await says(engine, "approved", proposal, engineersOwn)).toMatchObject({ ruling: { kind: "by-changer" } });
  });

  test("what somebody changed before it was last seen compliant counts no more", async () => {
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]] });
    engine.azure.put(id, thingBody({ open: false }));
    await engine.settle({ changedBy: approver });
    engine.clock.advance(60);
    const { proposal } = await asked(engine);

    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "remediated" });
  });

  test("what a listed service principal changed is approved by nobody of the team behind it", async () => {
    const deployerTeams = new Map([[deployer, [engineer]]]);
    const engine = engineWorld({ baselines: [[closed(false), "enforce"]], settings: { deployerTeams } });
    engine.azure.put(id, thingBody(), { access: { properties: {} } });
    const proposal = proposalIn(await engine.settle({ changedBy: deployer }));

    expect(await says(engine, "approved", proposal, engineersOwn)).toMatchObject({
      ruling: { kind: "by-changer", changer: deployer },
    });
    expect(await says(engine, "approved", proposal)).toMatchObject({ outcome: "remediated" });
  });
});

test("the intent of a fix names who made the change, also where that was audited first and is fixed by a sweep later", async () => {
  const engine = engineWorld({ baselines: [[encryption, "audit"]] });
  engine.azure.put(id, thingBody());
  await engine.settle({ changedBy: deployer });
  chooseMode(engine, "enforce");
  engine.clock.advance(day);

  await engine.settle({ via: "sweep", eventId: undefined, changedBy: undefined });

  expect(engine.journal.entries.filter(({ kind }) => kind === "intent")).toMatchObject([{ changers: [deployer] }]);
});

describe("a person's word is not marked as acted upon", () => {
  const by = { by: approver, reason: "The crew knows.", at: "2026-11-23T08:00:00.000Z", begun: false };
  const ruled = (kind: AskedRuling["kind"]): ResourceState => {
    const dates = { proposedAt: by.at, expiresAt: "2026-11-30T08:00:00.000Z" };
    const fix = { hash: "", changes: [], before: {}, after: {}, guards: [], ...dates };
    return withRuling(emptyState(), encryption.id, fix, { kind, ...by, expiresAt: dates.expiresAt });
  };

  test.each([
    ["by an undo", "undo", "approved"],
    ["by a put-back", "revert", "approved"],
    ["where it was a no, and the fix needs none any more", "fix", "rejected"],
  ] as const)("%s", (_what, purpose, kind) => {
    expect(withBegunRuling(ruled(kind), { baselines: [encryption.id], purpose })).toEqual(ruled(kind));
  });
});
