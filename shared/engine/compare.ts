import { createHash } from "node:crypto";
import type { Resource } from "../baselines/baseline.ts";
import type { ForeignDifference } from "../journal/journal.ts";
import { isJsonObject, type Json } from "../json.ts";

/** So many differences are told; a resource that was replaced meanwhile differs everywhere. */
const mostDifferences = 50;

/**
 * Differences between two reads in properties that no baseline owns and that don't change by themselves: somebody else's change, or ours
 * by mistake. Pure.
 * @param ignoredPaths owned and volatile paths, those of parts with the part's name and a slash before them.
 */
export function foreignDifferences(
  before: Resource,
  after: Resource,
  ignoredPaths: readonly string[],
): ForeignDifference[] {
  const differences: ForeignDifference[] = [];
  const ignored = new Set(ignoredPaths);
  compare(before.body, after.body, "", ignored, differences);
  for (const [name, part] of Object.entries(before.parts)) {
    const later = after.parts[name];
    if (later !== undefined) compare(part, later, `${name}/`, ignored, differences);
  }
  return differences.slice(0, mostDifferences);
}

function compare(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  ignored: ReadonlySet<string>,
  differences: ForeignDifference[],
): void {
  if (ignored.has(path)) return;
  const left = propertiesOf(before, after);
  const right = propertiesOf(after, before);
  if (left && right) {
    const prefix = path === "" || path.endsWith("/") ? path : `${path}.`;
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      compare(left.get(name), right.get(name), `${prefix}${name}`, ignored, differences);
    }
    return;
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  differences.push({ path, before: shown(before), after: shown(after) });
}

/** An absent object that the other side has counts as an empty one: what is ours in it is ignored, property by property. */
function propertiesOf(value: Json | undefined, other: Json | undefined): Map<string, Json> | undefined {
  if (isJsonObject(value)) return new Map(Object.entries(value));
  const isAbsent = value === undefined && isJsonObject(other) && Object.keys(other).length > 0;
  return isAbsent ? new Map() : undefined;
}

/** Numbers, booleans and absence as they are; texts and structures by hash, since their content may be anybody's secret (rule 9). */
function shown(value: Json | undefined): string {
  if (value === undefined) return "absent";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)}`;
}
