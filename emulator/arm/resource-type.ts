import type { Json, JsonObject } from "./json.ts";
import type { Answer, ArmRequest, Caller } from "./message.ts";
import type { Peers } from "./peers.ts";
import type { ArmSwitches } from "./state.ts";
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
  /** Headers of a GET's answer, e.g. the etag. */
  readHeaders?(resource: StoredResource, context: PlanContext): Record<string, string>;
  /** The entries of a list below `scope`; without it, all of this type there. */
  list?(scope: string, context: PlanContext): StoredResource[];
  /** The entry of a list, where it differs from a read. */
  readInList?(resource: StoredResource, context: PlanContext): JsonObject;
  put?(context: PlanContext, existing: StoredResource | undefined): WritePlan;
  patch?(context: PlanContext, existing: StoredResource): WritePlan;
  /** Without it, a delete is refused. `deleteAtOnce` is the plain one. */
  delete?(context: PlanContext, existing: StoredResource): DeletePlan;
  /** The answer to a delete of what is not there; without it, 204. */
  deleteMissing?(context: PlanContext): DeletePlan;
  /** POSTs on one resource, and GETs of what is no resource (`/sharedkey`), by lower-case name. */
  readonly actions?: Readonly<Record<string, ResourceAction>>;
  /** What a read or a write of it does to the resource that it is part of: reading a database's TDE wakes the database. */
  touch?(parent: StoredResource, now: string): StoredResource | undefined;
  /** What becomes of the stored resource by itself as time passes. */
  timer?(resource: StoredResource): Timer | undefined;
  /**
   * The resource for a test that says only what matters: the type's own defaults below `body`, nothing checked; with
   * it what comes into being together with it.
   */
  seed?(context: PlanContext): StoredResource | StoredResource[];
}

/** A change that nobody asks for, unless the resource is put again before it is due. */
export interface Timer {
  /** From when it counts. */
  since: string;
  seconds: number;
  /** True where the emulator's durationScale applies. */
  scaled: boolean;
  change(now: string): StoredResource;
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
  request: ArmRequest;
  caller?: Caller;
  /** As Azure writes it. */
  now: string;
  tenantId: string;
  store: ResourceStore;
  /** The ids of the management groups above a scope. */
  groupsAbove(scope: string): readonly string[];
  switches: Readonly<ArmSwitches>;
  /** What long operations' recorded seconds are multiplied by. */
  durationScale: number;
  /** What stands at the far end of connections. */
  peers: Peers;
}

export interface WritePlan {
  status: 200 | 201 | 202;
  /** Put into the store at once. */
  resource: StoredResource;
  /** Resources below it that the same request made, put into the store with it. */
  others?: readonly StoredResource[];
  /** Without it: the resource as read for a 200 and 201, nothing for a 202. */
  body?: Json;
  headers?: Record<string, string>;
  operation?: LongOperation;
  /** Runs once all that is stored and the answer is made: what a template deployment does. */
  follow?(continuation: Continuation): void;
}

/** What goes on for the same caller after a write was accepted. */
export interface Continuation {
  /**
   * Puts a resource by way of all that a PUT of it meets: checks, its long operation, its event. `ended` is called once,
   * with the error where there was one.
   */
  put(write: { id: string; apiVersion: string; body: JsonObject }, ended: (error?: JsonObject) => void): void;
  /** What a GET of it would answer now. */
  read(id: string, apiVersion: string): JsonObject | undefined;
  /** Stores a resource without a check or an event. */
  store(resource: StoredResource): void;
  /** Calls back after that many seconds, scaled; at once where that is none. */
  after(seconds: number, callback: () => void): void;
  /** The time, as Azure writes it. */
  now(): string;
}

export interface DeletePlan {
  status: 200 | 202 | 204;
  body?: Json;
  headers?: Record<string, string>;
  operation?: LongOperation;
  /** Put into the store until the operation ends, e.g. with provisioningState Deleting. */
  meanwhile?: StoredResource;
  /** Ids of what goes with it at the end and does not lie below it: a private endpoint's network interface. No event tells of these. */
  others?: readonly string[];
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
  /** True where the result at Location names the operation's URLs once more, as Network does (recorded). */
  repeatsHeaders?: boolean;
  /** What a status tells: SQL all of it, Network the status alone. */
  statusFields?: readonly ("name" | "status" | "startTime")[];
  /** The start as a status tells it, where the provider writes times in its own way. */
  startTime?: string;
  /** The resource at the end; left out for a delete. */
  completed?: StoredResource;
  /** What else has changed at the end; asked before a delete takes effect. */
  changes?(store: ResourceStore, now: string): StoredResource[];
  /** The answer to the last poll of Location, where it is not the resource. */
  result?: Answer;
  /** An error at the end instead: nothing is stored, no event is raised. */
  failure?: JsonObject;
  /** The resource after a failure, where it showed meanwhile that something was going on. */
  afterFailure?: StoredResource;
}

/** One POST on a resource. */
export interface ResourceAction {
  /** The operation that roles and events name, in the provider's casing, e.g. listKeys. */
  readonly name: string;
  /** POST where left out. A GET raises no event, and no lock stops it. */
  readonly method?: "GET";
  /** True for an action whose resource need not be there; it gets an empty one then. */
  readonly withoutResource?: boolean;
  perform(context: PlanContext, resource: StoredResource): ActionPlan;
}

export interface ActionPlan {
  answer: Answer;
  /** The resource at once, where the action changes it. */
  resource?: StoredResource;
  /** What goes on after the answer; the event comes at its end. */
  operation?: LongOperation;
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
