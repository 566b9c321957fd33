import type { BoundBaseline, Finding, Mode, Resource } from "../baselines/baseline.ts";
import type { BaselineResult, PropertyValue } from "../journal/journal.ts";
import { isJsonObject, type Json, type JsonObject, valueAt } from "../json.ts";
import type { Settings } from "../policy/settings.ts";

/** How a resource stands against one baseline. */
export interface Evaluation {
  baseline: BoundBaseline;
  mode: Mode;
  /** Why the fix does not apply, where it does not. */
  unsupported?: string;
  findings: Finding[];
}

/** Holds a resource against every baseline of its type. Pure. */
export function evaluate(resource: Resource, baselines: Settings["baselines"]): Evaluation[] {
  return baselines.map(({ baseline, mode }) => {
    const unsupported = baseline.unsupported?.(resource);
    if (unsupported !== undefined) return { baseline, mode, unsupported, findings: [] };
    return { baseline, mode, findings: baseline.check(resource) };
  });
}

/** The baselines that concern a resource type, with their modes. Pure. */
export function baselinesFor(type: string, settings: Settings): Settings["baselines"] {
  return settings.baselines.filter(({ baseline }) => baseline.resourceType.toLowerCase() === type.toLowerCase());
}

/** The parts that checks need on every look. Pure. */
export function partsForChecks(baselines: Settings["baselines"]): string[] {
  return [...new Set(baselines.flatMap(({ baseline }) => baseline.parts))];
}

/** The properties that a baseline owns, as they are now; null where absent. Those of parts that were not read, or do not exist, are left out. Pure. */
export function ownedValues(resource: Resource, owned: readonly string[]): PropertyValue[] {
  const seen = owned.filter((path) => !path.includes("/") || isJsonObject(resource.parts[path.split("/")[0] ?? ""]));
  return seen.map((path) => ({ path, value: propertyValue(resource, path) }));
}

/** The owned properties as one object by path, for {@link Memory.lastCompliant}. Pure. */
export function ownedProperties(resource: Resource, owned: readonly string[]): JsonObject {
  return Object.fromEntries(ownedValues(resource, owned).map(({ path, value }) => [path, value]));
}

/** The value at a finding's path, which names a part before a slash; null where absent. Pure. */
export function propertyValue(resource: Resource, path: string): Json {
  const slash = path.indexOf("/");
  if (slash < 0) return valueAt(resource.body, path) ?? null;
  const part = resource.parts[path.slice(0, slash)];
  return isJsonObject(part) ? (valueAt(part, path.slice(slash + 1)) ?? null) : null;
}

/** What a baseline comes to, with what was found. Pure. */
export function draftResult(
  evaluation: Evaluation,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { ...resultFor(evaluation.baseline.id, result), findings: evaluation.findings };
}

/** What a baseline comes to of which nothing was found, or read. Pure. */
export function resultFor(
  baseline: string,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { findings: [], changes: [], ...result, baseline };
}
