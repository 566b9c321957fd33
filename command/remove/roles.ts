import type { Arm } from "../check/arm.ts";
import { type Assignment, assignmentsAt, authorizationVersion, type Role, rolesAt } from "../check/assigned-roles.ts";
import { isAtOrBelow } from "../check/scope.ts";
import { type Deleting, deleteEach, type Left } from "./delete-each.ts";

/** Whose roles go. */
export interface Removal {
  /** The subscription or management group that they were made for, as a path. */
  scope: string;
  /** As in `azd env new NAME`. */
  environmentName: string;
  /** The object id of the deployment's identity: assignments of others are left, and stop the removal. */
  principalId: string;
}

/** What stopped a removal, as a whole or in part. */
export interface Stopped {
  /** Assignments of others, each with the name of the role. While there is one, nothing is deleted. */
  othersUse: { role: string; assignment: Assignment }[];
  left: Left[];
}

/**
 * Takes away the roles that a deployment made in a subscription, or on a management group, and its own assignments of them. Roles are known by their name, which
 * holds the environment's, and by their scope: the same environment in another subscription keeps its own. Deletes nothing where somebody
 * else was assigned one of them, and goes on where Azure refuses to delete one. Tells assignments before the roles that they use. A second
 * run finds nothing to do. Throws `azure-refused` where Azure does not show them.
 */
export async function removeRoles(arm: Arm, removal: Removal, deleting: Deleting): Promise<Stopped> {
  const { scope: top } = removal;
  const roles = (await rolesOfDeployment(arm, top, removal.environmentName)).filter((role) =>
    role.assignableScopes.every((scope) => isAtOrBelow(scope, top)),
  );
  const assignments = await assignmentsOf(arm, top, roles);
  const own = removal.principalId.toLowerCase();
  const othersUse = assignments.flatMap((assignment) => {
    const role = roles.find(({ name }) => name === assignment.role)?.roleName ?? "";
    return assignment.principalId === own ? [] : [{ role, assignment }];
  });
  if (othersUse.length > 0) return { othersUse, left: [] };
  const going = [...assignments.map(({ id }) => id), ...roles.map((role) => pathOf(role, top))];
  return { othersUse, left: await deleteEach(arm, going, authorizationVersion, deleting) };
}

/** Also those that can be assigned in a resource group alone. */
async function rolesOfDeployment(arm: Arm, top: string, environmentName: string): Promise<Role[]> {
  const prefix = `Azure Encryption Guard ${environmentName}: `.toLowerCase();
  const roles = await rolesAt(arm, top, "atScopeAndBelow()");
  return roles.filter(({ isCustom, roleName }) => isCustom && roleName.toLowerCase().startsWith(prefix));
}

async function assignmentsOf(arm: Arm, top: string, roles: readonly Role[]): Promise<Assignment[]> {
  const names = new Set(roles.map(({ name }) => name));
  return (await assignmentsAt(arm, top)).filter(({ role }) => names.has(role));
}

/** A role of a management group has an id of the tenant, where few may delete anything; it is at its scope too. */
function pathOf({ id, name }: Role, top: string): string {
  return id.toLowerCase().startsWith("/subscriptions/")
    ? id
    : `${top}/providers/Microsoft.Authorization/roleDefinitions/${name}`;
}
