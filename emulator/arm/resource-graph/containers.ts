import type { JsonObject } from "../json.ts";
import type { Caller } from "../message.ts";
import type { ArmState, Subscription } from "../state.ts";
import { visibleSubscriptions } from "../tenant.ts";

/**
 * The subscriptions that the caller may read, as rows of the `resourcecontainers` table, which has no others here.
 * @param subscriptionIds in lower case; all subscriptions where undefined
 */
export function visibleContainers(
  state: ArmState,
  caller: Caller,
  subscriptionIds: ReadonlySet<string> | undefined,
): JsonObject[] {
  return visibleSubscriptions(state, caller)
    .filter(({ subscriptionId }) => subscriptionIds?.has(subscriptionId.toLowerCase()) ?? true)
    .map((subscription) => row(state, subscription));
}

/** The chain begins with the group that holds the subscription; the root group bears the tenant's id (docs: "What are management groups?"). */
function row({ tenantId, managementGroups }: ArmState, { subscriptionId, displayName }: Subscription): JsonObject {
  const root = { name: tenantId, displayName: "Tenant Root Group" };
  const groups = managementGroups.of(subscriptionId).map((name) => ({ name, displayName: name }));
  return {
    id: `/subscriptions/${subscriptionId}`,
    name: displayName,
    type: "microsoft.resources/subscriptions",
    tenantId,
    kind: "",
    location: "",
    resourceGroup: "",
    subscriptionId,
    managedBy: "",
    sku: null,
    plan: null,
    properties: { state: "Enabled", managementGroupAncestorsChain: [...groups, root] },
    tags: null,
    identity: null,
    zones: null,
    extendedLocation: null,
  };
}
