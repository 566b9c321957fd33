import { describe, expect, it } from "vitest";
import type { BaselineStanding } from "../../../emulator/demo/service-log.ts";
import { judgmentInWords } from "../../../emulator/demo/tell.ts";

function standing(outcome: string, patches: BaselineStanding["patches"] = []): BaselineStanding {
  return { baseline: "sql/transparent-data-encryption", outcome, reason: "Its reason.", patches, explanations: [] };
}

describe("a judgment in words", () => {
  it("tells the change of a fix", () => {
    const judged = [standing("remediated", [{ properties: { state: "Enabled" } }])];

    expect(judgmentInWords(judged, 1230, "online")).toEqual([
      { outcome: "remediated", text: "fixed in 1.23 s, and proven: encryption on" },
    ]);
  });

  it("tells what Azure shows where a later look proved the fix", () => {
    expect(judgmentInWords([standing("remediated")], 1230, "tunnel connected")).toEqual([
      { outcome: "remediated", text: "fixed in 1.23 s, and proven: tunnel connected" },
    ]);
  });

  it("tells what was put back, and that a person is waited for", () => {
    expect(judgmentInWords([standing("reverted")], 6230, "Azure's default policies, tunnel connected")).toEqual([
      {
        outcome: "reverted",
        text: "did not come up again, so the old value was put back after 6.23 s: Azure's default policies, tunnel connected. A person has to settle it",
      },
    ]);
  });

  it.each([
    ["skipped-paused", "left asleep: Its reason."],
    ["unsupported", "left alone: Its reason."],
  ])("says why it did nothing: %s", (outcome, text) => {
    expect(judgmentInWords([standing(outcome)], 0)).toEqual([{ outcome, text }]);
  });
});
