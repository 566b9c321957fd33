import type { BoundBaseline, Change, Finding, Resource } from "../baselines/baseline.ts";
import type { BaselineResult, PropertyValue } from "../journal/journal.ts";
import { isJsonObject, type Json, type JsonObject, mergePatch, valueAt } from "../json.ts";
import { type BaselinePolicy, concerns } from "../policy/resource-policy.ts";

/** How a resource stands against one baseline, and what the policy says of that. */
export interface Evaluation extends BaselinePolicy {
  /** Why the fix does not apply, where it does not. */
  unsupported?: string;
  findings: Finding[];
}

/** Holds a resource against every baseline of its type. Pure. */
export function evaluate(resource: Resource, policies: readonly BaselinePolicy[]): Evaluation[] {
  return policies.map((policy) => {
    const unsupported = policy.baseline.unsupported?.(resource);
    if (unsupported !== undefined) return { ...policy, unsupported, findings: [] };
    return { ...policy, findings: policy.baseline.check(resource) };
  });
}

/**
 * The baselines that concern a resource type, for what hangs on no parameter: their ids, parts, operations and owned properties. What holds
 * for one resource, its mode and parameters, is the policy's to say. Pure.
 */
export function baselinesFor(type: string, { baselines }: KnownBaselines): BoundBaseline[] {
  return baselines.map(({ baseline }) => baseline).filter((baseline) => concerns(baseline, type));
}

/** The baselines of the service, as its settings have them. */
interface KnownBaselines {
  baselines: readonly { baseline: BoundBaseline }[];
}

/** The parts that checks need on every look. Pure. */
export function partsForChecks(baselines: readonly BoundBaseline[]): string[] {
  return [...new Set(baselines.flatMap(({ parts }) => parts))];
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
  return valueAt(resource.parts[path.slice(0, slash)], path.slice(slash + 1)) ?? null;
}

/** What a baseline comes to, with what was found. Pure. */
export function draftResult(
  evaluation: Evaluation,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { ...resultFor(evaluation.baseline.id, result), findings: evaluation.findings, ...ruleOf(evaluation) };
}

/** The rule that decided about a baseline, for its result. Pure. */
export function ruleOf({ rule }: Pick<BaselinePolicy, "rule">): Pick<BaselineResult, "rule"> {
  return rule === undefined ? {} : { rule };
}

/** What a baseline comes to of which nothing was found, or read. Pure. */
export function resultFor(
  baseline: string,
  result: Pick<BaselineResult, "outcome" | "reason"> & Partial<BaselineResult>,
): BaselineResult {
  return { findings: [], changes: [], ...result, baseline };
}

/** The resource as a change leaves it. Pure. */
export function changedResource(resource: Resource, { part, patch }: Change): Resource {
  const after = mergePatch(part === "" ? resource.body : resource.parts[part], patch);
  if (part !== "") return { ...resource, parts: { ...resource.parts, [part]: after } };
  return { ...resource, body: isJsonObject(after) ? after : {} };
}
