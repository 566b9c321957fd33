import type { RegisteredBaseline } from "../../shared/baselines/baseline.ts";
import { connectionPermissions } from "../../shared/sweep/connections.ts";
import { rolesOf } from "../infra/roles.ts";
import { code, table } from "./markdown.ts";

/** What the service's identity may do, action by action, each beside what needs it: part of docs/deployment.md. */
export function renderPermissions(baselines: readonly RegisteredBaseline[]): string {
  const { managementGroup, subscription, read, fixes } = rolesOf(baselines);
  const rows = [
    ...managementGroup.map((action) => ["read, at a management group", action, "the subscriptions that are in it"]),
    ...subscription.map((action) => ["look at the subscription", action, whoNeeds(action, baselines)]),
    ...read.map((action) => ["read", action, whoNeeds(action, baselines)]),
    ...[...fixes].flatMap(([id, actions]) => actions.map((action) => [`fix ${id}`, action, `the fix of ${code(id)}`])),
  ];
  return table(
    ["Role", "Action", "Needed for"],
    rows.map(([role = "", action = "", purpose = ""]) => [role, code(action), purpose]),
  );
}

function whoNeeds(action: string, baselines: readonly RegisteredBaseline[]): string {
  const reading = baselines.filter(({ readPermissions }) => readPermissions.includes(action)).map(({ id }) => code(id));
  if (reading.length > 0) return `reading for ${reading.join(", ")}`;
  const fixing = baselines.filter(({ fixPermissions }) => fixPermissions.includes(action)).map(({ id }) => code(id));
  if (fixing.length > 0) return `the api-versions of a provider, read before the full PUT of ${fixing.join(", ")}`;
  if (connectionPermissions.includes(action)) return "telling which subscriptions are not [connected](connect.md)";
  return "the management groups of the subscription, for rules of the [policy file](policy.md)";
}
