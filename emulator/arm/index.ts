import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { createFaultInjector } from "../faults.ts";
import type { Certificate } from "./certificate.ts";
import type { DenyAssignment } from "./checks/access.ts";
import type { DenyPolicy } from "./checks/policies.ts";
import { createThrottle } from "./checks/throttling.ts";
import { createEventSource, type ResourceEvent } from "./events.ts";
import { planContext } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import { createManagementGroups, type ManagementGroup } from "./management-groups.ts";
import type { ArmRequest, Caller, FaultDecision } from "./message.ts";
import type { LostEvent } from "./metrics.ts";
import { createOperations } from "./operations.ts";
import { createPeerRegistry, type PeerRegistry } from "./peers.ts";
import { createRegistrations } from "./registrations.ts";
import { requireType } from "./registry.ts";
import { createResourceGraph, type ResourceGraph } from "./resource-graph/resource-index.ts";
import { parentId, parseResourcePath, typeOf } from "./resource-id.ts";
import { type RequestObserver, type RequestRecord, serve } from "./server.ts";
import { type ArmState, type ArmSwitches, defaultSwitches, type Subscription } from "./state.ts";
import { createResourceStore, type ResourceStore } from "./store.ts";
import { withTimers } from "./timers.ts";

export type { Certificate } from "./certificate.ts";
export type { DenyAssignment } from "./checks/access.ts";
export type { DenyPolicy } from "./checks/policies.ts";
export type { ResourceEvent } from "./events.ts";
export type { JsonObject } from "./json.ts";
export type { ManagementGroup } from "./management-groups.ts";
export type { ArmRequest, Caller, FaultDecision } from "./message.ts";
export type { PeerRegistry } from "./peers.ts";
export type { ResourceGraph } from "./resource-graph/resource-index.ts";
export type { RequestObserver, RequestRecord } from "./server.ts";
export type { ArmSwitches, Subscription } from "./state.ts";
export type { ResourceStore } from "./store.ts";

export interface ArmOptions {
  /** 0 takes any free port. */
  port: number;
  certificate: Certificate;
  clock: Clock;
  tenantId: string;
  subscriptions: Subscription[];
  /** Those that lie in others. */
  managementGroups?: readonly ManagementGroup[];
  /** Who a bearer token stands for; undefined for one that ARM shall refuse. */
  authenticate(bearerToken: string): Caller | undefined;
  /** Gets every event, at the moment that Azure would raise it. */
  publish(event: ResourceEvent): void;
  /** What Event Grid gave up on, for the metrics of system topics; none where left out. */
  lostEvents?(): readonly LostEvent[];
  switches?: Partial<ArmSwitches>;
  /** 1 keeps the recorded times of long operations (a storage account: 17 s), 0 ends them at once; 0.01 where left out. */
  durationScale?: number;
}

/** The local Azure Resource Manager. */
export interface Arm {
  /** https://localhost:PORT */
  endpoint: string;
  resources: ResourceStore;
  switches: ArmSwitches;
  /** The last 20,000 requests, oldest first. */
  requests: RequestRecord[];
  resourceGraph: ResourceGraph;
  /** What stands at the far end of VPN connections. */
  peers: PeerRegistry;
  /**
   * Puts a resource without a check or an event: the type's own defaults below `body`, its group and parents made where missing.
   * A storage account's body may carry `keys: { key1, key2 }`. Throws for an id whose type is not known.
   */
  seed(resourceId: string, body?: JsonObject): void;
  /** Puts a subscription into another management group. */
  moveToGroup(subscriptionId: string, managementGroup: string): void;
  /** Assigns a policy with the effect deny; gives a function that takes it away. */
  denyByPolicy(policy: DenyPolicy): () => void;
  /** Adds a deny assignment; gives a function that takes it away. */
  addDenyAssignment(denial: DenyAssignment): () => void;
  /** Lets requests fail: `decide` is asked at each until it has given `times` faults (1). Gives a function that takes it away. */
  failNext(decide: FaultDecision, times?: number): () => void;
  /** Shows each request to a test. Gives a function that ends it. */
  observe(observer: RequestObserver): () => void;
  close(): Promise<void>;
}

/** Starts a local Azure Resource Manager over https, empty but for its subscriptions. */
export async function startArm(options: ArmOptions): Promise<Arm> {
  const durationScale = options.durationScale ?? 0.01;
  const { store: resources, stop } = withTimers(createResourceStore(), options.clock, durationScale);
  const state: ArmState = {
    clock: options.clock,
    tenantId: options.tenantId,
    subscriptions: options.subscriptions,
    managementGroups: createManagementGroups(options.tenantId, options.subscriptions, options.managementGroups ?? []),
    authenticate: options.authenticate,
    switches: { ...defaultSwitches, ...options.switches },
    resources,
    operations: createOperations(options.clock, durationScale),
    durationScale,
    peers: createPeerRegistry(options.clock),
    throttle: createThrottle(options.clock),
    registrations: createRegistrations(options.subscriptions, options.clock, durationScale),
    lostEvents: () => options.lostEvents?.() ?? [],
    raise: createEventSource(options.clock, options.publish),
    denyPolicies: [],
    denyAssignments: [],
    resourceGraph: createResourceGraph(resources),
  };
  const faults = createFaultInjector<ArmRequest>();
  const requests: RequestRecord[] = [];
  const observers: RequestObserver[] = [];
  const server = await serve(options.port, options.certificate, state, { faults, requests, observers });
  return {
    endpoint: `https://localhost:${server.port}`,
    resources,
    switches: state.switches,
    requests,
    resourceGraph: state.resourceGraph,
    peers: state.peers,
    seed: (resourceId, body = {}) => seed(state, resourceId, body),
    moveToGroup: state.managementGroups.move,
    denyByPolicy: (policy) => addTo(state.denyPolicies, policy),
    addDenyAssignment: (denial) => addTo(state.denyAssignments, denial),
    failNext: faults.failNext,
    observe: (observer) => addTo(observers, observer),
    close() {
      stop();
      return server.close();
    },
  };
}

function seed(state: ArmState, id: string, body: JsonObject): void {
  const path = parseResourcePath(id);
  const type = path && requireType(typeOf(path), "");
  if (!type?.seed) throw new Error(`No resource type can be seeded at ${id}`);
  const group = path?.resourceGroup && `/subscriptions/${path.subscriptionId}/resourceGroups/${path.resourceGroup}`;
  if (group && group.length < id.length && !state.resources.get(group)) seed(state, group, {});
  if (path && type.level === "resourceGroup" && path.types.length > 1) seedParent(state, parentId(id));
  const request = seedRequest(id, body);
  const seeded = type.seed(planContext(state, { request, apiVersion: type.apiVersions[0] ?? "" }, id));
  for (const resource of Array.isArray(seeded) ? seeded : [seeded]) state.resources.put(resource);
}

function seedParent(state: ArmState, id: string): void {
  const path = parseResourcePath(id);
  const type = path && requireType(typeOf(path), "");
  if (type?.seed && !state.resources.get(id)) seed(state, id, {});
}

function seedRequest(path: string, body: JsonObject): ArmRequest {
  return {
    method: "PUT",
    path,
    query: new URLSearchParams(),
    headers: {},
    body: JSON.stringify(body),
    origin: "",
    clientAddress: "",
    correlationId: randomUUID(),
    requestId: randomUUID(),
  };
}

function addTo<T>(list: T[], item: T): () => void {
  list.push(item);
  return () => {
    const index = list.indexOf(item);
    if (index >= 0) list.splice(index, 1);
  };
}
