import { describe, expect, test } from "vitest";
import type { CheckedResource, State } from "../../../command/check/standing.ts";
import { csvLines } from "../../../command/report/csv.ts";
import type { JournalStanding } from "../../../command/report/journal-standing.ts";
import { reportLines } from "../../../command/report/report.ts";
import { tellReport } from "../../../command/report/tell-report.ts";
import type { ExemptionTold, RemediationSummary } from "../../../command/service/answers.ts";
import type { Outcome } from "../../../shared/outcomes.ts";

const group = "/subscriptions/a0000000-0000-4000-8000-000000000001/resourceGroups/guests";
const id = `${group}/providers/Microsoft.Storage/storageAccounts/polaris`;
const baseline = "storage/minimum-tls";

function checked(state: State): CheckedResource {
  const actual = "TLS1_0";
  const finding = { path: "properties.minimumTlsVersion", expected: "TLS1_2 or later", actual, remedy: "fix" } as const;
  const findings = state === "not-compliant" ? [finding] : [];
  return { id, type: "Microsoft.Storage/storageAccounts", standings: [{ baseline, state, findings }] };
}

function remediation(day: number, outcome: Outcome): RemediationSummary {
  const at = `2026-11-${day}T00:00:00Z`;
  const baselines = [{ baseline, outcome, why: "So it was." }];
  return { id: `${day}`, resourceId: id, outcome, baselines, startedAt: at, updatedAt: at };
}

function exemption(scope: string, of = baseline, until = "2026-12-01T00:00:00Z"): ExemptionTold {
  return { id: "1", scope, baseline: of, owner: "Ships", reason: "Old tablets.", until };
}

function lines(state: State, remediations: RemediationSummary[] = [], exemptions: ExemptionTold[] = []) {
  return reportLines([checked(state)], { remediations: new Map([[id.toLowerCase(), remediations]]), exemptions });
}

describe("since when a baseline stands so", () => {
  test.each<[string, State, RemediationSummary[], string | undefined]>([
    [
      "is when it was remediated",
      "compliant",
      [remediation(12, "remediated"), remediation(11, "audit")],
      "2026-11-12T00:00:00Z",
    ],
    [
      "is when it was found first, of several times",
      "not-compliant",
      [remediation(12, "audit"), remediation(11, "blocked"), remediation(10, "remediated")],
      "2026-11-11T00:00:00Z",
    ],
    ["is not known where the service judged otherwise last", "compliant", [remediation(12, "audit")], undefined],
    ["is not known where the service had nothing to do", "compliant", [], undefined],
    ["is not known of what can't be judged", "unknown", [remediation(12, "audit")], undefined],
  ])("%s", (_what, state, remediations, since) => {
    expect(lines(state, remediations)[0]?.since).toBe(since);
  });
});

describe("an exemption", () => {
  test.each<[string, ExemptionTold, boolean]>([
    ["of the resource", exemption(id), true],
    ["of its group, whatever the case of letters", exemption(group.toUpperCase()), true],
    ["from all baselines", exemption(group, "all"), true],
    ["from another baseline", exemption(id, "storage/secure-transfer"), false],
    ["of a resource whose name begins alike", exemption(id.slice(0, -1)), false],
  ])("%s: %s", (_what, granted, isShown) => {
    expect(lines("not-compliant", [], [granted])[0]?.exemption !== undefined).toBe(isShown);
  });

  test("that ends last is shown, of several", () => {
    const later = exemption(group, "all", "2026-12-24T00:00:00Z");

    expect(lines("not-compliant", [], [exemption(id), later])[0]?.exemption).toMatchObject({ until: later.until });
  });
});

describe("what a policy file says", () => {
  const ofFile = { owner: "Bridge", reason: "By the file.", until: "2026-12-10T00:00:00.000Z" };

  function decreed(granted: ExemptionTold[] = []) {
    const { standings, ...resource } = checked("not-compliant");
    const policy = { mode: "approve", rule: "guests' data", exemption: ofFile } as const;
    const judged = { ...resource, standings: standings.map((each) => ({ ...each, policy })) };
    return reportLines([judged], { remediations: new Map(), exemptions: granted });
  }

  test("is reported with mode, rule and exemption, in the table and in CSV", () => {
    const journal: JournalStanding = { state: "not-known", by: "nobody", problems: [] };
    const report = { scope: group, at: ofFile.until, serviceAsked: false, journal, lines: decreed() };

    const table = tellReport(report, "table");
    expect(table).toContain("  not compliant  storage/minimum-tls (approve, rule guests' data)");
    expect(table).toContain(`                 Exempt until ${ofFile.until}, Bridge: By the file.`);
    const [header, row] = tellReport(report, "csv");
    expect(header).toContain(",exempt until,exemption owner,exemption reason,mode,rule,");
    expect(row).toContain(`,${ofFile.until},Bridge,By the file.,approve,guests' data,`);
  });

  test.each([
    ["earlier", "2026-12-01T00:00:00Z", "Bridge"],
    ["later", "2026-12-24T00:00:00Z", "Ships"],
  ])("stands beside what the service exempts %s: the one that ends last is told", (_when, until, owner) => {
    expect(decreed([exemption(id, baseline, until)])[0]?.exemption).toMatchObject({ owner });
  });
});

describe("a report", () => {
  const journal = { state: "unaltered", by: "walked", at: "2026-11-23T10:00:00Z", entries: 7, problems: [] } as const;
  const report = {
    scope: group,
    at: "2026-11-23T10:00:00Z",
    serviceAsked: true,
    journal: { ...journal, problems: [] },
    lines: lines("not-compliant", [remediation(12, "audit")], [exemption(id)]),
  };

  test("as a table tells state, since when, why, exemption, controls and the journal", () => {
    expect(tellReport(report, "table")).toEqual([
      `Report of ${group} at 2026-11-23T10:00:00Z`,
      "Journal: unaltered, 7 entries, walked by this command at 2026-11-23T10:00:00Z",
      "",
      id,
      "  not compliant  storage/minimum-tls, since 2026-11-12T00:00:00Z",
      "                 properties.minimumTlsVersion is TLS1_0, expected TLS1_2 or later",
      "                 Exempt until 2026-12-01T00:00:00Z, Ships: Old tablets.",
      expect.stringMatching(
        /^ +Azure Policy fe83a0eb-\S+; Microsoft cloud security benchmark DP-3; CIS .* 2\.0: 3\.15, 3\.0: 4\.15$/,
      ),
      "",
      "storage/minimum-tls  0 of 1 compliant, 1 exempt",
    ]);
  });

  test("as CSV has a row for each resource and baseline, all of it in columns", () => {
    const [header = "", row = "", ...more] = tellReport(report, "csv");

    expect(more).toEqual([]);
    expect(header).toMatch(/^resource,type,baseline,title,state,since,why,exempt until,.*,Azure Policy,.*,journal$/);
    expect(row).toContain(`${id},Microsoft.Storage/storageAccounts,storage/minimum-tls,`);
    expect(row).toContain('"unaltered, 7 entries, walked by this command at 2026-11-23T10:00:00Z"');
  });

  test("as JSON is all that was found out", () => {
    expect(JSON.parse(tellReport(report, "json").join("\n"))).toMatchObject({
      journal: { state: "unaltered", by: "walked" },
      lines: [{ baseline, state: "not-compliant", controls: { cis: ["2.0: 3.15", "3.0: 4.15"] } }],
    });
  });
});

test("no cell of CSV is a formula to a spreadsheet, nor breaks its row", () => {
  const row = ["=cmd|' /C calc'!A1", "+1", "-1", "@sum", 'say "hi", twice', "two\r\nlines", "plain"];

  expect(csvLines([row])).toEqual([`'=cmd|' /C calc'!A1,'+1,'-1,'@sum,"say ""hi"", twice",two lines,plain`]);
});
