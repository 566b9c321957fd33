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

const breaker = { ...base, kind: "breaker", baseline: "storage/minimum-tls" };
const call = {
  ...base,
  kind: "call",
  resourceId: "/api/remediations/r/undo",
  route: "POST /api/remediations/{id}/undo",
};
const policy = { version: "aaaaaaaaaaaaaaaa" };

test.each([
  [
    "an approval with the role of who gave it",
    { ...approval, decision: "approved", askedAs: "Approver" },
    ["a person (Approver) approved the fix"],
  ],
  ["a rejection", { ...approval, decision: "rejected" }, ["a person rejected the fix for storage/minimum-tls"]],
  [
    "an exemption with the role of who granted it",
    { ...exemption, event: "granted", by: "a person", askedAs: "Approver" },
    ["a person (Approver) granted exemption e"],
  ],
  [
    "a breaker that opened",
    { ...breaker, became: "open", changedBy: ["one", "another"] },
    ["The breaker of storage/minimum-tls opened: it was set back by one, another."],
  ],
  [
    "a breaker that was closed",
    {
      ...breaker,
      became: "closed",
      changedBy: [],
      askedBy: "a person",
      askedAs: "Operator",
      reason: "Talked to them.",
    },
    ["a person (Operator) closed the breaker of storage/minimum-tls: Talked to them."],
  ],
  [
    "a change that raised no event",
    { ...base, kind: "missed-event", baselines: ["storage/minimum-tls"], seenAt: "2026-11-23T07:50:00.000Z" },
    ["Changed without an event, seen at 2026-11-23T07:50:00.000Z: storage/minimum-tls."],
  ],
  [
    "our identity used by somebody else",
    { ...base, kind: "foreign-use", identity: "i-1", causes: [{ via: "event", changedBy: "i-1" }] },
    ["This service's identity i-1 made a change that is not this service's."],
  ],
  [
    "a call by a person",
    { ...call, caller: "c-1", callerKind: "person", roles: ["Reader", "Approver"] },
    ["The person c-1 (Reader, Approver) called POST /api/remediations/r/undo."],
  ],
  [
    "a refused call by a service principal",
    { ...call, caller: "c-2", callerKind: "service principal", roles: [], refused: "role-missing" },
    ["The service principal c-2 (no role) called POST /api/remediations/r/undo, refused: role-missing."],
  ],
  [
    "a call by who has the key",
    { ...call, caller: "function key", callerKind: "function key", roles: ["Reader"] },
    ["Z  function key (Reader) called POST"],
  ],
  [
    "the stop switch",
    { ...base, kind: "switch", stopped: true, by: "a person", roles: ["Operator"], reason: "Harbour drill." },
    ["a person (Operator) stopped all writes: Harbour drill."],
  ],
  [
    "what a sweep found before the first write",
    {
      ...base,
      kind: "summary",
      resources: 3,
      findings: [{ baseline: "storage/minimum-tls", mode: "enforce", resources: 2 }],
    },
    ["of 3 resources:", "storage/minimum-tls (enforce): 2 fall short"],
  ],
  [
    "a write, with what decided and who led to it",
    {
      ...base,
      kind: "intent",
      remediationId: "r",
      baselines: ["storage/minimum-tls"],
      before: [{ path: "properties.minimumTlsVersion", value: "TLS1_0" }],
      after: [{ path: "properties.minimumTlsVersion", value: "TLS1_2" }],
      causes: [{ via: "event", operation: "Microsoft.Storage/storageAccounts/write", changedBy: "a person" }],
      policy: { ...policy, managementGroupsReadAt: "2026-11-23T07:59:00.000Z" },
    },
    [
      "properties.minimumTlsVersion: TLS1_0 becomes TLS1_2",
      "Because of Microsoft.Storage/storageAccounts/write by a person.",
      "Decided by the policy file's version aaaaaaaaaaaa, by management groups read at 2026-11-23T07:59:00.000Z.",
    ],
  ],
  [
    "a look while no policy file was ever good",
    { ...base, kind: "check", outcome: "compliant", dryRun: false, results: [], causes: [], policy: {} },
    ["Looked at: compliant.", "No policy file was ever accepted."],
  ],
  [
    "who led to a fix that waits",
    {
      ...base,
      kind: "remediation",
      remediationId: "r",
      outcome: "awaiting-approval",
      results: [],
      causes: [{ via: "undo", askedBy: "a person", askedAs: "Approver", undoes: "q", reason: "No charts." }],
    },
    ["Remediation r: awaiting-approval.", "Because a person (Approver) undid remediation q: No charts."],
  ],
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
