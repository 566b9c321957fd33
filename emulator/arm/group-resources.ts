import { isAllowed } from "./checks/access.ts";
import { resourceGroupNotFound } from "./errors.ts";
import { pick } from "./json.ts";
import type { Answer, ArmRequest, Caller } from "./message.ts";
import { isAtOrBelow } from "./resource-id.ts";
import type { ArmState } from "./state.ts";
import { resourceTypes } from "./types/index.ts";

/** GET of `/subscriptions/ID/resourceGroups/NAME/resources`: what is in a group, as far as the caller may read it. Undefined for any other request. */
export function answerGroupResources(state: ArmState, request: ArmRequest, caller: Caller): Answer | undefined {
  const [, group] = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/resources$/i.exec(request.path) ?? [];
  if (request.method !== "GET" || group === undefined) return undefined;
  if (!state.resources.get(group)) throw resourceGroupNotFound(group.split("/").at(-1) ?? "");
  const isVisible = (type: string, id: string) =>
    !state.switches.roleAssignments ||
    isAllowed(state.resources, state.managementGroups.above, caller, `${type}/read`, id);
  const value = resourceTypes
    .filter(({ tracked }) => tracked)
    .flatMap(({ name }) => state.resources.ofType(name))
    .filter(({ id, type }) => isAtOrBelow(id, group) && isVisible(type, id))
    .map(({ body }) => pick(body, ["id", "name", "type", "location", "tags", "kind", "sku", "identity"]));
  return { status: 200, body: { value } };
}
