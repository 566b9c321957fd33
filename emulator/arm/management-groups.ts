import { checkRoles } from "./checks/access.ts";
import { gatewayError } from "./errors.ts";
import type { Answer, ArmRequest, Caller } from "./message.ts";
import { type ArmState, managementGroupOf } from "./state.ts";

/** GET of a management group's descendants: here, the subscriptions in it. Undefined for any other request. */
export function answerManagementGroup(state: ArmState, request: ArmRequest, caller: Caller): Answer | undefined {
  const [, asked] =
    /^\/providers\/microsoft\.management\/managementgroups\/([^/]+)\/descendants$/i.exec(request.path) ?? [];
  if (request.method !== "GET" || asked === undefined) return undefined;
  const id = `/providers/Microsoft.Management/managementGroups/${asked}`;
  if (state.switches.roleAssignments) {
    const action = "Microsoft.Management/managementGroups/descendants/read";
    checkRoles(state.resources, managementGroupOf(state), caller, action, id);
  }
  const found = state.subscriptions.filter(
    ({ managementGroup }) => managementGroup?.toLowerCase() === asked.toLowerCase(),
  );
  if (found.length === 0) throw gatewayError(404, "NotFound", `'${asked}' not found`);
  const value = found.map(({ subscriptionId, displayName }) => ({
    id: `/subscriptions/${subscriptionId}`,
    type: "/subscriptions",
    name: subscriptionId,
    properties: { displayName, parent: { id } },
  }));
  return { status: 200, body: { value } };
}
