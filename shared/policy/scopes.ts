import { CodedError } from "../errors.ts";
import type { ResourceId } from "../resources/resource-id.ts";

/** A subscription, or one resource group of it, in which Guard may read and write. */
export interface Scope {
  subscriptionId: string;
  /** Lower-cased; absent for the whole subscription. */
  resourceGroup?: string;
}

/** Every subscription in a management group, at any depth. */
export interface ManagementGroupScope {
  /** The group's id, as Azure has it in paths: no display name. */
  managementGroup: string;
}

/** A scope as it may be configured: which subscriptions a management group holds, only Azure says. */
export type ConfiguredScope = Scope | ManagementGroupScope;

/** What the configured scopes come to now. */
export interface CurrentScopes {
  /** Those that are configured, and the subscriptions of management groups. */
  scopes: readonly Scope[];
  /** Management groups of which it can't be told whether they hold more than that. */
  unsure: readonly string[];
}

/** What has a place: a resource, or a resource group. */
type Placed = Pick<ResourceId, "subscriptionId" | "resourceGroup">;

const scopePattern =
  /^\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/resourceGroups\/([\p{L}\p{N}_().-]{1,90}))?\/?$/iu;
/** Characters and length: docs, "Naming rules and restrictions for Azure resources", Microsoft.Management. */
const managementGroupPattern = /^\/providers\/Microsoft\.Management\/managementGroups\/([\w().-]{1,90})\/?$/i;

/** Reads a scope such as `/subscriptions/GUID` or `/subscriptions/GUID/resourceGroups/NAME`; nothing where it is none. */
export function parseScope(text: string): Scope | undefined {
  const match = scopePattern.exec(text.trim());
  if (!match?.[1]) return undefined;
  const scope = { subscriptionId: match[1].toLowerCase() };
  return match[2] ? { ...scope, resourceGroup: match[2].toLowerCase() } : scope;
}

/** Reads the same, or `/providers/Microsoft.Management/managementGroups/ID`; nothing where it is neither. */
export function parseConfiguredScope(text: string): ConfiguredScope | undefined {
  const managementGroup = managementGroupPattern.exec(text.trim())?.[1];
  return managementGroup === undefined ? parseScope(text) : { managementGroup };
}

/** Whether a scope is a management group. */
export function isManagementGroup(scope: ConfiguredScope): scope is ManagementGroupScope {
  return "managementGroup" in scope;
}

/** Where a resource lies; unknown where that hangs on a management group of which it can't be told now. */
export type Place = "inside" | "outside" | "unknown";

/** See {@link Place}. */
export function placeOf(id: Placed, { scopes, unsure }: CurrentScopes): Place {
  if (scopeOf(id, scopes)) return "inside";
  return unsure.length === 0 ? "outside" : "unknown";
}

/** Whether a resource lies in one of the scopes. Throws `scopes-unknown` where that can't be told now. */
export function isInScope(id: Placed, current: CurrentScopes): boolean {
  const place = placeOf(id, current);
  if (place === "unknown") throw scopesUnknown(current);
  return place === "inside";
}

/** What is thrown where a "no" would be a guess. */
export function scopesUnknown({ unsure }: Pick<CurrentScopes, "unsure">): CodedError {
  return new CodedError("scopes-unknown", `It can't be told now which subscriptions are in ${unsure.join(", ")}.`);
}

/** The first of the scopes that a resource lies in. */
export function scopeOf(id: Placed, scopes: readonly Scope[]): Scope | undefined {
  return scopes.find(
    (scope) =>
      scope.subscriptionId === id.subscriptionId.toLowerCase() &&
      (scope.resourceGroup === undefined || scope.resourceGroup === id.resourceGroup.toLowerCase()),
  );
}

/** A scope as it is written in settings. */
export function scopeText(scope: ConfiguredScope): string {
  if (isManagementGroup(scope)) return `/providers/Microsoft.Management/managementGroups/${scope.managementGroup}`;
  const { subscriptionId, resourceGroup } = scope;
  return `/subscriptions/${subscriptionId}${resourceGroup === undefined ? "" : `/resourceGroups/${resourceGroup}`}`;
}
