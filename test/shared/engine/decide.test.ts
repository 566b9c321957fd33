import { describe, expect, test } from "vitest";
import type { Guard, GuardVerdict, Mode, RegisteredBaseline } from "../../../shared/baselines/baseline.ts";
import { decide } from "../../../shared/engine/decide.ts";
import { evaluate, ownedValues, propertyValue } from "../../../shared/engine/evaluate.ts";
import type { Exemption } from "../../../shared/policy/resource-policy.ts";
import { emptyState, type ResourceState } from "../../../shared/state/resource-state.ts";
import { testSettings } from "../../support/engine-world.ts";
import { bound, closed, compliant, encryption, propertyBaseline, thing } from "../../support/things.ts";

const now = new Date("2026-11-23T08:00:00Z");

function decided(
  baseline: RegisteredBaseline,
  mode: Mode,
  { properties = {}, parts = {}, state = {}, dryRun = false, exemption }: Given = {},
) {
  const resource = thing(properties, parts);
  const settings = testSettings({});
  const agreed = exemption && { exemption: { ...agreement, ...exemption } };
  const [evaluation] = evaluate(resource, [{ baseline: bound(baseline), mode, ...agreed }]);
  if (!evaluation) throw new Error("Nothing was evaluated.");
  return decide(evaluation, resource, { settings, state: { ...emptyState(), ...state }, now, dryRun });
}

interface Given {
  properties?: Parameters<typeof thing>[0];
  parts?: Parameters<typeof thing>[1];
  state?: Partial<ResourceState>;
  dryRun?: boolean;
  exemption?: Partial<Exemption>;
}

const agreement = { owner: "the bridge", reason: "The old pumps.", until: "2026-12-23T08:00:00Z" };

const reported = propertyBaseline("alias", "alias", null, {
  check: () => [{ path: "properties.alias", expected: "none", actual: "a", remedy: "report" }],
});
const unsupported = propertyBaseline("unsupported", "encrypted", true, { unsupported: () => "It is a master." });
const withoutFix = propertyBaseline("without-fix", "encrypted", true, { fix: () => [] });
const users = { access: { properties: {} } };

function guardOf(id: string, verdict: Partial<GuardVerdict>): Guard<Record<string, never>> {
  const evaluate = () => ({ reason: "Seen so.", mayBreak: "It may.", advice: "Ask.", allowed: false, ...verdict });
  return { id, title: id, parts: [], evaluate };
}

function guarded(...verdicts: Partial<GuardVerdict>[]): RegisteredBaseline {
  const guards = verdicts.map((verdict, index) => guardOf(`guard-${index + 1}`, verdict));
  return propertyBaseline("guarded", "encrypted", true, { guards });
}

describe("a decision", () => {
  test.each<[string, () => ReturnType<typeof decided>, string, RegExp]>([
    ["nothing to fix", () => decided(encryption, "enforce", { properties: compliant }), "compliant", /Nothing/],
    ["a fix that does not apply", () => decided(unsupported, "enforce"), "unsupported", /master/],
    ["a finding that is only reported", () => decided(reported, "enforce"), "audit", /Only reported/],
    ["audit mode", () => decided(encryption, "audit"), "audit", /Audit mode/],
    ["audit mode with a guard", () => decided(closed(false), "audit", { parts: users }), "audit", /would wait.*users/],
    ["approve mode", () => decided(encryption, "approve"), "awaiting-approval", /person/],
    ["a guard", () => decided(closed(false), "enforce", { parts: users }), "awaiting-approval", /has users/],
    ["a dry run", () => decided(encryption, "enforce", { dryRun: true }), "audit", /Dry run/],
    ["a fix that is empty", () => decided(withoutFix, "enforce"), "failed", /empty/],
  ])("about %s is a result", (_case, decision, outcome, reason) => {
    expect(decision()).toMatchObject({ kind: "result", result: { outcome, reason: expect.stringMatching(reason) } });
  });

  test("to fix names the changes and what they may break", () => {
    expect(decided(encryption, "enforce")).toMatchObject({
      kind: "fix",
      changes: [{ part: "", patch: { properties: { encrypted: true } } }],
      draft: { mayBreak: encryption.mayBreak },
    });
  });

  test("to fix what a guard allows puts the safe change first", () => {
    const decision = decided(closed(true), "enforce", { parts: users });

    expect(decision).toMatchObject({ kind: "fix", changes: [{ part: "access" }, { part: "" }] });
  });

  test("gives a fix what was remembered of the last compliant state", () => {
    const before = propertyBaseline("before", "encrypted", true, {
      fix: (_resource, _parameters, { lastCompliant }) => [{ part: "", patch: { properties: lastCompliant ?? {} } }],
    });

    const decision = decided(before, "enforce", { state: { lastCompliant: { "things/before": { level: 9 } } } });

    expect(decision).toMatchObject({ changes: [{ patch: { properties: { level: 9 } } }] });
  });

  test("gives a guard what was remembered of the last compliant state, and nothing where none was", () => {
    const guarded = propertyBaseline("guarded", "encrypted", true, {
      guards: [
        {
          id: "memory",
          title: "It was otherwise before",
          parts: [],
          evaluate(_resource, _parameters, memory) {
            if (memory?.lastCompliant === undefined) return undefined;
            const reason = JSON.stringify(memory.lastCompliant);
            return { reason, mayBreak: "", advice: "", allowed: false };
          },
        },
      ],
    });

    const remembered = decided(guarded, "enforce", { state: { lastCompliant: { "things/guarded": { level: 9 } } } });

    expect(remembered).toMatchObject({ result: { outcome: "awaiting-approval", reason: '{"level":9}' } });
    expect(decided(guarded, "enforce")).toMatchObject({ kind: "fix" });
  });

  test.each([
    ["nothing to fix", () => decided(encryption, "enforce", { properties: compliant })],
    ["a fix that a guard wants left alone", () => decided(guarded({ leaveAlone: true }), "enforce")],
    ["an exemption by agreement", () => decided(encryption, "enforce", { exemption: {} })],
  ])("about %s changes nothing", (_case, decision) => {
    expect(decision()).toMatchObject({ result: { changes: [] } });
  });

  test("that asks a person names the guards that stop the fix, and none that lets it go on", () => {
    expect(decided(guarded({ allowed: true }, { allowed: false }), "enforce")).toMatchObject({
      result: { outcome: "awaiting-approval" },
      proposed: { guards: ["guard-2"] },
    });
  });

  test.each([
    ["enforce", "retrying"],
    ["approve", "awaiting-approval"],
  ] as const)("where a guard can't tell yet: in mode %s is %s", (mode, outcome) => {
    expect(decided(guarded({ askAgainSeconds: 30 }), mode)).toMatchObject({ result: { outcome } });
  });

  test.each([
    ["a file's", {}, /by the policy file, for the bridge/],
    ["a granted one", { id: "7" }, /by exemption 7, for the bridge/],
    ["another baseline's", { id: "7", sharedBy: "things/other" }, /by exemption 7 from things\/other, which/],
  ])("about %s exemption says whose it is", (_whose, exemption, reason) => {
    const decision = decided(encryption, "enforce", { exemption });

    expect(decision).toMatchObject({ result: { outcome: "exempt", reason: expect.stringMatching(reason) } });
  });

  test("is contested where the breaker is open, and says whether it opened just now", () => {
    const fixes = ["a", "b", "c"].map((changedBy) => ({ baseline: encryption.id, at: now.toISOString(), changedBy }));

    const opening = decided(encryption, "enforce", { state: { fixes } });
    const open = decided(encryption, "enforce", {
      state: { fixes, contested: { [encryption.id]: new Date(now.getTime() - 1000).toISOString() } },
    });

    expect(opening).toMatchObject({ result: { outcome: "contested" }, breakerOpens: true });
    expect(open).toMatchObject({ result: { outcome: "contested" }, breakerOpens: false });
  });

  test("in audit mode asks no breaker", () => {
    const contested = { [encryption.id]: now.toISOString() };

    expect(decided(encryption, "audit", { state: { contested } })).toMatchObject({ result: { outcome: "audit" } });
  });
});

describe("owned values", () => {
  test("are null where absent, and left out where their part was not read", () => {
    const paths = ["properties.encrypted", "properties.absent", "access/properties.explicit", "unread/properties.a"];

    expect(ownedValues(thing({}, { access: { properties: { explicit: true } } }), paths)).toEqual([
      { path: "properties.encrypted", value: false },
      { path: "properties.absent", value: null },
      { path: "access/properties.explicit", value: true },
    ]);
  });

  test("of a part that does not exist are null", () => {
    expect(propertyValue(thing({}, { access: null }), "access/properties.explicit")).toBeNull();
  });
});
