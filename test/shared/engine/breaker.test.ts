import { describe, expect, test } from "vitest";
import { breakerOf, withBreakerClosed, withFix } from "../../../shared/engine/breaker.ts";
import { emptyState } from "../../../shared/state/resource-state.ts";
import { testSettings } from "../../support/engine-world.ts";

const now = new Date("2026-11-23T08:00:00Z");
const settings = testSettings({});

function minutesAgo(minutes: number): Date {
  return new Date(now.getTime() - minutes * 60_000);
}

function stateAfterFixes(...minutes: number[]) {
  return minutes.reduceRight((state, ago) => withFix(state, "a", minutesAgo(ago), `by-${ago}`), emptyState());
}

describe("a breaker", () => {
  test.each([
    [[], false],
    [[1, 2], false],
    [[1, 2, 3], true],
    [[1, 2, 60], false],
    [[1, 2, 59.9], true],
  ])("after fixes %j minutes ago is open: %s", (minutes, open) => {
    expect(breakerOf("a", stateAfterFixes(...minutes), settings, now).open).toBe(open);
  });

  test("counts the fixes of its own baseline only", () => {
    expect(breakerOf("b", stateAfterFixes(1, 2, 3), settings, now)).toMatchObject({ open: false, changedBy: [] });
  });

  test("names who set the property back, newest first, and says where that is not known", () => {
    const state = withFix(stateAfterFixes(1, 2, 3), "a", now, undefined);

    expect(breakerOf("a", state, settings, now).changedBy).toEqual(["unknown", "by-1", "by-2", "by-3"]);
  });

  test("stays open for a day, then lets one fix through, and opens again at the next", () => {
    const contested = { a: minutesAgo(24 * 60 - 1).toISOString() };
    const afterADay = { a: minutesAgo(24 * 60 + 1).toISOString() };

    expect(breakerOf("a", { ...emptyState(), contested }, settings, now)).toMatchObject({ open: true, opening: false });
    expect(breakerOf("a", { ...emptyState(), contested: afterADay }, settings, now).open).toBe(false);
    expect(breakerOf("a", { ...stateAfterFixes(1), contested: afterADay }, settings, now)).toMatchObject({
      open: true,
      opening: true,
    });
  });

  test("remembers a bounded number of fixes", () => {
    const state = Array.from({ length: 80 }).reduce<ReturnType<typeof emptyState>>(
      (before) => withFix(before, "a", now, undefined),
      emptyState(),
    );

    expect(state.fixes).toHaveLength(50);
  });

  test("goes on naming those who opened it, and nobody of before its window, of afterwards or of another baseline", () => {
    const fixes = [
      { baseline: "a", at: minutesAgo(20).toISOString(), changedBy: "later" },
      { baseline: "b", at: minutesAgo(70).toISOString(), changedBy: "elsewhere" },
      { baseline: "a", at: minutesAgo(60).toISOString(), changedBy: "at the opening" },
      { baseline: "a", at: minutesAgo(119).toISOString() },
      { baseline: "a", at: minutesAgo(120).toISOString(), changedBy: "before" },
    ];
    const state = { ...emptyState(), fixes, contested: { a: minutesAgo(60).toISOString() } };

    expect(breakerOf("a", state, settings, now).changedBy).toEqual(["at the opening", "unknown"]);
  });

  test("that a person closed counts anew, and what was counted of other baselines stays", () => {
    const contested = { a: now.toISOString(), b: now.toISOString() };
    const others = { baseline: "b", at: now.toISOString() };
    const state = { ...stateAfterFixes(1, 2, 3), contested };

    const closed = withBreakerClosed({ ...state, fixes: [others, ...state.fixes] }, "a");

    expect(closed).toEqual({ ...emptyState(), contested: { b: now.toISOString() }, fixes: [others] });
  });
});
