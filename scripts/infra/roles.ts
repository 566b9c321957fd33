import { type RegisteredBaseline, readProvider } from "../../shared/baselines/baseline.ts";
import { connectionPermissions } from "../../shared/sweep/connections.ts";
import { managementGroupPermissions } from "../../shared/sweep/group-subscriptions.ts";
import { subscriptionPermissions } from "../../shared/sweep/resource-graph.ts";

/** ARM actions of the roles that the service's identity gets, without any action twice. */
export interface Roles {
  /** Assigned on a management group that is the scope, beside all others: which subscriptions are in it. */
  managementGroup: string[];
  /** Assigned on the subscription, or on the management group that is the scope, whatever the scope is: what Azure asks for there. */
  subscription: string[];
  /** Assigned on the scope: all that an audit of every baseline reads there. */
  read: string[];
  /** By the id of the baseline: assigned on the scope only where it is enforced. What has no fix has no role. */
  fixes: Map<string, string[]>;
}

/** The roles that these baselines ask for: together exactly what they name, each action in the least of them. */
export function rolesOf(baselines: readonly RegisteredBaseline[]): Roles {
  const reading = distinct(baselines.flatMap(({ readPermissions }) => readPermissions));
  const subscription = distinct([
    readProvider,
    ...subscriptionPermissions,
    ...connectionPermissions,
    ...reading.filter(isOfLocation),
  ]);
  const isElsewhere = new Set(subscription);
  const read = reading.filter((action) => !isElsewhere.has(action));
  const fixes = baselines.flatMap(({ id, fixPermissions }): [string, string[]][] => {
    const actions = distinct(fixPermissions).filter((action) => !isElsewhere.has(action));
    return actions.length === 0 ? [] : [[id, actions]];
  });
  return { managementGroup: [...managementGroupPermissions], subscription, read, fixes: new Map(fixes) };
}

/** Operations that go on are read at `/subscriptions/ID/providers/PROVIDER/locations/...`, which is in no resource group. */
function isOfLocation(action: string): boolean {
  return /^[^/]+\/locations\//.test(action);
}

function distinct(actions: readonly string[]): string[] {
  return [...new Set(actions)];
}
