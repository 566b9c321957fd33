import { gatewayError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../json.ts";
import type { Caller } from "../message.ts";
import { isAtOrBelow, nameOf } from "../resource-id.ts";
import type { ResourceStore, StoredResource } from "../store.ts";
import { assignmentScope, roleAssignmentType } from "../types/authorization/role-assignment.ts";
import { findRole } from "../types/authorization/role-definition.ts";

/** A deny assignment, as managed resource groups carry them; nobody can make one through ARM. */
export interface DenyAssignment {
  scope: string;
  /** Actions, with wildcards. */
  actions: readonly string[];
  name?: string;
}

/** The ids of the management groups above a scope; assignments may hang there. */
export type GroupsAbove = (scope: string) => readonly string[];

/**
 * The role assignment that lets the caller do `action` at `scope`, as an event's evidence; throws 403
 * AuthorizationFailed (wording recorded in errors) where there is none.
 */
export function checkRoles(
  store: ResourceStore,
  groupsAbove: GroupsAbove,
  caller: Caller,
  action: string,
  scope: string,
): JsonObject {
  const assignment = grantingAssignment(store, groupsAbove, caller, action, scope);
  if (!assignment) {
    throw gatewayError(
      403,
      "AuthorizationFailed",
      `${client(caller)} does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  }
  const { roleDefinitionId = "", principalId = "", principalType = "" } = objectAt(assignment.body, "properties");
  return {
    role: textAt(objectAt(findRole(store, String(roleDefinitionId)), "properties"), "roleName") ?? "",
    roleAssignmentScope: assignmentScope(assignment),
    roleAssignmentId: nameOf(assignment.id),
    roleDefinitionId: nameOf(String(roleDefinitionId)),
    principalId,
    principalType,
  };
}

/** Whether a role assignment lets the caller do `action` at `scope`. */
export function isAllowed(
  store: ResourceStore,
  groupsAbove: GroupsAbove,
  caller: Caller,
  action: string,
  scope: string,
): boolean {
  return grantingAssignment(store, groupsAbove, caller, action, scope) !== undefined;
}

/** Throws 403 DenyAssignmentAuthorizationFailed where a deny assignment names the action. */
export function checkDenyAssignments(
  denials: readonly DenyAssignment[],
  caller: Caller,
  action: string,
  scope: string,
): void {
  const denial = denials.find(({ scope: at, actions }) => isAtOrBelow(scope, at) && matchesAny(action, actions));
  if (!denial) return;
  const name = denial.name ?? "System deny assignment created by managed application";
  throw gatewayError(
    403,
    "DenyAssignmentAuthorizationFailed",
    `${client(caller)} has permission to perform action '${action}' on scope '${scope}'; however, the access is denied because of the deny assignment with name '${name}' and Id '${denial.scope}/providers/Microsoft.Authorization/denyAssignments/d0000000-0000-4000-8000-000000000001' at scope '${denial.scope}'.`,
  );
}

function grantingAssignment(
  store: ResourceStore,
  groupsAbove: GroupsAbove,
  caller: Caller,
  action: string,
  scope: string,
): StoredResource | undefined {
  const above = new Set(groupsAbove(scope).map((id) => id.toLowerCase()));
  return store.ofType(roleAssignmentType).find((assignment) => {
    const properties = objectAt(assignment.body, "properties");
    if (textAt(properties, "principalId")?.toLowerCase() !== caller.objectId.toLowerCase()) return false;
    const at = assignmentScope(assignment);
    if (!isAtOrBelow(scope, at) && !above.has(at.toLowerCase())) return false;
    return grants(findRole(store, textAt(properties, "roleDefinitionId") ?? ""), action);
  });
}

/** A role grants what one of its permissions lists in actions and not in notActions. */
function grants(role: JsonObject | undefined, action: string): boolean {
  const { permissions = [] } = objectAt(role, "properties");
  if (!Array.isArray(permissions)) return false;
  return permissions
    .filter(isJsonObject)
    .some(
      ({ actions = [], notActions = [] }) =>
        matchesAny(action, texts(actions)) && !matchesAny(action, texts(notActions)),
    );
}

function matchesAny(action: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const expression = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${expression.join(".*")}$`, "i").test(action);
  });
}

function texts(value: Json): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function client(caller: Caller): string {
  return `The client '${caller.name ?? caller.applicationId ?? caller.objectId}' with object id '${caller.objectId}'`;
}
