import { describe, expect, test } from "vitest";
import { changerAwaitedUntil, changerBehind, changersSince, withChangers } from "../../../shared/engine/changers.ts";
import { emptyState } from "../../../shared/state/resource-state.ts";

const first = new Date("2026-11-23T08:00:00.000Z");
const second = new Date("2026-11-23T09:00:00.000Z");
const event = (changedBy: string, correlationId = "") => ({ via: "event" as const, changedBy, correlationId });

describe("who changed a resource", () => {
  test("is kept each once, with when that was last looked at, newest first", () => {
    const changers = withChangers(emptyState(), [event("a"), event("b"), event("a")], first);

    expect(withChangers({ ...emptyState(), changers }, [event("b")], second)).toEqual([
      { by: "b", at: second.toISOString() },
      { by: "a", at: first.toISOString() },
    ]);
  });

  test("is not ourselves, by what our own writes raised", () => {
    const state = { ...emptyState(), ownCorrelations: ["ours"] };

    expect(withChangers(state, [event("us", "ours"), { via: "sweep" }], first)).toEqual([]);
  });

  test("is bounded, and loses the oldest first", () => {
    const causes = Array.from({ length: 60 }, (_, index) => event(String(index)));
    const changers = withChangers(emptyState(), causes, first);

    const more = withChangers({ ...emptyState(), changers }, [event("new")], second);

    expect(more).toHaveLength(50);
    expect(more[0]?.by).toBe("new");
  });
});

describe("who changed a resource since a baseline was last seen compliant", () => {
  const before = [{ by: "a", at: first.toISOString() }];
  const of = (outcome?: { outcome: "compliant" | "remediated" | "audit"; since?: Date }) => {
    const { since, ...rest } = outcome ?? {};
    const known = { outcome: "audit" as const, fingerprint: "", ...rest, ...(since && { since: since.toISOString() }) };
    const state = { ...emptyState(), changers: before, outcomes: outcome === undefined ? {} : { tls: known } };
    return changersSince(state, [event("b")], { baseline: "tls", readAt: second });
  };

  test.each([
    ["is only who leads to this look where it was compliant at the last one", of({ outcome: "compliant" }), ["b"]],
    ["is only who leads to this look where it was fixed at the last one", of({ outcome: "remediated" }), ["b"]],
    ["is everybody since it fell short", of({ outcome: "audit", since: first }), ["b", "a"]],
    ["is nobody from before that", of({ outcome: "audit", since: second }), ["b"]],
    ["is everybody where it was never seen compliant", of(), ["b", "a"]],
  ])("%s", (_what, changers, expected) => {
    expect(changers).toEqual(expected);
  });
});

describe("an event may still tell who made a change", () => {
  const found = first.toISOString();
  const until = new Date("2026-11-23T08:10:00.000Z");
  const before = new Date(until.getTime() - 1);

  test.each([
    ["for ten minutes after that was found", [], before, until],
    ["and no longer", [], until, undefined],
    ["unless one told already", ["a"], before, undefined],
  ])("%s", (_what, changers, now, expected) => {
    expect(changerAwaitedUntil(changers, found, now)).toEqual(expected);
  });
});

describe("a person is behind a change", () => {
  const teams = new Map([["pipeline", ["alex", "kim"]]]);

  test.each([
    ["that they made", ["robin", "Alex"], "alex", "Alex"],
    ["that their team's pipeline made", ["Pipeline"], "KIM", "Pipeline"],
    ["of nobody else", ["robin"], "alex", undefined],
    ["of a pipeline that others stand behind", ["pipeline"], "robin", undefined],
    ["where no person is known", ["robin"], undefined, undefined],
  ])("%s", (_which, changers, person, behind) => {
    expect(changerBehind(changers, person, teams)).toBe(behind);
  });
});
