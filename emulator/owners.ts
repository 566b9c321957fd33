import { createHash } from "node:crypto";
import type { Arm, Subscription } from "./arm/index.ts";
import type { Principal } from "./identity/index.ts";

/** Azure's built-in roles (learn.microsoft.com/azure/role-based-access-control/built-in-roles). */
const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";

/** Makes principals owners of subscriptions and of the management groups that these are in: with roles in force, they may do everything there. */
export function makeOwners(
  arm: Pick<Arm, "seed">,
  subscriptions: readonly Subscription[],
  principals: readonly Principal[],
): void {
  assign(arm, subscriptions, principals, owner);
}

/** Shows that principals may change resources there, where no role is in force and they do it anyway. */
export function makeContributors(
  arm: Pick<Arm, "seed">,
  subscriptions: readonly Subscription[],
  principals: readonly Principal[],
): void {
  assign(arm, subscriptions, principals, contributor);
}

function assign(
  arm: Pick<Arm, "seed">,
  subscriptions: readonly Subscription[],
  principals: readonly Principal[],
  roleName: string,
): void {
  const groups = new Set(subscriptions.flatMap(({ managementGroup }) => managementGroup ?? []));
  const scopes = [
    ...subscriptions.map(({ subscriptionId }) => `/subscriptions/${subscriptionId}`),
    ...[...groups].map((name) => `/providers/Microsoft.Management/managementGroups/${name}`),
  ];
  for (const scope of scopes) {
    const role = `${scope}/providers/Microsoft.Authorization/roleDefinitions/${roleName}`;
    for (const { objectId } of principals) {
      const assignment = `${scope}/providers/Microsoft.Authorization/roleAssignments/${guidFrom(scope, objectId)}`;
      arm.seed(assignment, { properties: { roleDefinitionId: role, principalId: objectId, scope } });
    }
  }
}

/** The same for the same two texts: who lists assignments finds the same ids at each start. */
function guidFrom(...texts: string[]): string {
  const hex = createHash("sha256").update(texts.join(" ")).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}
