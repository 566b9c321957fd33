import { checkLocks } from "./checks/locks.ts";
import { checkPolicies } from "./checks/policies.ts";
import { takeFromStorage } from "./checks/storage-limits.ts";
import { createContinuation } from "./continuation.ts";
import { methodNotAllowed, parentResourceNotFound, resourceGroupNotFound } from "./errors.ts";
import { authorize, type Exchange, findResource, planContext, requireResource } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import { type Answer, azureTime } from "./message.ts";
import { checkRegistered } from "./registrations.ts";
import { findType } from "./registry.ts";
import { nameOf, parentId } from "./resource-id.ts";
import type { DeletePlan, LongOperation, ResourceType, WritePlan } from "./resource-type.ts";
import type { ArmState } from "./state.ts";
import type { StoredResource } from "./store.ts";
import { lockType } from "./types/authorization/lock.ts";
import { resourceGroupType } from "./types/resources/resource-group.ts";

/**
 * PUT and PATCH: checks, the type's plan, policies, then the store and the event (at a long operation's end). `ended` is
 * called at that end, with the error where it failed; a write that is refused throws.
 */
export function write(
  state: ArmState,
  exchange: Exchange,
  type: ResourceType,
  ended: (error?: JsonObject) => void = () => undefined,
): Answer {
  const { path, request } = exchange;
  const evidence = authorize(state, exchange, `${type.name}/write`, path.text);
  checkRegistered(state, path.subscriptionId ?? "", type.name.split("/")[0] ?? "");
  checkPlace(state, exchange, type);
  if (type.name !== lockType) checkLocks(state.resources, path.text, "write");
  takeFromStorage(state, exchange, "write");
  const existing =
    request.method === "PATCH" ? requireResource(state, exchange, type) : findResource(state, exchange, path.text);
  const plan = makePlan(state, exchange, type, existing);
  const goal = plan.operation?.completed ?? plan.resource;
  checkPolicies(state.denyPolicies, goal.id, type.name, goal.body);
  for (const resource of [plan.resource, ...(plan.others ?? [])]) state.resources.put(resource);
  touchParent(state, type, parentId(goal.id));
  const raise = () => raiseEvent(state, exchange, type, "Write", goal.id, evidence, existing !== undefined);
  const read = () => ({ ...contentType(type), status: 200, body: view(state, exchange, type, goal.id) });
  if (!plan.operation) raise();
  const headers =
    plan.operation &&
    state.operations.start(
      plan.operation,
      request,
      () => {
        if (state.resources.get(goal.id)) {
          state.resources.put(goal);
          putChanges(state, plan.operation);
          raise();
        }
        ended();
      },
      () => plan.operation?.result ?? read(),
      (error) => {
        putAfterFailure(state, plan.operation);
        ended(error);
      },
    );
  if (!plan.operation) ended();
  plan.follow?.(createContinuation(state, exchange, write));
  const body = plan.body ?? (plan.status === 202 ? undefined : viewOf(state, exchange, type, plan.resource));
  return { status: plan.status, headers: { ...contentType(type).headers, ...plan.headers, ...headers }, body };
}

/** DELETE: what is not there answers 204 (recorded and documented for every type here but groups). */
export function remove(state: ArmState, exchange: Exchange, type: ResourceType): Answer {
  const { path, request } = exchange;
  const evidence = authorize(state, exchange, `${type.name}/delete`, path.text);
  checkGroup(state, exchange, type);
  if (type.name !== lockType) checkLocks(state.resources, path.text, "delete");
  takeFromStorage(state, exchange, "write");
  const context = planContext(state, exchange, path.text);
  const existing = findResource(state, exchange, path.text);
  if (!existing) return removeMissing(state, exchange, type.deleteMissing?.(context));
  if (!type.delete) throw methodNotAllowed("DELETE");
  const plan = type.delete(context, existing);
  const finish = () => {
    putChanges(state, plan.operation);
    const below = state.resources.list(existing.id).filter(({ id }) => id.toLowerCase() !== existing.id.toLowerCase());
    for (const id of [existing.id, ...(plan.others ?? [])]) state.resources.delete(id);
    for (const resource of below) {
      const its = findType(resource.type);
      if (its?.tracked) raiseEvent(state, exchange, its, "Delete", resource.id, evidence, true);
    }
    raiseEvent(state, exchange, type, "Delete", existing.id, evidence, true);
  };
  if (plan.meanwhile) state.resources.put(plan.meanwhile);
  if (!plan.operation) finish();
  const result = plan.operation?.result ?? { status: 204 };
  const headers = plan.operation && state.operations.start(plan.operation, request, finish, () => result);
  return { status: plan.status, headers: { ...plan.headers, ...headers }, body: plan.body };
}

/** Puts what a long operation has changed beside its own resource. */
export function putChanges(state: ArmState, operation: LongOperation | undefined): void {
  const now = azureTime(state.clock.now());
  for (const resource of operation?.changes?.(state.resources, now) ?? []) state.resources.put(resource);
}

/** Puts what a failed operation leaves behind. */
export function putAfterFailure(state: ArmState, operation: LongOperation | undefined): void {
  const resource = operation?.afterFailure;
  if (resource && state.resources.get(resource.id)) state.resources.put(resource);
}

/** Lets a read or a write of a nested resource do to its parent what it does in Azure; no event tells of it. */
export function touchParent(state: ArmState, type: ResourceType, id: string): void {
  const parent = type.touch && state.resources.get(id);
  const touched = parent && type.touch?.(parent, azureTime(state.clock.now()));
  if (touched) state.resources.put(touched);
}

function removeMissing(state: ArmState, { request }: Exchange, plan: DeletePlan = { status: 204 }): Answer {
  const result = plan.operation?.result ?? { status: 204 };
  const headers =
    plan.operation &&
    state.operations.start(
      plan.operation,
      request,
      () => undefined,
      () => result,
    );
  return { status: plan.status, headers: { ...plan.headers, ...headers }, body: plan.body };
}

function makePlan(
  state: ArmState,
  exchange: Exchange,
  type: ResourceType,
  existing: StoredResource | undefined,
): WritePlan {
  const context = planContext(state, exchange, existing?.id ?? exchange.path.text);
  if (exchange.request.method === "PATCH" && existing && type.patch) return type.patch(context, existing);
  if (exchange.request.method === "PUT" && type.put) return type.put(context, existing);
  throw methodNotAllowed(exchange.request.method);
}

/** The group and, for a nested resource, its parent must be there. */
function checkPlace(state: ArmState, exchange: Exchange, type: ResourceType): void {
  checkGroup(state, exchange, type);
  const { path } = exchange;
  if (path.types.length < 2 || type.level === "subscription") return;
  const parent = parentId(path.text);
  if (!findResource(state, exchange, parent)) throw parentResourceNotFound(nameOf(parent));
}

function checkGroup(state: ArmState, { path, request }: Exchange, type: ResourceType): void {
  if (!path.resourceGroup || (type.name === resourceGroupType && request.method === "PUT")) return;
  const group = `/subscriptions/${path.subscriptionId}/resourceGroups/${path.resourceGroup}`;
  if (!state.resources.get(group)) throw resourceGroupNotFound(path.resourceGroup);
}

function raiseEvent(
  state: ArmState,
  { request, caller, path }: Exchange,
  type: ResourceType,
  kind: "Write" | "Delete",
  resourceId: string,
  evidence: JsonObject | undefined,
  withRequest: boolean,
): void {
  const operationName = `${type.name}/${kind.toLowerCase()}`;
  const subscriptionId = path.subscriptionId ?? "";
  state.raise({ kind, resourceId, operationName, subscriptionId, request, caller, evidence, withRequest });
}

function view(state: ArmState, exchange: Exchange, type: ResourceType, id: string): JsonObject {
  const resource = state.resources.get(id);
  return resource ? viewOf(state, exchange, type, resource) : {};
}

function viewOf(state: ArmState, exchange: Exchange, type: ResourceType, resource: StoredResource): JsonObject {
  return type.read?.(resource, planContext(state, exchange, resource.id)) ?? resource.body;
}

function contentType(type: ResourceType): { headers: Record<string, string> } {
  return { headers: type.contentType ? { "content-type": type.contentType } : {} };
}
