import { isDeepStrictEqual } from "node:util";
import type { BoundBaseline, Change, RegisteredBaseline, Resource } from "../../../shared/baselines/baseline.ts";
import { isJsonObject, type Json, mergePatch } from "../../../shared/json.ts";

/** A baseline with these parameters, which must fit; every default where none are given. */
export function bound(baseline: RegisteredBaseline, parameters: unknown = {}): BoundBaseline {
  const binding = baseline.bind(parameters);
  if (!binding.ok) throw binding.error;
  return binding.baseline;
}

/** The resource after changes were written to it and to its parts. */
export function applied(resource: Resource, changes: Change[]): Resource {
  return changes.reduce(appliedOne, resource);
}

function appliedOne(resource: Resource, { part, patch }: Change): Resource {
  if (part !== "") {
    return { ...resource, parts: { ...resource.parts, [part]: mergePatch(resource.parts[part], patch) } };
  }
  const body = mergePatch(resource.body, patch);
  if (!isJsonObject(body)) throw new Error("an object patch gives an object");
  return { ...resource, body };
}

/** The paths at which two states of a resource differ, as a baseline owns them: `properties.x`, `fileServices/properties.x`. */
export function differingPaths(before: Resource, after: Resource): string[] {
  const parts = new Set([...Object.keys(before.parts), ...Object.keys(after.parts)]);
  return [
    ...differences(before.body, after.body, ""),
    ...[...parts].flatMap((part) =>
      differences(before.parts[part], after.parts[part], "").map((path) => `${part}/${path}`),
    ),
  ];
}

/** Where an object came to stand in for something else, its leaves alone count: it is what belongs there. */
function differences(before: Json | undefined, after: Json | undefined, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isJsonObject(after)) return [path];
  const former = isJsonObject(before) ? before : {};
  const names = new Set([...Object.keys(former), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(former[name], after[name], path === "" ? name : `${path}.${name}`));
}
