import { checkRoles } from "./checks/access.ts";
import { gatewayError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import type { Answer, ArmRequest, Caller } from "./message.ts";
import type { ArmState, Subscription } from "./state.ts";

/** A management group that lies in another one. One that nobody lists lies in the tenant's root group. */
export interface ManagementGroup {
  name: string;
  parent: string;
}

/** Which management groups hold what: names are compared without case. */
export interface ManagementGroups {
  /** The names of the groups that hold a subscription, the nearest first, but for the tenant's root group. */
  of(subscriptionId: string): string[];
  /** The ids of the groups that hold what a scope names, or that it lies in: assignments may hang there. The root group is one. */
  above(scope: string): string[];
  /** What is in a group, at any depth; undefined where there is no such group. */
  in(
    name: string,
  ): { groups: ManagementGroup[]; subscriptions: { subscription: Subscription; parent: string }[] } | undefined;
  /** Puts a subscription into another group. */
  move(subscriptionId: string, name: string): void;
}

const prefix = "/providers/Microsoft.Management/managementGroups/";

/** The groups that subscriptions name, and those that these lie in. The root group bears the tenant's id (docs: "What are management groups?"). */
export function createManagementGroups(
  tenantId: string,
  subscriptions: readonly Subscription[],
  groups: readonly ManagementGroup[],
): ManagementGroups {
  const holders = new Map(subscriptions.map((each) => [each.subscriptionId.toLowerCase(), each.managementGroup]));

  function withAncestors(name: string | undefined): string[] {
    if (name === undefined) return [];
    return [name, ...withAncestors(groups.find((each) => isSame(each.name, name))?.parent)];
  }

  function of(subscriptionId: string): string[] {
    return withAncestors(holders.get(subscriptionId.toLowerCase()));
  }

  return {
    of,
    above(scope) {
      const subscriptionId = /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1];
      const group = /^\/providers\/microsoft\.management\/managementgroups\/([^/]+)/i.exec(scope)?.[1];
      const names = subscriptionId === undefined ? withAncestors(group) : of(subscriptionId);
      return subscriptionId === undefined && group === undefined
        ? []
        : [...names, tenantId].map((name) => prefix + name);
    },
    in(name) {
      const isRoot = isSame(name, tenantId);
      const holds = (names: readonly string[]) => isRoot || names.some((each) => isSame(each, name));
      const below = groups.filter(({ parent }) => holds(withAncestors(parent)));
      const held = subscriptions.flatMap((subscription) => {
        const [parent = tenantId, ...others] = of(subscription.subscriptionId);
        return holds([parent, ...others]) ? [{ subscription, parent }] : [];
      });
      const isNamed = [...holders.values(), ...groups.flatMap((each) => [each.name, each.parent])].some(
        (each) => each !== undefined && isSame(each, name),
      );
      return isRoot || isNamed ? { groups: below, subscriptions: held } : undefined;
    },
    move(subscriptionId, name) {
      holders.set(subscriptionId.toLowerCase(), name);
    },
  };
}

/** GET of a management group's descendants: the groups and subscriptions in it, at any depth. Undefined for any other request. */
export function answerManagementGroup(state: ArmState, request: ArmRequest, caller: Caller): Answer | undefined {
  const [, asked] =
    /^\/providers\/microsoft\.management\/managementgroups\/([^/]+)\/descendants$/i.exec(request.path) ?? [];
  if (request.method !== "GET" || asked === undefined) return undefined;
  if (state.switches.roleAssignments) {
    const action = "Microsoft.Management/managementGroups/descendants/read";
    checkRoles(state.resources, state.managementGroups.above, caller, action, prefix + asked);
  }
  const found = state.managementGroups.in(asked);
  if (!found) throw gatewayError(404, "NotFound", `'${asked}' not found`);
  const groups = found.groups.map(({ name, parent }) =>
    descendant(prefix + name, "Microsoft.Management/managementGroups", name, name, parent),
  );
  const subscriptions = found.subscriptions.map(({ subscription: { subscriptionId, displayName }, parent }) =>
    descendant(`/subscriptions/${subscriptionId}`, "/subscriptions", subscriptionId, displayName, parent),
  );
  return { status: 200, body: { value: [...groups, ...subscriptions] } };
}

function descendant(id: string, type: string, name: string, displayName: string, parent: string): JsonObject {
  return { id, type, name, properties: { displayName, parent: { id: prefix + parent } } };
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
