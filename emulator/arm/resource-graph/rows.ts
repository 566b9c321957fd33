import { isAllowed } from "../checks/access.ts";
import { type Json, type JsonObject, withoutPath } from "../json.ts";
import type { Caller } from "../message.ts";
import { findType } from "../registry.ts";
import { parseResourcePath } from "../resource-id.ts";
import type { ArmState } from "../state.ts";
import type { StoredResource } from "../store.ts";

/**
 * The resources that the caller may read, as rows of the `resources` table.
 * @param subscriptionIds in lower case; all subscriptions where undefined
 */
export function visibleRows(
  state: ArmState,
  caller: Caller,
  subscriptionIds: ReadonlySet<string> | undefined,
): JsonObject[] {
  const { omitProperties } = state.resourceGraph;
  const tracked = new Map<string, boolean>();
  return state.resourceGraph
    .resources()
    .filter((resource) => isTracked(resource, tracked) && isAsked(resource, subscriptionIds))
    .filter(
      ({ id, type }) =>
        !state.switches.roleAssignments ||
        isAllowed(state.resources, state.managementGroups.above, caller, `${type}/read`, id),
    )
    .map((resource) => state.resourceGraph.rowOf(resource, () => row(state.tenantId, resource)))
    .map((whole) => omitProperties.reduce(withoutPath, whole));
}

/** Of many resources each type is looked up once. */
function isTracked({ type }: StoredResource, known: Map<string, boolean>): boolean {
  const tracked = known.get(type) ?? findType(type)?.tracked ?? false;
  known.set(type, tracked);
  return tracked;
}

function isAsked({ id }: StoredResource, subscriptionIds: ReadonlySet<string> | undefined): boolean {
  return subscriptionIds?.has(id.split("/", 3)[2]?.toLowerCase() ?? "") ?? true;
}

/** Types and groups are in lower case in the index. */
function row(tenantId: string, { id, type, body }: StoredResource): JsonObject {
  const path = parseResourcePath(id);
  const column = (name: string): Json => body[name] ?? null;
  return {
    id,
    name: column("name"),
    type: type.toLowerCase(),
    tenantId,
    kind: body.kind ?? "",
    location: column("location"),
    resourceGroup: path?.resourceGroup?.toLowerCase() ?? "",
    subscriptionId: path?.subscriptionId ?? "",
    managedBy: body.managedBy ?? "",
    sku: column("sku"),
    plan: null,
    properties: column("properties"),
    tags: column("tags"),
    identity: column("identity"),
    zones: null,
    extendedLocation: null,
  };
}
