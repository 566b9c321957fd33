import { randomUUID } from "node:crypto";
import type { Arm } from "../../emulator/arm/index.ts";
import { readProvider } from "../../shared/baselines/baseline.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { connectionPermissions } from "../../shared/sweep/connections.ts";
import { subscriptionPermissions } from "../../shared/sweep/resource-graph.ts";

/** Everything that the baselines say they need, and nothing else. */
export const guardActions = [
  ...new Set(baselines.flatMap(({ readPermissions, fixPermissions }) => [...readPermissions, ...fixPermissions])),
];

/** Gives somebody a role at a scope, and Azure's time to know it: none. */
export function assign(arm: Arm, scope: string, principalId: string, actions: readonly string[]): void {
  const isGroup = scope.startsWith("/providers/Microsoft.Management/");
  const top = isGroup ? scope : scope.split("/").slice(0, 3).join("/");
  const role = `${top}/providers/Microsoft.Authorization/roleDefinitions/${randomUUID()}`;
  const permissions = [{ actions: [...actions], notActions: [] }];
  arm.seed(role, { properties: { roleName: role, assignableScopes: [top], permissions } });
  const assignment = `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`;
  arm.seed(assignment, { properties: { roleDefinitionId: role, principalId, scope } });
}

/** Lets the service see which management groups a subscription is in. */
export function assignGuardToSubscription(arm: Arm, subscription: string, principalId: string): void {
  assign(arm, subscription, principalId, [...subscriptionPermissions, ...connectionPermissions]);
}

/** Gives the service exactly the permissions that its baselines name: at the scope, and on its subscription what is asked for there. */
export function assignGuard(arm: Arm, scope: string, principalId: string): void {
  assign(arm, scope, principalId, guardActions);
  assign(arm, scope.split("/").slice(0, 3).join("/"), principalId, [readProvider]);
}
