import type { Json, JsonObject } from "./json.ts";
import type { Answer, Caller } from "./message.ts";
import type { ResourceStore, StoredResource } from "./store.ts";

/**
 * What the engine needs to know of one resource type. A type is pure: it reads the stored state and the request, and
 * answers with a plan; checks, storing, long operations and events are the engine's. What a type leaves out, the engine
 * refuses (put, patch, delete, an action) or does plainly (read, list).
 */
export interface ResourceType {
  /** In the provider's own casing, e.g. Microsoft.Storage/storageAccounts/fileServices. */
  readonly name: string;
  /** Where it hangs: in a subscription (also: resource groups), in a group, or on any resource (locks, roles). */
  readonly level: "subscription" | "resourceGroup" | "extension";
  /** What `/providers` lists, newest first. Any well-formed date is accepted, as if all had been published. */
  readonly apiVersions: readonly string[];
  /** In Resource Graph's `resources` table. */
  readonly tracked?: boolean;
  /** Of its answers with JSON; without it, ARM's own application/json; charset=utf-8. */
  readonly contentType?: string;
  /** The error for a missing one, where it is the provider that answers and not ARM (ResourceNotFound). */
  notFound?(context: PlanContext): Error;
  /** A resource that exists with its parent, without having been created (fileServices/default). */
  implicit?(context: PlanContext): StoredResource | undefined;
  /** The body that a GET at this api-version answers. */
  read?(resource: StoredResource, context: PlanContext): JsonObject;
  /** The entries of a list below `scope`; without it, all of this type there. */
  list?(scope: string, context: PlanContext): StoredResource[];
  /** The entry of a list, where it differs from a read. */
  readInList?(resource: StoredResource, context: PlanContext): JsonObject;
  put?(context: PlanContext, existing: StoredResource | undefined): WritePlan;
  patch?(context: PlanContext, existing: StoredResource): WritePlan;
  /** Without it, a delete is refused. `deleteAtOnce` is the plain one. */
  delete?(context: PlanContext, existing: StoredResource): DeletePlan;
  /** POSTs on one resource, by lower-case name. */
  readonly actions?: Readonly<Record<string, ResourceAction>>;
  /** The resource for a test that says only what matters: the type's own defaults below `body`, nothing checked. */
  seed?(context: PlanContext): StoredResource;
}

/** What a plan is made from. */
export interface PlanContext {
  /** In the request's casing. */
  id: string;
  name: string;
  /** The resource that a nested one is part of. */
  parent?: StoredResource;
  apiVersion: string;
  body: JsonObject;
  query: URLSearchParams;
  caller?: Caller;
  /** As Azure writes it. */
  now: string;
  tenantId: string;
  store: ResourceStore;
}

export interface WritePlan {
  status: 200 | 201 | 202;
  /** Put into the store at once. */
  resource: StoredResource;
  /** Without it: the resource as read for a 200 and 201, nothing for a 202. */
  body?: Json;
  headers?: Record<string, string>;
  operation?: LongOperation;
}

export interface DeletePlan {
  status: 200 | 202 | 204;
  body?: Json;
  headers?: Record<string, string>;
  operation?: LongOperation;
  /** Put into the store until the operation ends, e.g. with provisioningState Deleting. */
  meanwhile?: StoredResource;
}

/**
 * What goes on after the answer; its event comes at its end. Paths hold `{operation}` for the operation's id.
 * Storage and resource groups have only a Location: polls answer 202 and a new Location each, then 200 and the result.
 * SQL has both; Network has only the status, while the resource itself shows Updating (recordings of each).
 */
export interface LongOperation {
  /** As recorded; the emulator's durationScale applies. */
  seconds: number;
  /** Sent as Location. */
  locationPath?: string;
  /** Sent as Azure-AsyncOperation. */
  statusPath?: string;
  /** Sent with the first answer, and with each poll while it goes on. */
  headers?: Record<string, string>;
  /** What a status tells: SQL all of it, Network the status alone. */
  statusFields?: readonly ("name" | "status" | "startTime")[];
  /** The resource at the end; left out for a delete. */
  completed?: StoredResource;
  /** The answer to the last poll of Location, where it is not the resource. */
  result?: Answer;
  /** An error at the end instead: nothing is stored, no event is raised. */
  failure?: JsonObject;
}

/** One POST on a resource. */
export interface ResourceAction {
  /** The operation that roles and events name, in the provider's casing, e.g. listKeys. */
  readonly name: string;
  /** False for an action that raises no event. */
  readonly raisesEvent?: boolean;
  /** False for an action that a ReadOnly lock does not stop. */
  perform(context: PlanContext, resource: StoredResource): ActionPlan;
}

export interface ActionPlan {
  answer: Answer;
  /** The resource afterwards, where the action changes it. */
  resource?: StoredResource;
}

/** A POST on a provider, not on a resource, e.g. checkNameAvailability. */
export interface ProviderAction {
  readonly namespace: string;
  readonly name: string;
  /** What roles must grant. */
  readonly permission: string;
  readonly apiVersions: readonly string[];
  perform(context: PlanContext): Answer;
}

/** The plain delete: gone at once. */
export function deleteAtOnce(_context: PlanContext, existing: StoredResource): DeletePlan {
  return { status: 200, body: existing.body };
}
