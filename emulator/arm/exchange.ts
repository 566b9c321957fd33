import { checkDenyAssignments, checkRoles } from "./checks/access.ts";
import { invalidContent, resourceGroupNotFound, resourceNotFound } from "./errors.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { type ArmRequest, azureTime, type Caller } from "./message.ts";
import { findType } from "./registry.ts";
import { nameOf, parentId, parseResourcePath, type ResourcePath, typeOf } from "./resource-id.ts";
import type { PlanContext, ResourceType } from "./resource-type.ts";
import type { ArmState } from "./state.ts";
import type { StoredResource } from "./store.ts";
import { resourceGroupType } from "./types/resources/resource-group.ts";

/** One request on its way through the checks. */
export interface Exchange {
  request: ArmRequest;
  caller: Caller;
  path: ResourcePath;
  apiVersion: string;
}

/** Checks roles (where enforced) and deny assignments; gives the assignment that allows it, for the event. */
export function authorize(
  state: ArmState,
  { caller }: Exchange,
  action: string,
  scope: string,
): JsonObject | undefined {
  const evidence = state.switches.roleAssignments
    ? checkRoles(state.resources, state.managementGroups.above, caller, action, scope)
    : undefined;
  checkDenyAssignments(state.denyAssignments, caller, action, scope);
  return evidence;
}

/** What a type's functions get to work with, for the resource `id`. */
export function planContext(
  state: ArmState,
  exchange: Pick<Exchange, "request" | "apiVersion"> & { caller?: Caller },
  id: string,
): PlanContext {
  const { request, apiVersion, caller } = exchange;
  const parent = findResource(state, exchange, parentId(id));
  return {
    id,
    name: nameOf(id),
    ...(parent && { parent }),
    apiVersion,
    body: request.method === "GET" || request.method === "DELETE" ? {} : readBody(request),
    query: request.query,
    request,
    ...(caller && { caller }),
    now: azureTime(state.clock.now()),
    tenantId: state.tenantId,
    store: state.resources,
    groupsAbove: state.managementGroups.above,
    switches: state.switches,
    durationScale: state.durationScale,
    peers: state.peers,
  };
}

/** The resource, stored or there with its parent. */
export function findResource(
  state: ArmState,
  exchange: Pick<Exchange, "request" | "apiVersion"> & { caller?: Caller },
  id: string,
): StoredResource | undefined {
  const stored = state.resources.get(id);
  if (stored) return stored;
  const path = parseResourcePath(id);
  const type = path && findType(typeOf(path));
  return type?.implicit?.(planContext(state, exchange, id));
}

/** The resource, or the error that says which of the group, its parents and itself is missing. */
export function requireResource(
  state: ArmState,
  exchange: Exchange,
  type: ResourceType,
  id = exchange.path.text,
): StoredResource {
  const { path } = exchange;
  const group = path.resourceGroup;
  if (group && !state.resources.get(`/subscriptions/${path.subscriptionId}/resourceGroups/${group}`)) {
    throw resourceGroupNotFound(group);
  }
  const found = findResource(state, exchange, id);
  if (found) return found;
  if (type.name === resourceGroupType) throw resourceGroupNotFound(nameOf(id));
  if (path.types.length > 1) requireAncestor(state, exchange, id);
  throw type.notFound?.(planContext(state, exchange, id)) ?? notFound(id, group ?? "");
}

/** The first missing ancestor is what ARM names. */
function requireAncestor(state: ArmState, exchange: Exchange, id: string): void {
  const parent = parentId(id);
  const path = parseResourcePath(parent);
  if (!path || path.types.length === 0) return;
  if (path.types.length > 1) requireAncestor(state, exchange, parent);
  if (!findResource(state, exchange, parent)) throw notFound(parent, exchange.path.resourceGroup ?? "");
}

function notFound(id: string, group: string) {
  const typeAndNames = id.slice(id.toLowerCase().lastIndexOf("/providers/") + "/providers/".length);
  return resourceNotFound(typeAndNames, group);
}

/** The request's JSON object, {} for an empty body. Throws InvalidRequestContent for anything else. */
export function readBody(request: ArmRequest): JsonObject {
  if (request.body.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(request.body);
  } catch (error) {
    throw invalidContent(error instanceof Error ? error.message : "not JSON");
  }
  if (!isJsonObject(parsed)) throw invalidContent("Error converting value to a JSON object. Path ''.");
  return parsed;
}
