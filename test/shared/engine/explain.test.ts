import { beforeEach, describe, expect, test } from "vitest";
import type { Baseline, Guard } from "../../../shared/baselines/baseline.ts";
import { type BaselineExplanation, type Explained, explain } from "../../../shared/engine/explain.ts";
import type { BaselinePolicy, PolicyReference } from "../../../shared/policy/resource-policy.ts";
import { type EngineWorld, engineWorld } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import { bound, closed, compliant, encryption, propertyBaseline, thingBody, thingId } from "../../support/things.ts";

let says: Partial<BaselinePolicy>;
let reference: PolicyReference | undefined;
let engine: EngineWorld;

beforeEach(() => {
  says = {};
  reference = { version: "abcdef0123456789" };
  const policy = () => ({
    reference,
    of: (): BaselinePolicy[] => [{ baseline: bound(encryption), mode: "enforce", ...says }],
  });
  engine = engineWorld({ policies: { current: async () => policy(), beforeWrite: async () => policy() } });
  engine.azure.put(thingId().text, thingBody());
});

const finding = { path: "properties.encrypted", expected: "true", actual: false } as const;
const leavesAlone: Guard<Record<string, never>> = {
  id: "of-others",
  title: "Of others",
  parts: [],
  evaluate: () => ({ allowed: false, leaveAlone: true, reason: "It is somebody else's.", mayBreak: "", advice: "" }),
};
const free = { stoppedBy: undefined, capReached: undefined, caps: { perSubscription: 100, inTotal: 1000 } };

async function explained(limits: Partial<Explained> = {}) {
  const look = await engine.settle({ via: "recheck" }, { dryRun: true });
  return explain({ look, now: engine.world.now(), ...free, ...limits });
}

async function one(limits: Partial<Explained> = {}): Promise<BaselineExplanation> {
  const [baseline] = (await explained(limits)).baselines;
  if (!baseline) throw new Error("Nothing was explained.");
  return baseline;
}

describe("what decides", () => {
  test("is the rule, where nothing stands in its way: it would be fixed now, and may break something", async () => {
    says = { rule: "ships" };

    expect(await one()).toMatchObject({
      mode: "enforce",
      decidedBy: "rule",
      rule: "ships",
      now: expect.stringMatching(/^It would be fixed now\. That may break/),
      because: [
        expect.stringMatching(/"ships" is the first that matches: mode enforce/),
        expect.stringMatching(/^Found: /),
      ],
    });
  });

  test.each<[string, Partial<BaselinePolicy>, string, RegExp]>([
    ["a rule that audits", { rule: "quiet", mode: "audit" }, "rule", /^Audit mode/],
    ["the default mode", { mode: "audit" }, "default-mode", /^Audit mode/],
    [
      "what holds where nothing can be told",
      { mode: "audit", auditBecause: "Nobody knows." },
      "fallback",
      /^Nobody knows/,
    ],
    ["a person who is to approve", { mode: "approve" }, "approval", /person has to approve/],
    [
      "an exemption",
      { exemption: { owner: "Deck 4", reason: "Old reader", until: "2026-12-24T00:00:00.000Z" } },
      "exemption",
      /until 2026-12-24/,
    ],
    [
      "a window that is closed",
      { window: { name: "nights", isOpen: false, opensAt: "2026-11-23T21:00:00.000Z" } },
      "window",
      /closed until 2026-11-23T21/,
    ],
    ["a guard", { baseline: bound(closed(false)) }, "guard", /has users/],
  ])("is %s", async (_what, policy, decidedBy, now) => {
    says = policy;
    engine.azure.put(thingId().text, thingBody(), { access: { properties: {} } });

    expect(await one()).toMatchObject({ decidedBy, now: expect.stringMatching(now) });
  });

  test("is the setting, where app settings decide", async () => {
    reference = undefined;
    says = { mode: "audit" };

    expect(await one()).toMatchObject({ decidedBy: "setting" });
    expect((await explained()).policy).toMatch(/App settings decide/);
  });

  test("is the resource, where it is as it should be", async () => {
    engine.azure.put(thingId().text, thingBody(compliant));

    expect(await one()).toMatchObject({ decidedBy: "resource", now: "Nothing to do." });
  });

  test("is the breaker, where somebody sets it back again and again", async () => {
    for (let round = 0; round < 3; round += 1) {
      await engine.settle();
      engine.azure.change(thingId().text, { properties: { encrypted: false } });
    }

    expect(await one()).toMatchObject({ decidedBy: "breaker", now: expect.stringMatching(/set back each time/) });
  });

  test("is Azure, where it refuses the read", async () => {
    const advice = "Assign the role.";
    engine.azure.refuseNextRead({ kind: "blocked", status: 403, code: "AuthorizationFailed", message: "No.", advice });

    expect(await one()).toMatchObject({
      decidedBy: "azure",
      now: expect.stringContaining(advice),
      because: [expect.stringMatching(/could not be read/), "Azure says AuthorizationFailed: No."],
    });
  });

  test("is Azure, where it refuses the read of what a guard has to see", async () => {
    says = { baseline: bound(closed(false)) };
    engine.azure.type.readParts = async () => ({ kind: "refused", refusal: refusals.missingRole });

    expect(await one()).toMatchObject({ mode: "enforce", decidedBy: "azure" });
  });

  test("is Azure, where it still works on an earlier write", async () => {
    engine.azure.startNextWrite(30);
    await engine.settle();

    expect(await one()).toMatchObject({ decidedBy: "azure", now: expect.stringMatching(/still works on it/) });
  });

  test.each<[string, Partial<Baseline<Record<string, never>>>, string, RegExp]>([
    ["it does not apply to the resource", { unsupported: () => "It is of another kind." }, "baseline", /another kind/],
    ["its guard leaves the resource alone", { guards: [leavesAlone] }, "guard", /somebody else's/],
    ["it only reports", { check: () => [{ ...finding, remedy: "report" }] }, "baseline", /Only reported/],
    ["its fix is empty", { fix: () => [] }, "baseline", /its fix is empty/],
  ])("is the baseline, or its guard, where %s", async (_why, more, decidedBy, now) => {
    says = { rule: "ships", baseline: bound(propertyBaseline("encryption", "encrypted", true, more)) };

    expect(await one()).toMatchObject({ decidedBy, now: expect.stringMatching(now) });
  });

  test("is the person who rejected the fix", async () => {
    says = { mode: "approve" };
    const { results } = await engine.settle();
    const proposal = results[0]?.proposal?.hash ?? "none";
    const ruling = { kind: "rejected" as const, proposal, by: { name: "the bridge" }, reason: "Not now." };
    await engine.settle({ via: "approval", eventId: undefined, changedBy: undefined }, { ruling });

    expect(await one()).toMatchObject({ decidedBy: "approval", now: expect.stringMatching(/^Rejected by the bridge/) });
  });

  test("is the resource, where it is gone, and no mode is told", async () => {
    engine.azure.remove(thingId().text);

    const { decidedBy, mode } = await one();

    expect(decidedBy).toBe("resource");
    expect(mode).toBeUndefined();
  });
});

describe("what led to it is told", () => {
  const exemption = { owner: "Deck 4", reason: "Old reader.", until: "2026-12-24T00:00:00.000Z" };

  test.each<[string, Partial<BaselinePolicy>, string]>([
    ["that no rule is about it", { mode: "audit" }, "No rule of the policy file is about it: mode audit."],
    ["why nothing can be told", { mode: "audit", auditBecause: "Nobody knows." }, "Nobody knows."],
    ["the window that is open", { window: { name: "nights", isOpen: true } }, "The write window nights is open."],
    [
      "until when the window is closed",
      { window: { name: "nights", isOpen: false, opensAt: "2026-11-23T21:00:00.000Z" } },
      "The write window nights is closed until 2026-11-23T21:00:00.000Z.",
    ],
    ["what was agreed", { exemption }, "It is exempt until 2026-12-24T00:00:00.000Z, for Deck 4: Old reader."],
    ["what the guard says", { baseline: bound(closed(false)) }, "The guard users-cut-off fires: The thing has users."],
    ["what was found", {}, "Found: properties.encrypted is false, expected true."],
  ])("%s", async (_what, policy, words) => {
    says = policy;
    engine.azure.put(thingId().text, thingBody(), { access: { properties: {} } });

    expect((await one()).because).toContain(words);
  });

  test("by the setting, where app settings decide", async () => {
    reference = undefined;

    expect((await one()).because).toContain("Its setting says: mode enforce.");
  });
});

test("a policy file of which no version was ever accepted decides nothing, and it is said so", async () => {
  reference = {};

  expect((await explained()).policy).toBe("A policy file is configured, and none was ever accepted.");
});

describe("what stops all writes", () => {
  test.each<[string, Partial<Explained>, string, RegExp]>([
    ["the switch", { stoppedBy: "switch" }, "stop-switch", /stop switch/],
    ["the setting", { stoppedBy: "setting", capReached: "inTotal" }, "stop-switch", /WRITES_STOPPED/],
    ["the cap of the subscription", { capReached: "perSubscription" }, "cap", /100 writes in this subscription/],
    ["the cap in total", { capReached: "inTotal" }, "cap", /1000 writes in all/],
  ])("decides where something would be written: %s", async (_what, limits, decidedBy, words) => {
    expect(await one(limits)).toMatchObject({ decidedBy, now: expect.stringMatching(words) });
    expect((await explained(limits)).writes).toMatch(words);
  });

  test("decides nothing where nothing would be written", async () => {
    says = { mode: "audit" };

    expect(await one({ stoppedBy: "switch" })).toMatchObject({ decidedBy: "default-mode" });
  });
});

test("exemptions that count for nothing are told", async () => {
  says = { passedOver: ["Exemption 1 of the policy file counts for nothing: it names no owner."] };

  expect((await one()).because).toContain("Exemption 1 of the policy file counts for nothing: it names no owner.");
});

test("the version of the policy file is told, and no age of management groups where it names none", async () => {
  expect((await explained()).policy).toBe("The policy file decides, in its version abcdef012345.");
});

test("the age of management groups is told", async () => {
  reference = { version: "abcdef0123456789", managementGroupsReadAt: engine.world.now().toISOString() };
  engine.clock.advance(600);

  expect((await explained()).policy).toMatch(/version abcdef012345\..*10 minutes ago/);
});

test("nothing is written", async () => {
  await explained();

  expect(engine.azure.writes).toEqual([]);
});
