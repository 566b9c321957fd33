import { describe, expect, test } from "vitest";
import { isOutcome, mostSignificant, outcomeNames, outcomes } from "../../shared/outcomes.ts";

describe("outcomes", () => {
  test("are those of the design, no more and no fewer", () => {
    expect([...outcomeNames].sort()).toEqual(
      [
        ...["compliant", "remediated", "exempt", "audit", "awaiting-approval", "awaiting-window", "retrying", "capped"],
        ...[
          "skipped-paused",
          "blocked",
          "unsupported",
          "contested",
          "reverted",
          "undone",
          "gone",
          "superseded",
          "failed",
        ],
      ].sort(),
    );
  });

  test("call nothing good but compliant, remediated and exempt", () => {
    expect(outcomeNames.filter((name) => outcomes[name].end === "good")).toEqual(["remediated", "exempt", "compliant"]);
  });

  test("of several baselines are named by the most significant", () => {
    expect(mostSignificant(["compliant", "remediated", "failed", "blocked"])).toBe("failed");
    expect(mostSignificant(["compliant", "remediated"])).toBe("remediated");
    expect(mostSignificant([])).toBe("compliant");
  });

  test("are no names of Object's own", () => {
    expect(isOutcome("toString")).toBe(false);
    expect(isOutcome("compliant")).toBe(true);
  });
});
