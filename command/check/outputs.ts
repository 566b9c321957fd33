import { type ExitCode, exitCodes, type Output } from "../frame/output.ts";
import { sarifOf } from "./sarif.ts";
import { type Checked, countStates } from "./standing.ts";
import { tellTable } from "./tell-table.ts";

/** The forms in which a check can be printed. */
export const formats = ["table", "json", "sarif"] as const;

/** See {@link formats}. */
export type Format = (typeof formats)[number];

/** Prints what a check came to, and gives its exit code. */
export function printChecked(checked: Checked, format: Format, { out }: Output): ExitCode {
  const lines = format === "table" ? tellTable(checked.resources) : jsonLines(documentOf(checked, format));
  for (const line of lines) out(line);
  const { "not-compliant": notCompliant, unknown } = countStates(checked.resources);
  if (notCompliant > 0) return exitCodes.notCompliant;
  return unknown > 0 ? exitCodes.unknown : exitCodes.good;
}

function documentOf(checked: Checked, format: Exclude<Format, "table">): object {
  if (format === "sarif") return sarifOf(checked);
  return { resources: checked.resources, counts: countStates(checked.resources) };
}

/** A document as JSON, a line at a time. */
export function jsonLines(document: unknown): string[] {
  return JSON.stringify(document, null, 2).split("\n");
}
