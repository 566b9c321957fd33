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
  [
    "a policy file that holds",
    {
      ...base,
      kind: "policy-accepted",
      policy: { version: "aaaaaaaaaaaaaaaa" },
      source: "guard.policy.yaml",
      replaces: "bbbbbbbbbbbbbbbb",
      rules: 2,
      exemptions: 1,
    },
    [
      "guard.policy.yaml holds from now on, in its version aaaaaaaaaaaa: 2 rules, 1 exemptions.",
      "replaces the version bbbb",
    ],
  ],
  [
    "a policy file that was refused",
    {
      ...base,
      kind: "policy-refused",
      source: "guard.policy.yaml",
      changedBy: "a person",
      problems: [{ line: 3, column: 7, path: "mode", found: "enforced", allowed: "audit, approve, enforce" }],
      holds: "aaaaaaaaaaaaaaaa",
    },
    [
      "guard.policy.yaml was refused, changed by a person; the version aaaaaaaaaaaa holds on.",
      "Line 3, column 7, mode: enforced; allowed is audit, approve, enforce",
    ],
  ],
  [
    "a refused file with none before it",
    { ...base, kind: "policy-refused", source: "guard.policy.yaml", problems: [] },
    ["everything is audit"],
  ],
  [
    "what a remediation was decided by",
    {
      ...base,
      kind: "remediation",
      remediationId: "r",
      outcome: "audit",
      results: [{ baseline: "b", outcome: "audit", reason: "Looked at only.", findings: [], rule: "under review" }],
      causes: [],
      policy: { version: "aaaaaaaaaaaaaaaa" },
    },
    ["By the rule under review of the policy file.", "Decided by the policy file's version aaaaaaaaaaaa."],
  ],
  ["that it ends soon", { ...exemption, event: "ending" }, ["It ends soon, on 2026-12-24T00:00:00.000Z: exemption e"]],
])("the journal tells of %s in plain words", (_what, entry, texts) => {
  const told = tellEntry(entry).join("\n");

  for (const text of texts) expect(told).toContain(text);
});
