import type { ResourceId } from "../resources/resource-id.ts";

/** A subscription, or one resource group of it, in which Guard may read and write. */
export interface Scope {
  subscriptionId: string;
  /** Lower-cased; absent for the whole subscription. */
  resourceGroup?: string;
}

const scopePattern =
  /^\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/resourceGroups\/([\p{L}\p{N}_().-]{1,90}))?\/?$/iu;

/** Reads a scope such as `/subscriptions/GUID` or `/subscriptions/GUID/resourceGroups/NAME`; nothing where it is none. */
export function parseScope(text: string): Scope | undefined {
  const match = scopePattern.exec(text.trim());
  if (!match?.[1]) return undefined;
  const scope = { subscriptionId: match[1].toLowerCase() };
  return match[2] ? { ...scope, resourceGroup: match[2].toLowerCase() } : scope;
}

/** Whether a resource lies in one of the scopes. */
export function isInScope(id: Pick<ResourceId, "subscriptionId" | "resourceGroup">, scopes: readonly Scope[]): boolean {
  return scopes.some(
    (scope) =>
      scope.subscriptionId === id.subscriptionId.toLowerCase() &&
      (scope.resourceGroup === undefined || scope.resourceGroup === id.resourceGroup.toLowerCase()),
  );
}

/** The first of the scopes that a resource lies in. */
export function scopeOf(
  id: Pick<ResourceId, "subscriptionId" | "resourceGroup">,
  scopes: readonly Scope[],
): Scope | undefined {
  return scopes.find((scope) => isInScope(id, [scope]));
}

/** A scope as it is written in settings. */
export function scopeText({ subscriptionId, resourceGroup }: Scope): string {
  return `/subscriptions/${subscriptionId}${resourceGroup === undefined ? "" : `/resourceGroups/${resourceGroup}`}`;
}
