import type { Clock } from "../clock.ts";
import type { DenyAssignment } from "./checks/access.ts";
import type { DenyPolicy } from "./checks/policies.ts";
import type { Throttle } from "./checks/throttling.ts";
import type { Happening } from "./events.ts";
import type { ManagementGroups } from "./management-groups.ts";
import type { Caller } from "./message.ts";
import type { LostEvent } from "./metrics.ts";
import type { Operations } from "./operations.ts";
import type { PeerRegistry } from "./peers.ts";
import type { Registrations } from "./registrations.ts";
import type { IndexedResourceGraph } from "./resource-graph/resource-index.ts";
import type { ResourceStore } from "./store.ts";

/** What can be changed while the emulator runs. */
export interface ArmSwitches {
  /** Refuse what exceeds Azure's documented limits. */
  throttling: boolean;
  /** Refuse what no role assignment allows. */
  roleAssignments: boolean;
  /**
   * What Microsoft.Network does with If-Match on gateways and connections, whose swagger has none: nobody has recorded it.
   * Honoured: 412 for another etag. Refused: 400 for any.
   */
  networkIfMatch: "ignored" | "honoured" | "refused";
  /** How a gateway that is busy, itself or by one of its connections, refuses a write: 429 (recorded) or 409. */
  networkContention: "tooManyRequests" | "conflict";
}

/** The switches as Azure is known to stand, without its limits and roles. */
export const defaultSwitches: Readonly<ArmSwitches> = {
  throttling: false,
  roleAssignments: false,
  networkIfMatch: "ignored",
  networkContention: "tooManyRequests",
};

export interface Subscription {
  subscriptionId: string;
  displayName: string;
  /** The one that it begins in; where left out, the tenant's root group. */
  managementGroup?: string;
  /** Providers that are not registered in it; all others are. */
  notRegistered?: readonly string[];
}

/** All that the handling of a request reads and changes. */
export interface ArmState {
  clock: Clock;
  tenantId: string;
  subscriptions: readonly Subscription[];
  managementGroups: ManagementGroups;
  authenticate(bearerToken: string): Caller | undefined;
  switches: ArmSwitches;
  resources: ResourceStore;
  operations: Operations;
  durationScale: number;
  peers: PeerRegistry;
  throttle: Throttle;
  registrations: Registrations;
  raise(happening: Happening): void;
  lostEvents(): readonly LostEvent[];
  denyPolicies: DenyPolicy[];
  denyAssignments: DenyAssignment[];
  resourceGraph: IndexedResourceGraph;
}

/** The subscription with this id, compared without case. */
export function findSubscription(state: ArmState, subscriptionId: string): Subscription | undefined {
  const asked = subscriptionId.toLowerCase();
  return state.subscriptions.find((each) => each.subscriptionId.toLowerCase() === asked);
}
