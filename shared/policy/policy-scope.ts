import { isJsonObject } from "../json.ts";
import type { PolicyScope } from "./policy-schema.ts";
import type { PolicySubject } from "./resource-policy.ts";

/** Whether a scope is about a resource; nothing where that can't be told, since its management groups are not known. */
export type Match = boolean | undefined;

/**
 * Holds a resource against a scope: all that the scope names must match. Case counts in the value of a tag alone, as in Azure. Pure.
 * @param managementGroups the names of all that the subscription is in; undefined where they can't be read.
 */
export function matches(
  scope: PolicyScope | undefined,
  { id, tags }: Pick<PolicySubject, "id" | "tags">,
  managementGroups: readonly string[] | undefined,
): Match {
  if (!scope) return true;
  const key = id.toLowerCase();
  const [, , subscription, , resourceGroup] = key.split("/");
  const { managementGroup, tag, glob, resource } = scope;
  if (!isSame(scope.subscription, subscription) || !isSame(scope.resourceGroup, resourceGroup)) return false;
  if (resource !== undefined && !`${key}/`.startsWith(`${resource.toLowerCase()}/`)) return false;
  if (tag !== undefined && !hasTag(tags, tag)) return false;
  if (glob !== undefined && !globPattern(glob).test(key)) return false;
  if (managementGroup === undefined) return true;
  return managementGroups?.some((name) => isSame(managementGroup, name.toLowerCase()));
}

function isSame(wanted: string | undefined, lowered: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === lowered;
}

function hasTag(tags: PolicySubject["tags"], { name, value }: { name: string; value: string }): boolean {
  if (!isJsonObject(tags)) return false;
  return Object.entries(tags).some(([key, given]) => key.toLowerCase() === name.toLowerCase() && given === value);
}

const patterns = new Map<string, RegExp>();

/** `*` is anything but a slash, `**` anything, `?` one character but a slash. */
function globPattern(glob: string): RegExp {
  const known = patterns.get(glob);
  if (known) return known;
  const parts = glob.toLowerCase().split(/(\*+|\?)/);
  const source = parts.map((part) => wildcards[part] ?? (part.startsWith("**") ? ".*" : escaped(part))).join("");
  const pattern = new RegExp(`^${source}$`, "su");
  patterns.set(glob, pattern);
  return pattern;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

const wildcards: Record<string, string> = { "*": "[^/]*", "?": "[^/]", "": "" };
