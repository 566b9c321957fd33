import type { ComplianceControls } from "../../shared/baselines/baseline.ts";
import { jsonLines } from "../check/outputs.ts";
import { stateWords, tellPolicy } from "../check/tell-table.ts";
import { csvLines } from "./csv.ts";
import { type JournalStanding, tellStanding } from "./journal-standing.ts";
import type { ReportLine } from "./report.ts";

/** A report, whole. */
export interface Report {
  scope: string;
  /** ISO 8601. */
  at: string;
  /** Whether the service was asked since when things stand so, and for exemptions. */
  serviceAsked: boolean;
  journal: JournalStanding;
  lines: ReportLine[];
}

/** The forms in which a report can be printed. */
export const reportFormats = ["table", "csv", "json"] as const;

/** A report as lines, in one of its forms. */
export function tellReport(report: Report, format: (typeof reportFormats)[number]): string[] {
  if (format === "json") return jsonLines(report);
  return format === "csv" ? asCsv(report) : asTable(report);
}

/** The frameworks by their names, in the order of the columns. */
const frameworks: readonly [keyof ComplianceControls, string][] = [
  ["azurePolicy", "Azure Policy"],
  ["microsoftCloudSecurityBenchmark", "Microsoft cloud security benchmark"],
  ["cis", "CIS Microsoft Azure Foundations"],
  ["nist80053r5", "NIST SP 800-53 R5"],
  ["pciDss4", "PCI DSS 4"],
  ["iso27001", "ISO 27001"],
];

function asCsv({ at, journal, lines }: Report): string[] {
  const header = ["resource", "type", "baseline", "title", "state", "since", "why", "exempt until", "exemption owner"];
  const more = ["exemption reason", "mode", "rule", ...frameworks.map(([, name]) => name), "reported at", "journal"];
  const rows = lines.map(
    ({ resource, type, baseline, title, state, since = "", why, exemption, controls, ...word }) => [
      ...[resource, type, baseline, title, state, since, why],
      ...[exemption?.until ?? "", exemption?.owner ?? "", exemption?.reason ?? ""],
      ...[word.mode ?? "", word.rule ?? ""],
      ...frameworks.map(([framework]) => controls[framework].join("; ")),
      ...[at, tellStanding(journal)],
    ],
  );
  return csvLines([[...header, ...more], ...rows]);
}

function asTable({ scope, at, serviceAsked, journal, lines }: Report): string[] {
  const resources = groupedBy(lines, "resource");
  return [
    `Report of ${scope} at ${at}`,
    `Journal: ${tellStanding(journal)}`,
    ...(serviceAsked ? [] : ["No service was asked: since when, and exemptions, are not known."]),
    ...[...resources].flatMap(([resource, own]) => ["", resource, ...own.flatMap(tellLine)]),
    "",
    ...tellSums(lines),
  ];
}

function tellLine({ baseline, state, since, why, exemption, controls, mode, ...word }: ReportLine): string[] {
  const named = frameworks.flatMap(([framework, name]) =>
    controls[framework].length === 0 ? [] : [`${name} ${controls[framework].join(", ")}`],
  );
  const more = [
    ...(why === "" ? [] : [why]),
    ...(exemption ? [`Exempt until ${exemption.until}, ${exemption.owner}: ${exemption.reason}`] : []),
    ...(named.length === 0 ? [] : [named.join("; ")]),
  ];
  const when = since === undefined ? "" : `, since ${since}`;
  return [
    `  ${stateWords[state].padEnd(13)}  ${baseline}${tellPolicy(mode && { mode, ...word })}${when}`,
    ...more.map((line) => `${" ".repeat(17)}${line}`),
  ];
}

function tellSums(lines: readonly ReportLine[]): string[] {
  const baselines = groupedBy(lines, "baseline");
  const width = Math.max(0, ...[...baselines.keys()].map(({ length }) => length));
  return [...baselines].map(([baseline, own]) => {
    const compliant = own.filter(({ state }) => state === "compliant").length;
    const exempt = own.filter(({ state, exemption }) => state === "not-compliant" && exemption).length;
    const more = exempt === 0 ? "" : `, ${exempt} exempt`;
    return `${baseline.padEnd(width)}  ${compliant} of ${own.length} compliant${more}`;
  });
}

function groupedBy(lines: readonly ReportLine[], name: "resource" | "baseline"): Map<string, ReportLine[]> {
  const groups = new Map<string, ReportLine[]>();
  for (const line of lines) {
    const group = groups.get(line[name]);
    if (group) group.push(line);
    else groups.set(line[name], [line]);
  }
  return groups;
}
