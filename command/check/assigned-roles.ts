import * as z from "zod";
import type { Arm } from "./arm.ts";

/** A role assignment, as far as the command works with it. */
export interface Assignment {
  id: string;
  principalId: string;
  /** The role's own GUID, in lower case: the same whatever scope its id names. */
  role: string;
  scope: string;
}

/** A role definition, as far as the command works with it. */
export interface Role {
  id: string;
  /** Its GUID, in lower case. */
  name: string;
  roleName: string;
  isCustom: boolean;
  assignableScopes: string[];
  permissions: { actions: string[]; notActions: string[] }[];
}

/** Stable since 2022; the one that infra/access makes roles with. */
export const authorizationVersion = "2022-04-01";

const assignmentSchema = z.object({
  id: z.string(),
  properties: z.object({ principalId: z.string(), roleDefinitionId: z.string(), scope: z.string() }),
});
const roleSchema = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    roleName: z.string(),
    type: z.string(),
    assignableScopes: z.array(z.string()),
    permissions: z.array(z.object({ actions: z.array(z.string()), notActions: z.array(z.string()).default([]) })),
  }),
});

/**
 * The assignments that hold at a scope, with those that it inherits, and unless `principalId` is given also those below it.
 * @param principalId only what this principal has at or above the scope, with what it has as the member of a group.
 */
export async function assignmentsAt(arm: Arm, scope: string, principalId?: string): Promise<Assignment[]> {
  const filter = principalId === undefined ? "" : `&$filter=${encodeURIComponent(`assignedTo('${principalId}')`)}`;
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=${authorizationVersion}${filter}`;
  return (await arm.list(path)).map((entry) => {
    const { id, properties } = assignmentSchema.parse(entry);
    return {
      id,
      principalId: properties.principalId.toLowerCase(),
      role: guidIn(properties.roleDefinitionId),
      scope: properties.scope,
    };
  });
}

/**
 * Every role that can be assigned at a scope, built-in ones too.
 * @param filter in the words of Azure's API.
 */
export async function rolesAt(arm: Arm, scope: string, filter?: "atScopeAndBelow()"): Promise<Role[]> {
  const filtered = filter === undefined ? "" : `&$filter=${filter}`;
  const path = `${scope}/providers/Microsoft.Authorization/roleDefinitions?api-version=${authorizationVersion}${filtered}`;
  return (await arm.list(path)).map((entry) => {
    const { id, name, properties } = roleSchema.parse(entry);
    const { roleName, type, assignableScopes, permissions } = properties;
    return { id, name: name.toLowerCase(), roleName, isCustom: type === "CustomRole", assignableScopes, permissions };
  });
}

/** The roles that a principal has at a scope, as {@link assignmentsHeldAt} has them. */
export async function rolesHeldAt(arm: Arm, scope: string, principalId: string): Promise<Role[]> {
  const [assignments, roles] = await Promise.all([assignmentsHeldAt(arm, scope, principalId), rolesAt(arm, scope)]);
  return roles.filter(({ name }) => assignments.some(({ role }) => role === name));
}

/** A principal's assignments that hold at a scope, inherited ones and those of its groups too; what it has only below does not count. */
export async function assignmentsHeldAt(arm: Arm, scope: string, principalId: string): Promise<Assignment[]> {
  return (await assignmentsAt(arm, scope, principalId)).filter((each) => isAtOrAbove(each.scope, scope));
}

function isAtOrAbove(assigned: string, scope: string): boolean {
  const top = assigned.replace(/\/+$/, "").toLowerCase();
  return top.includes("/managementgroups/") || `${scope.toLowerCase()}/`.startsWith(`${top}/`);
}

/** Whether a role allows an ARM action: `*` stands for any text, without case, as in Azure's own comparison. */
export function allows({ permissions }: Pick<Role, "permissions">, action: string): boolean {
  return permissions.some(
    ({ actions, notActions }) =>
      actions.some((pattern) => fits(pattern, action)) && !notActions.some((pattern) => fits(pattern, action)),
  );
}

function fits(pattern: string, action: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replaceAll(/[.\\+?^$(){}|[\]]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "i").test(action);
}

function guidIn(id: string): string {
  return (id.split("/").at(-1) ?? "").toLowerCase();
}
