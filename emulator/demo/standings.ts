import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject, textAt, valueAtPath } from "../arm/json.ts";
import type { Answer, ServiceClient } from "./clients.ts";
import type { Expected } from "./scenario.ts";
import { type BaselineStanding, standingsIn } from "./service-log.ts";

/** How an account stands at the end, as the service's HTTP API tells. */
export interface AccountStanding {
  /** How each baseline ended in the account's remediations; what the dry run finds where there are none. */
  standings: BaselineStanding[];
  /** As the service names the whole. */
  outcome: string;
  /** What a dry run finds now. */
  now: BaselineStanding[];
}

/** What a dry run finds where an outcome still holds; a blocked fix would be tried again. */
const heldBy: Readonly<Record<string, readonly string[]>> = {
  remediated: ["compliant"],
  blocked: ["audit"],
};

/** Asks the service how an account stands: `GET /api/remediations`, and `POST /api/recheck` as a dry run. */
export async function accountStanding(service: ServiceClient, resourceId: string): Promise<AccountStanding> {
  const dryRun = successful(await service.post("recheck", { resourceId, dryRun: true }), resourceId);
  const now = standingsIn(dryRun);
  const list = successful(await service.get("remediations", { resourceId }), resourceId);
  const newest = objectsIn(list.remediations)[0] ?? dryRun;
  const remediations = await Promise.all(
    objectsIn(list.remediations).map((each) => service.get(`remediations/${textAt(each, "id") ?? ""}`)),
  );
  const ended = remediations.flatMap((answer) => endedIn(objectsIn(successful(answer, resourceId).journal)));
  const standings = now.map((found) => {
    const told = ended.filter(({ baseline }) => baseline === found.baseline);
    // A second look, after an event that came twice, finds compliant what the first has fixed.
    return told.find(({ outcome }) => outcome !== "compliant") ?? told[0] ?? found;
  });
  return { standings, outcome: textAt(newest, "outcome") ?? "", now };
}

/** How a remediation ended, with what was found at its start: the look that proves a long fix finds nothing any more. */
function endedIn(journal: readonly JsonObject[]): BaselineStanding[] {
  const judgments = journal.filter(({ kind }) => kind === "remediation").map(standingsIn);
  const all = judgments.flat();
  return (judgments.at(-1) ?? []).map((standing) => {
    if (standing.findings.length > 0) return standing;
    const first = all.find(({ baseline, findings }) => baseline === standing.baseline && findings.length > 0);
    return { ...standing, findings: first?.findings ?? [] };
  });
}

/**
 * Every difference between how an account stands and how it was expected to, in words; none where all is well. A baseline that is not
 * named is expected compliant. What the service says of the past must also hold in a dry run now.
 */
export function differences(resource: string, expected: Expected, { standings, now }: AccountStanding): string[] {
  const names = new Set([...Object.keys(expected), ...standings.map(({ baseline }) => baseline)]);
  return [...names].flatMap((baseline) => {
    const wanted = expected[baseline] ?? "compliant";
    const actual = outcomeOf(standings, baseline);
    if (actual !== wanted) return [`${resource}, ${baseline}: expected ${wanted}, and it is ${actual}`];
    const found = outcomeOf(now, baseline);
    if ((heldBy[wanted] ?? [wanted]).includes(found)) return [];
    return [`${resource}, ${baseline}: ${actual} as expected, but a re-check now finds it ${found}`];
  });
}

/** Every difference between what Azure shows of a resource and what it shall show, by path, in words. */
export function leftDifferences(resource: string, leaves: Readonly<Record<string, Json>>, after: JsonObject): string[] {
  return Object.entries(leaves).flatMap(([path, wanted]) => {
    const actual = valueAtPath(after, path);
    if (isDeepStrictEqual(actual, wanted)) return [];
    return [`${resource}, ${path}: expected ${JSON.stringify(wanted)}, and it is ${JSON.stringify(actual)}`];
  });
}

function outcomeOf(standings: readonly BaselineStanding[], baseline: string): string {
  return standings.find((standing) => standing.baseline === baseline)?.outcome ?? "unknown";
}

function successful({ status, body }: Answer, resourceId: string): JsonObject {
  if (status === 200) return body;
  throw new Error(`The service answered ${status} about ${resourceId}: ${JSON.stringify(body)}`);
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
