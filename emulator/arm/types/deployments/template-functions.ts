import type { Json, JsonObject } from "../../json.ts";
import type { PlanContext } from "../../resource-type.ts";
import { TemplateFunctionError, type TemplateFunctions } from "./expression.ts";
import { findKey } from "./template-parameters.ts";

/** The functions that need nothing of the template itself. */
export function scopeFunctions(context: PlanContext): TemplateFunctions {
  const group = groupOf(context);
  const [, , subscriptionId = "", , groupName = ""] = group.split("/");
  const { tenantId, store } = context;
  return {
    concat,
    resourceId: (...parts) => resourceId(group, parts),
    resourceGroup: () => store.get(group)?.body ?? { id: group, name: groupName },
    subscription: () => ({ id: `/subscriptions/${subscriptionId}`, subscriptionId, tenantId }),
  };
}

/** The id of the group that is deployed to, in ARM's own casing of its segments. */
export function groupOf({ id }: PlanContext): string {
  const [, , subscriptionId = "", , groupName = ""] = id.split("/");
  return `/subscriptions/${subscriptionId}/resourceGroups/${groupName}`;
}

/** A function that gives the member of this name, as `parameters` and `variables` do. */
export function lookUp(kind: string, values: JsonObject): (name: Json) => Json {
  return (name) => {
    const key = findKey(values, String(name));
    const value = key === undefined ? undefined : values[key];
    if (value !== undefined) return value;
    throw new TemplateFunctionError(`The template ${kind} '${String(name)}' is not found.`);
  };
}

/** The id of a resource in a group, from its full type and its names. */
export function idOf(group: string, type: string, names: readonly string[]): string | undefined {
  const [namespace, ...types] = type.split("/");
  if (types.length === 0 || types.length !== names.length || names.includes("")) return undefined;
  return `${group}/providers/${namespace}/${types.map((each, index) => `${each}/${names[index]}`).join("/")}`;
}

function concat(...parts: Json[]): Json {
  if (parts.every(Array.isArray)) return parts.flat();
  if (parts.every((part) => typeof part !== "object")) return parts.map(String).join("");
  throw new TemplateFunctionError("concat takes texts, or arrays.");
}

/** `resourceId([subscriptionId], [group], type, name, ...)`: the type is the first part with a slash. */
function resourceId(group: string, parts: Json[]): string {
  const texts = parts.map(String);
  const at = texts.findIndex((text) => text.includes("/"));
  const before = texts.slice(0, Math.max(at, 0));
  const [, , subscriptionId, , groupName] = group.split("/");
  const [otherGroup = groupName, otherSubscription = subscriptionId] = [...before].reverse();
  const scope = `/subscriptions/${otherSubscription}/resourceGroups/${otherGroup}`;
  const id = at >= 0 && at <= 2 ? idOf(scope, texts[at] ?? "", texts.slice(at + 1)) : undefined;
  if (id) return id;
  throw new TemplateFunctionError(`resourceId(${texts.join(", ")}) is not a type with a name for each of its parts.`);
}
