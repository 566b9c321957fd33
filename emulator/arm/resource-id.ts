/** An ARM path, taken apart. Names keep the casing of the request; all comparisons go without case. */
export interface ResourcePath {
  text: string;
  subscriptionId?: string;
  resourceGroup?: string;
  /** What stands before the last `/providers/`: the resource that an extension resource hangs on; empty for the tenant. */
  scope: string;
  /** E.g. Microsoft.Storage. Resource groups belong to Microsoft.Resources. */
  namespace?: string;
  /** The type's segments without the namespace, e.g. [storageAccounts, fileServices]. */
  types: string[];
  names: string[];
  /** The last segment where it names a collection or an action instead of a resource, e.g. listKeys. */
  trailing?: string;
}

/** Takes apart the path of a URL, without its query. Gives undefined for a path that no ARM resource has. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const text = path.replace(/\/+$/, "");
  const segments = text.split("/").slice(1).map(decodeSegment);
  if (segments.some((segment) => segment === "")) return undefined;
  const lower = segments.map((segment) => segment.toLowerCase());
  const last = lower.lastIndexOf("providers");
  const subscriptionId = lower[0] === "subscriptions" ? segments[1] : undefined;
  const resourceGroup = subscriptionId && lower[2] === "resourcegroups" ? segments[3] : undefined;
  const base = { text, ...(subscriptionId && { subscriptionId }), ...(resourceGroup && { resourceGroup }) };
  if (last >= 0) return { ...base, ...providerPart(segments, last) };
  if (lower[2] !== "resourcegroups" || segments.length > 4 || !subscriptionId) return undefined;
  const names = segments.length === 4 ? [subscriptionId, segments[3] ?? ""] : [subscriptionId];
  return {
    ...base,
    scope: "",
    namespace: "Microsoft.Resources",
    types: ["subscriptions", "resourceGroups"].slice(0, names.length),
    names,
    ...(names.length === 1 && { trailing: "resourceGroups" }),
  };
}

function providerPart(segments: string[], last: number) {
  const [namespace, ...rest] = segments.slice(last + 1);
  const types = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  const trailing = types.length > names.length ? types.pop() : undefined;
  const scope = last === 0 ? "" : `/${segments.slice(0, last).join("/")}`;
  return { scope, types, names, ...(namespace && { namespace }), ...(trailing && { trailing }) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The full type of a resource path, in the request's casing, e.g. Microsoft.Storage/storageAccounts. */
export function typeOf(path: ResourcePath): string {
  return [path.namespace ?? "", ...path.types].join("/");
}

/** True when `id` is `scope` itself or lies below it. The empty scope is the tenant. */
export function isAtOrBelow(id: string, scope: string): boolean {
  const [low, top] = [id.toLowerCase(), scope.toLowerCase().replace(/\/+$/, "")];
  return low === top || low.startsWith(`${top}/`);
}

/** The id without its last type and name: the parent of a nested resource. */
export function parentId(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}

/** The last name of an id. */
export function nameOf(id: string): string {
  return id.split("/").at(-1) ?? "";
}
