import { describe, expect, it } from "vitest";
import type { BaselineStanding } from "../../../emulator/demo/service-log.ts";
import { judgmentInWords, reasons } from "../../../emulator/demo/tell.ts";

function standing(outcome: string, patches: BaselineStanding["patches"] = []): BaselineStanding {
  return { baseline: "sql/transparent-data-encryption", outcome, reason: "Its reason.", patches, findings: [] };
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

  it.each([
    ["skipped-paused", "left asleep: Its reason."],
    ["unsupported", "left alone: Its reason."],
  ])("says why it did nothing: %s", (outcome, text) => {
    expect(judgmentInWords([standing(outcome)], 0)).toEqual([{ outcome, text }]);
  });
});

describe("why a resource stands as it does", () => {
  it("names the first that was found before it was fixed, and counts the other properties", () => {
    const found = (path: string, explanation: string): BaselineStanding => ({
      ...standing("remediated"),
      findings: [{ path, explanation }],
    });
    const fixed = [found("https", "HTTP is on."), found("https", "SAS work over HTTP."), found("tls", "TLS is old.")];

    expect(reasons(fixed)).toBe("HTTP is on. 1 more property fell short. Its reason.");
  });

  it("leaves out what was found where nothing was fixed", () => {
    const waiting = { ...standing("awaiting-approval"), findings: [{ path: "https", explanation: "HTTP is on." }] };

    expect(reasons([waiting])).toBe("Its reason.");
  });
});
