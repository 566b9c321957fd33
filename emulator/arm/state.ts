import type { Clock } from "../clock.ts";
import type { DenyAssignment } from "./checks/access.ts";
import type { DenyPolicy } from "./checks/policies.ts";
import type { Throttle } from "./checks/throttling.ts";
import type { Happening } from "./events.ts";
import type { Caller } from "./message.ts";
import type { Operations } from "./operations.ts";
import type { IndexedResourceGraph } from "./resource-graph/index.ts";
import type { ResourceStore } from "./store.ts";

/** What can be changed while the emulator runs. */
export interface ArmSwitches {
  /** Refuse what exceeds Azure's documented limits. */
  throttling: boolean;
  /** Refuse what no role assignment allows. */
  roleAssignments: boolean;
}

export interface Subscription {
  subscriptionId: string;
  displayName: string;
  managementGroup?: string;
}

/** All that the handling of a request reads and changes. */
export interface ArmState {
  clock: Clock;
  tenantId: string;
  subscriptions: readonly Subscription[];
  authenticate(bearerToken: string): Caller | undefined;
  switches: ArmSwitches;
  resources: ResourceStore;
  operations: Operations;
  throttle: Throttle;
  raise(happening: Happening): void;
  denyPolicies: DenyPolicy[];
  denyAssignments: DenyAssignment[];
  resourceGraph: IndexedResourceGraph;
}

/** The subscription with this id, compared without case. */
export function findSubscription(state: ArmState, subscriptionId: string): Subscription | undefined {
  const asked = subscriptionId.toLowerCase();
  return state.subscriptions.find((each) => each.subscriptionId.toLowerCase() === asked);
}

/** Which management group holds a subscription. */
export function managementGroupOf(state: ArmState): (subscriptionId: string) => string | undefined {
  return (subscriptionId) => findSubscription(state, subscriptionId)?.managementGroup;
}
