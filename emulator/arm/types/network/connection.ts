import { randomBytes } from "node:crypto";
import { type JsonObject, objectAt, textAt } from "../../json.ts";
import type { PlanContext, ResourceAction, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { connectionProperties, connectionSecrets, seedProperties, visible, visibleSecrets } from "./connection-body.ts";
import { checkConnection } from "./connection-rules.ts";
import { checkGatewayIsFree, connectionsOf, gatewaysOf } from "./contention.ts";
import { checkIfMatch } from "./if-match.ts";
import {
  networkApiVersions,
  networkDelete,
  networkResource,
  networkWrite,
  patchTags,
  stamped,
} from "./network-resource.ts";
import { tunnelOf, tunnelThroughUpdate } from "./tunnel.ts";

const connectionType = "Microsoft.Network/connections";

/** Recorded: a new connection 77 s with its deployment, a new policy 32 s, a delete 133 s (up to 103 s for a policy elsewhere). */
const seconds = { create: 70, update: 32, remove: 133 };

/**
 * GET of `/sharedkey`, which roles name
 * Microsoft.Network/connections/sharedKey/action.
 */
const getSharedKey: ResourceAction = {
  name: "sharedKey",
  method: "GET",
  perform: (_context, { secrets }) => ({
    answer: { status: 200, body: { value: textAt(secrets, "sharedKey") ?? "" } },
  }),
};

/**
 * VPN connections (recordings vpn-connection-ipsec, vpn-vnet2vnet, vpn-gateway-429). A PUT is whole: what it leaves out goes
 * back to its default. What the stored body holds is what a list answers: neither keys nor `connectionStatus`.
 */
export const connections: ResourceType = {
  name: connectionType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  read: whole,
  readInList: listed,
  put,
  patch,
  delete: (context, existing) => {
    checkIfMatch(context, existing);
    checkGatewayIsFree(context, gatewaysOf(objectAt(existing.body, "properties")));
    return networkDelete(context, existing, seconds.remove);
  },
  actions: { sharedkey: getSharedKey },
  seed,
};

/** GET of a gateway's connections: those that begin at it, and those that end there. */
export const gatewayConnections: ResourceType = {
  name: "Microsoft.Network/virtualNetworkGateways/connections",
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  list: (gatewayId, { store }) => connectionsOf(store, gatewayId),
  read: listed,
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  checkIfMatch(context, existing);
  const sent = objectAt(context.body, "properties");
  const before = existing && objectAt(existing.body, "properties");
  const properties = connectionProperties(sent, context.apiVersion, before);
  checkConnection(context, properties, existing);
  checkGatewayIsFree(context, [...gatewaysOf(properties), ...gatewaysOf(before)]);
  const secrets = connectionSecrets(sent, existing?.secrets, () => randomBytes(16).toString("hex"));
  const completed = { ...networkResource(context, connectionType, properties, existing), secrets };
  const plan = throughUpdate(context, existing, completed, existing ? seconds.update : seconds.create);
  return failing(plan, existing);
}

function patch(context: PlanContext, existing: StoredResource): WritePlan {
  checkIfMatch(context, existing);
  checkGatewayIsFree(context, gatewaysOf(objectAt(existing.body, "properties")));
  const { operation } = patchTags(context, existing);
  return failing(throughUpdate(context, existing, operation?.completed ?? existing, operation?.seconds ?? 0), existing);
}

function throughUpdate(
  context: PlanContext,
  existing: StoredResource | undefined,
  completed: StoredResource,
  duration: number,
): WritePlan {
  const { during, after } = tunnelThroughUpdate(existing, completed, context, duration);
  const plan = networkWrite(context, existing, { ...completed, hidden: after }, duration);
  return { ...plan, resource: { ...plan.resource, hidden: during } };
}

/** What a test wants of the next update: it is accepted, and fails at its end; those after it go on as its list says. */
function failing(plan: WritePlan, existing: StoredResource | undefined): WritePlan {
  const [code, ...failures] = failuresOf(existing);
  const completed = plan.operation?.completed;
  if (!plan.operation || !completed) return plan;
  const goal = { ...completed, hidden: { ...completed.hidden, failures } };
  const meanwhile = { ...plan.resource, hidden: { ...plan.resource.hidden, failures } };
  if (code === undefined) return { ...plan, resource: meanwhile, operation: { ...plan.operation, completed: goal } };
  const failure = { code, message: "The operation failed.", details: [] };
  return {
    ...plan,
    resource: meanwhile,
    operation: { ...plan.operation, failure, afterFailure: stamped(goal, "Failed") },
  };
}

function failuresOf(connection: StoredResource | undefined): string[] {
  const failures = connection?.hidden?.failures;
  return Array.isArray(failures) ? failures.filter((code) => typeof code === "string") : [];
}

function whole(resource: StoredResource, context: PlanContext): JsonObject {
  const { connectionStatus } = tunnelOf(resource, context);
  const body = listed(resource, context);
  const keys = visibleSecrets(resource.secrets, context.apiVersion);
  return { ...body, properties: { ...objectAt(body, "properties"), ...keys, connectionStatus } };
}

function listed(resource: StoredResource, context: PlanContext): JsonObject {
  const { connectionStatus: _status, ...counters } = tunnelOf(resource, context);
  const properties = visible({ ...objectAt(resource.body, "properties"), ...counters }, context.apiVersion);
  return { ...resource.body, properties };
}

/**
 * A test's connection; `sharedKey` in its properties is its key. It has stood for long. `failures`, a list of codes, lets that many next
 * updates be accepted and fail at their end; then it shows the goal and `Failed` [inferred: no recording has one].
 */
function seed(context: PlanContext): StoredResource {
  const body: JsonObject = { location: "westus", ...context.body };
  const sent = seedProperties(context.id, objectAt(body, "properties"));
  const resource = networkResource(
    { ...context, body },
    connectionType,
    connectionProperties(sent, context.apiVersion),
  );
  const secrets = connectionSecrets(sent, undefined, () => randomBytes(16).toString("hex"));
  return { ...resource, secrets, hidden: { ...resource.hidden, failures: context.body.failures ?? [] } };
}
