import { isAllowed } from "./checks/access.ts";
import { checkLocks } from "./checks/locks.ts";
import { takeFromStorage } from "./checks/storage-limits.ts";
import { methodNotAllowed, resourceGroupNotFound } from "./errors.ts";
import { authorize, type Exchange, findResource, planContext, readBody, requireResource } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { Answer } from "./message.ts";
import { findProviderAction, findType, requireType } from "./registry.ts";
import { isAtOrBelow, parentId, typeOf } from "./resource-id.ts";
import type { LongOperation, ResourceAction, ResourceType } from "./resource-type.ts";
import type { ArmState } from "./state.ts";
import type { StoredResource } from "./store.ts";
import { putAfterFailure, putChanges, remove, touchParent, write } from "./writes.ts";

/** Answers a request for a resource, a collection or an action. Throws ArmError where ARM or the provider refuses. */
export function answerResource(state: ArmState, exchange: Exchange): Answer {
  const { path, request, apiVersion } = exchange;
  if (path.trailing && path.types.length === 0 && request.method === "POST") {
    const action = findProviderAction(path.namespace ?? "", path.trailing);
    if (action) {
      authorize(state, exchange, action.permission, scopeOfCollection(exchange));
      return action.perform(planContext(state, exchange, path.text));
    }
  }
  if (request.method === "POST" || isReadAction(exchange)) return act(state, exchange);
  if (path.trailing) {
    if (request.method !== "GET") throw methodNotAllowed(request.method);
    return list(state, exchange, requireType(`${typeOf(path)}/${path.trailing}`, apiVersion));
  }
  const type = requireType(typeOf(path), apiVersion);
  if (request.method === "GET" || request.method === "HEAD") return read(state, exchange, type);
  if (request.method === "PUT" || request.method === "PATCH") return write(state, exchange, type);
  if (request.method === "DELETE") return remove(state, exchange, type);
  throw methodNotAllowed(request.method);
}

function read(state: ArmState, exchange: Exchange, type: ResourceType): Answer {
  const { path, request } = exchange;
  authorize(state, exchange, `${type.name}/read`, path.text);
  takeFromStorage(state, exchange, "read");
  const resource = requireResource(state, exchange, type);
  if (request.method === "HEAD") return { status: 204 };
  touchParent(state, type, parentId(path.text));
  const context = planContext(state, exchange, path.text);
  const answer = json(type, type.read?.(resource, context) ?? resource.body);
  return { ...answer, headers: { ...answer.headers, ...type.readHeaders?.(resource, context) } };
}

function list(state: ArmState, exchange: Exchange, type: ResourceType): Answer {
  const { path } = exchange;
  const scope = scopeOfCollection(exchange);
  checkGroup(state, exchange);
  takeFromStorage(state, exchange, "list");
  const context = planContext(state, exchange, path.text);
  if (path.types.length > 0 && type.level !== "subscription") requireParent(state, exchange, scope);
  const found =
    type.list?.(scope, context) ?? state.resources.ofType(type.name).filter(({ id }) => isAtOrBelow(id, scope));
  const visible = readable(state, exchange, type, scope, found);
  touchParent(state, type, scope);
  const value = visible.map((each) => (type.readInList ?? type.read)?.(each, context) ?? each.body);
  const answer = page(exchange, value);
  return path.resourceGroup ? json(type, answer) : { status: 200, body: answer };
}

/**
 * Who may read the scope sees all. Of a group or subscription, who may read only some of what is in it sees these, and who may read
 * nothing is refused; what is listed below a resource is shown whole or not at all.
 */
function readable(
  state: ArmState,
  exchange: Exchange,
  type: ResourceType,
  scope: string,
  found: StoredResource[],
): StoredResource[] {
  if (!state.switches.roleAssignments) return found;
  const action = `${type.name}/read`;
  const groupsAbove = state.managementGroups.above;
  if (isAllowed(state.resources, groupsAbove, exchange.caller, action, scope)) return found;
  const isBelowResource = exchange.path.types.length > 0 && type.level !== "subscription";
  const some = isBelowResource
    ? []
    : found.filter(({ id }) => isAllowed(state.resources, groupsAbove, exchange.caller, action, id));
  if (some.length === 0) authorize(state, exchange, action, scope);
  return some;
}

/** `$maxpagesize` and `$top` cut a list into pages that `nextLink` joins. */
function page({ request }: Exchange, value: JsonObject[]): JsonObject {
  const size = Number(request.query.get("$maxpagesize") ?? request.query.get("$top") ?? Number.NaN);
  const start = Number(request.query.get("$skiptoken") ?? 0);
  if (!(size > 0)) return { value };
  const next = new URL(`${request.path}?${request.query}`, request.origin);
  next.searchParams.set("$skiptoken", String(start + size));
  const more = start + size < value.length;
  return { value: value.slice(start, start + size), ...(more && { nextLink: next.href }) };
}

/** True for a GET of what a type answers like an action, and not as a list of resources. */
function isReadAction({ path, request }: Exchange): boolean {
  const action = findType(typeOf(path))?.actions?.[path.trailing?.toLowerCase() ?? ""];
  return request.method === "GET" && action?.method === "GET";
}

function act(state: ArmState, exchange: Exchange): Answer {
  const { path, request, apiVersion, caller } = exchange;
  const type = requireType(typeOf(path), apiVersion);
  const action = type.actions?.[path.trailing?.toLowerCase() ?? ""];
  if (!action || !path.trailing || (action.method ?? "POST") !== request.method) throw methodNotAllowed(request.method);
  const id = path.text.slice(0, -(path.trailing.length + 1));
  const operationName = `${type.name}/${action.name}/action`;
  const evidence = authorize(state, exchange, operationName, id);
  if (request.method === "POST") checkLocks(state.resources, id, "write");
  takeFromStorage(state, exchange, "read");
  const resource = findResource(state, exchange, id) ?? missing(state, exchange, type, action, id);
  const plan = action.perform({ ...planContext(state, exchange, id), body: readBody(request) }, resource);
  if (plan.resource) state.resources.put(plan.resource);
  if (request.method !== "POST") return plan.answer;
  const raise = () =>
    state.raise({
      kind: "Action",
      resourceId: resource.id,
      operationName,
      subscriptionId: path.subscriptionId ?? "",
      request,
      caller,
      evidence,
      withRequest: true,
    });
  if (!plan.operation) {
    raise();
    return plan.answer;
  }
  const headers = startAction(state, exchange, plan.operation, resource.id, raise);
  return { ...plan.answer, headers: { ...plan.answer.headers, ...headers } };
}

/** Starts what goes on after the answer to an action. */
function startAction(
  state: ArmState,
  { request }: Exchange,
  operation: LongOperation,
  id: string,
  raise: () => void,
): Record<string, string> {
  const finish = () => {
    if (operation.completed && state.resources.get(id)) state.resources.put(operation.completed);
    putChanges(state, operation);
    raise();
  };
  const result = (): Answer => operation.result ?? { status: 200, body: state.resources.get(id)?.body };
  return state.operations.start(operation, request, finish, result, () => putAfterFailure(state, operation));
}

function missing(
  state: ArmState,
  exchange: Exchange,
  type: ResourceType,
  action: ResourceAction,
  id: string,
): StoredResource {
  if (!action.withoutResource) return requireResource(state, exchange, type, id);
  checkGroup(state, exchange);
  return { id, type: type.name, body: {} };
}

/** What a collection's path hangs on: the parent resource, the group, the subscription. */
function scopeOfCollection({ path }: Exchange): string {
  const withoutTrailing = path.text.slice(0, -((path.trailing?.length ?? 0) + 1));
  return path.types.length > 0 ? withoutTrailing : path.scope;
}

function requireParent(state: ArmState, exchange: Exchange, id: string): void {
  const type = requireType(typeOf(exchange.path), exchange.apiVersion);
  requireResource(state, exchange, type, id);
}

function checkGroup(state: ArmState, { path }: Exchange): void {
  if (!path.resourceGroup) return;
  const group = `/subscriptions/${path.subscriptionId}/resourceGroups/${path.resourceGroup}`;
  if (!state.resources.get(group)) throw resourceGroupNotFound(path.resourceGroup);
}

function json(type: ResourceType, body: JsonObject): Answer {
  return { status: 200, body, ...(type.contentType && { headers: { "content-type": type.contentType } }) };
}
