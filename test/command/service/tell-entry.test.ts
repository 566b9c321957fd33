import { expect, test } from "vitest";
import { tellEntry } from "../../../command/service/tell-entry.ts";

const base = { version: 1, id: "1", at: "2026-11-23T08:00:00.000Z", resourceId: "/subscriptions/s" };
const approval = {
  ...base,
  kind: "approval",
  remediationId: "r",
  baseline: "storage/minimum-tls",
  proposal: "ab",
  by: "a person",
  reason: "The fleet was told.",
};
const exemption = {
  ...base,
  kind: "exemption",
  exemptionId: "e",
  baseline: "all",
  owner: "Bridge",
  reason: "Old tablets.",
  until: "2026-12-24T00:00:00.000Z",
};

test.each([
  [
    "an approval",
    { ...approval, decision: "approved", until: "2026-11-30T08:00:00.000Z" },
    ["a person approved the fix for storage/minimum-tls: The fleet was told.", "proposal ab, until 2026-11-30"],
  ],
  ["a refused one", { ...approval, decision: "refused" }, ["a person wanted to decide", "refused"]],
  [
    "an exemption",
    { ...exemption, event: "granted", by: "a person" },
    ["a person granted exemption e from all baselines until 2026-12-24", "Owner: Bridge. Reason: Old tablets."],
  ],
  ["its early end", { ...exemption, event: "ended", by: "another" }, ["another ended exemption e"]],
  ["that it ends soon", { ...exemption, event: "ending" }, ["It ends soon, on 2026-12-24T00:00:00.000Z: exemption e"]],
])("the journal tells of %s in plain words", (_what, entry, texts) => {
  const told = tellEntry(entry).join("\n");

  for (const text of texts) expect(told).toContain(text);
});
