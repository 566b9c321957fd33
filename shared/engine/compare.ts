import { createHash } from "node:crypto";
import type { Resource } from "../baselines/baseline.ts";
import type { ForeignDifference } from "../journal/journal.ts";
import { isJsonObject, type Json } from "../json.ts";
import type { ForeignProperties } from "../state/resource-state.ts";

/** So many differences are told; a resource that was replaced meanwhile differs everywhere. */
const mostDifferences = 50;

/**
 * The properties of a resource and its parts as they can be shown. Numbers, booleans and null stand as they are; texts and lists by hash,
 * since their content may be anybody's secret (rule 9). Pure.
 * @param ignoredPaths paths that are left out, with all that is below them; those of parts have the part's name and a slash before them.
 */
export function foreignProperties({ body, parts }: Resource, ignoredPaths: readonly string[]): ForeignProperties {
  const all = Object.entries({ ...parts, "": body });
  return Object.fromEntries(all.map(([part, document]) => [part, shownProperties(document, part, ignoredPaths)]));
}

/**
 * Differences in properties that no baseline owns and that don't change by themselves: somebody else's change, or ours by mistake.
 * Parts that were not read both times are not compared. Pure.
 * @param before as {@link foreignProperties} gave them, with the same ignored paths.
 */
export function foreignDifferences(
  before: ForeignProperties,
  after: Resource,
  ignoredPaths: readonly string[],
): ForeignDifference[] {
  const differences: ForeignDifference[] = [];
  for (const [part, later] of Object.entries(foreignProperties(after, ignoredPaths))) {
    const earlier = before[part];
    if (earlier === undefined) continue;
    for (const path of new Set([...Object.keys(earlier), ...Object.keys(later)])) {
      const left = ownValue(earlier, path);
      const right = ownValue(later, path);
      if (left !== right)
        differences.push({ path: part === "" ? path : `${part}/${path}`, before: left, after: right });
    }
  }
  return differences.slice(0, mostDifferences);
}

function shownProperties(document: Json, part: string, ignoredPaths: readonly string[]): ForeignProperties[string] {
  const prefix = part === "" ? "" : `${part}/`;
  const ignored = new Set(ignoredPaths.flatMap((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : [])));
  const shown = new Map<string, string>();
  collect(document, "", ignored, shown);
  return Object.fromEntries(shown);
}

function collect(value: Json, path: string, ignored: ReadonlySet<string>, shown: Map<string, string>): void {
  if (ignored.has(path)) return;
  if (!isJsonObject(value)) {
    shown.set(path, shownValue(value));
    return;
  }
  for (const [name, inner] of Object.entries(value))
    collect(inner, path === "" ? name : `${path}.${name}`, ignored, shown);
}

function shownValue(value: Exclude<Json, { [name: string]: Json }>): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16)}`;
}

function ownValue(properties: ForeignProperties[string], path: string): string {
  return Object.hasOwn(properties, path) ? (properties[path] ?? "absent") : "absent";
}
