import type { Arm } from "../check/arm.ts";
import { type Assignment, assignmentsAt, authorizationVersion, type Role, rolesAt } from "../check/assigned-roles.ts";
import { isInsightsComponent } from "../check/insights.ts";
import { isAtOrBelow } from "../check/scope.ts";
import type { Step } from "./step.ts";

/** Who the service is in Azure, and what its roles are called. */
export interface ServiceAccess {
  /** Object ids of the app's identities. */
  principalIds: readonly string[];
  /** The deployment's name, which stands in the names of its roles. Where nothing tells it, only roles go that the identity had. */
  environmentName: string | undefined;
  /** The service's own resource group: what it has there it needs while it runs. */
  ownGroup: string;
}

/**
 * Takes away what the service may do in a subscription: the assignments of its identity there, and the roles of its deployment that can be
 * assigned nowhere else. What it has in its own resource group stays, so does its right to log by an Application Insights component, and so
 * does a role that somebody else was assigned. Tells in `steps` what it did, and what stays. Throws `azure-refused`.
 */
export async function removeAccess(
  arm: Arm,
  subscriptionId: string,
  access: ServiceAccess,
  dryRun: boolean,
  steps: Step[],
): Promise<void> {
  if (access.principalIds.length === 0) {
    const why = "the app has no identity, so which are the service's is not known";
    steps.push({ what: "role assignment", name: "all", did: "stays", why });
    return;
  }
  const subscription = `/subscriptions/${subscriptionId}`;
  const [assignments, roles] = await Promise.all([
    assignmentsAt(arm, subscription),
    rolesAt(arm, subscription, "atScopeAndBelow()"),
  ]);
  const own = new Set(access.principalIds.map((id) => id.toLowerCase()));
  const held = assignments.filter(({ principalId }) => own.has(principalId));
  const isInOwnGroup = ({ scope }: Assignment) => isAtOrBelow(scope, access.ownGroup);
  const inherited = held.filter(({ scope }) => !isAtOrBelow(scope, subscription));
  const elsewhere = held.filter((each) => isAtOrBelow(each.scope, subscription) && !isInOwnGroup(each));
  // A deployment with EXISTING_INSIGHTS_ID writes its log there; no baseline looks at one.
  const logging = elsewhere.filter(({ scope }) => isInsightsComponent(scope));
  const going = elsewhere.filter((each) => !logging.includes(each));

  const remove = async (what: Step["what"], name: string, id: string) => {
    if (!dryRun) await arm.delete(`${id}?api-version=${authorizationVersion}`);
    steps.push({ what, name, did: dryRun ? "would be removed" : "removed" });
  };
  // Azure refuses to delete a role that is assigned.
  for (const each of going) await remove("role assignment", nameOf(each, roles), each.id);
  for (const each of inherited) {
    steps.push({ what: "role assignment", name: nameOf(each, roles), did: "stays", why: "it is made above" });
  }
  for (const each of logging) {
    const why = "the service may log there while it runs";
    steps.push({ what: "role assignment", name: nameOf(each, roles), did: "stays", why });
  }
  const atHome = held.filter(isInOwnGroup).length;
  if (atHome > 0) {
    const why = "in the service's own resource group, where it needs them while it runs";
    steps.push({ what: "role assignment", name: `${atHome} more`, did: "stays", why });
  }
  const gone = new Set(going.map(({ id }) => id));
  for (const role of rolesOfService(roles, held, access)) {
    const why = reasonToStay(role, subscription, assignments, gone);
    if (why === undefined) await remove("role", role.roleName, role.id);
    else steps.push({ what: "role", name: role.roleName, ...why });
  }
}

/** Named as infra/access names them. What can be assigned in the service's own group alone, such as for its journal, is left out. */
function rolesOfService(roles: readonly Role[], held: readonly Assignment[], access: ServiceAccess): Role[] {
  const { environmentName, ownGroup } = access;
  const prefix = `Azure Encryption Guard ${environmentName === undefined ? "" : `${environmentName}: `}`.toLowerCase();
  return roles.filter(
    ({ isCustom, name, roleName, assignableScopes }) =>
      isCustom &&
      roleName.toLowerCase().startsWith(prefix) &&
      (environmentName !== undefined || held.some(({ role }) => role === name)) &&
      !assignableScopes.every((scope) => isAtOrBelow(scope, ownGroup)),
  );
}

function reasonToStay(
  { name, assignableScopes }: Role,
  subscription: string,
  assignments: readonly Assignment[],
  gone: ReadonlySet<string>,
): Pick<Step, "did" | "why"> | undefined {
  const elsewhere = assignableScopes.filter((scope) => !isAtOrBelow(scope, subscription));
  if (elsewhere.length > 0) return { did: "stays", why: `it can be assigned elsewhere too: ${elsewhere.join(", ")}` };
  const others = assignments.filter(({ id, role }) => role === name && !gone.has(id));
  if (others.length === 0) return undefined;
  const who = others.map(({ principalId, scope }) => `${principalId} at ${scope}`).join(", ");
  return { did: "failed", why: `it stays: others are assigned it: ${who}` };
}

function nameOf({ role, scope }: Assignment, roles: readonly Role[]): string {
  return `${roles.find(({ name }) => name === role)?.roleName ?? role} at ${scope}`;
}
