import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../arm/json.ts";
import type { HostLogEntry } from "../functions-host/index.ts";

/** How one baseline of a resource stands, as the service tells in its log and over HTTP. */
export interface BaselineStanding {
  baseline: string;
  outcome: string;
  reason: string;
  /** What a person can do. */
  advice?: string;
  mayBreak?: string;
  /** Azure's code, where Azure refused. */
  azureCode?: string;
  /** The patches that were made, or that are proposed. */
  patches: Json[];
  /** What was found: in the service's words, or the value that was seen and the one that was expected. */
  findings: { path: string; explanation: string }[];
}

/** What a line of the service's log tells, as far as the demo shows it. */
export type Told =
  | { kind: "taken"; resourceId: string; eventId: string; changedBy: string }
  | { kind: "ignored"; resourceId: string; reason: string }
  | { kind: "judged"; resourceId: string; outcome: string; standings: BaselineStanding[] }
  | { kind: "trouble"; text: string };

/** Reads a line of the function app's log; undefined for what the demo does not show. */
export function readLogLine(entry: HostLogEntry): Told | undefined {
  const line = parsed(entry.message);
  if (entry.source !== "app" || !line) {
    return entry.level === "error" ? { kind: "trouble", text: entry.message } : undefined;
  }
  const resourceId = textAt(line, "resourceId") ?? "";
  switch (line.message) {
    case "event taken":
      return { kind: "taken", resourceId, ...causeIn(line) };
    case "nothing to look at":
      return { kind: "ignored", resourceId, reason: textAt(line, "reason") ?? "" };
    case "judged":
      return { kind: "judged", resourceId, outcome: textAt(line, "outcome") ?? "", standings: standingsIn(line) };
    default:
      return entry.level === "error" ? { kind: "trouble", text: entry.message } : undefined;
  }
}

/** The standings in anything that has `results`: a line of the log, a journal entry, an answer of the HTTP API. */
export function standingsIn(holder: JsonObject): BaselineStanding[] {
  const { results = [] } = holder;
  return Array.isArray(results) ? results.filter(isJsonObject).map(standingIn) : [];
}

function causeIn(line: JsonObject): { eventId: string; changedBy: string } {
  const cause = objectAt(line, "cause");
  return { eventId: textAt(cause, "eventId") ?? "", changedBy: textAt(cause, "changedBy") ?? "" };
}

function standingIn(result: JsonObject): BaselineStanding {
  const [advice, mayBreak] = [textAt(result, "advice"), textAt(result, "mayBreak")];
  const azureCode = textAt(objectAt(result, "azure"), "code");
  return {
    baseline: textAt(result, "baseline") ?? "",
    outcome: textAt(result, "outcome") ?? "",
    reason: textAt(result, "reason") ?? "",
    patches: objectsAt(result, "changes").flatMap(({ patch }) => (patch === undefined ? [] : [patch])),
    findings: objectsAt(result, "findings").map(findingIn),
    ...(advice === undefined ? {} : { advice }),
    ...(mayBreak === undefined ? {} : { mayBreak }),
    ...(azureCode === undefined ? {} : { azureCode }),
  };
}

function findingIn(finding: JsonObject): BaselineStanding["findings"][number] {
  const path = textAt(finding, "path") ?? "";
  const { actual = null } = finding;
  const seen = typeof actual === "object" ? JSON.stringify(actual) : String(actual);
  const values = `${path.split(".").at(-1)} was ${seen}, expected ${textAt(finding, "expected") ?? ""}.`;
  return { path, explanation: textAt(finding, "explanation") ?? values };
}

function objectsAt(parent: JsonObject, name: string): JsonObject[] {
  const value = parent[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function parsed(message: string): JsonObject | undefined {
  try {
    const line: Json = JSON.parse(message);
    return isJsonObject(line) ? line : undefined;
  } catch {
    return undefined;
  }
}
