import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../baselines/baseline.ts";
import { isJsonObject, type Json, type JsonObject, mergePatch, valueAt } from "../json.ts";
import { isInScope, type Scope } from "../policy/scopes.ts";
import { changeStateOf } from "./change-state.ts";
import type { ProviderAccess } from "./provider-access.ts";
import { parseResourceId, type ResourceId } from "./resource-id.ts";
import type { PartsResult, Refusal, ResourceType, WriteOptions, WriteResult } from "./resource-type.ts";
import { createWire, unexpectedAnswer, type Wire } from "./wire.ts";

/** What VPN connections need beside the access to their provider. */
export interface VpnConnectionsOptions extends ProviderAccess {
  /** The other end of a connection is read, and written, only within these. */
  scopes: readonly Scope[];
}

/**
 * Names that the service sets and that a PUT must not send back. Source: `readOnly` in Microsoft.Network virtualNetworkGateway.json, and what
 * recorded answers carry beyond it.
 */
const readOnlyNames = new Set([
  "provisioningState",
  "resourceGuid",
  "connectionStatus",
  "tunnelConnectionStatus",
  "ingressBytesTransferred",
  "egressBytesTransferred",
  "packetCaptureDiagnosticState",
]);
/** Recorded: an update of a policy takes 32 s to 103 s. */
const secondsUntilNextLook = 30;
const mostListPages = 20;

/**
 * VPN gateway connections, with the parts `gateway` (of this end) and `otherEnd` (VNet-to-VNet: the connection that comes the other way).
 * The service knows a full PUT only. Its body alone carries the shared key, in memory, where an api-version shows it.
 */
export function vpnConnections(options: VpnConnectionsOptions): ResourceType {
  async function wireFor(id: ResourceId): Promise<Wire> {
    return createWire(await options.pipelineFor(id.subscriptionId), options.endpoint, options.apiVersion);
  }

  return {
    type: "Microsoft.Network/connections",
    volatilePaths: [
      "etag",
      ...[...readOnlyNames].map((name) => `properties.${name}`),
      "otherEnd/properties.provisioningState",
    ],

    async unitsOf(id, signal) {
      const answer = await (await wireFor(id)).get(id.text, signal);
      return answer.kind === "refused" ? [id] : gatewaysOf(answer.body, id);
    },

    async read(id, _occasion, signal) {
      const answer = await (await wireFor(id)).get(id.text, signal);
      if (answer.kind === "refused") return answer;
      if (!isJsonObject(answer.body.properties)) return unexpectedAnswer(answer.status);
      return { kind: "read", resource: { id: id.text, body: answer.body, parts: {} }, ...changeStateOf(answer.body) };
    },

    async readParts(id, names, signal, known) {
      const wire = await wireFor(id);
      const parts: { [name: string]: Json } = {};
      for (const name of names) {
        const read =
          name === "otherEnd" ? await readOtherEnd(known.body, signal) : await readGateway(wire, known.body, signal);
        if (read.kind === "refused") return read;
        Object.assign(parts, read.parts);
      }
      // A gateway tells nothing of how a write to a connection goes.
      return { kind: "read", parts, ...changeStateOf(parts.otherEnd, "otherEnd") };
    },

    targetOf: ({ part }, known) => (part === "" ? undefined : otherEndOf(known)),

    async write(id, change, writeOptions, known) {
      if (change.part === "") return await putWhole(id, change.patch, writeOptions);
      const other = otherEndOf(known);
      if (!other || !isInScope(other, options.scopes)) return noOtherEnd;
      return await putWhole(other, change.patch, writeOptions);
    },

    async readOperation(id, operation, signal) {
      return await (await wireFor(id)).operation(operation, signal);
    },
  };

  /** Reads, merges and writes the whole connection; what was read goes back, what was not read is not invented. */
  async function putWhole(id: ResourceId, patch: JsonObject, writeOptions: WriteOptions): Promise<WriteResult> {
    const wire = await wireFor(id);
    const before = await wire.getWithSecrets(id.text, writeOptions.signal);
    if (before.kind === "refused") return before;
    const losses = await wouldLose(id, before.body, writeOptions.signal);
    if (losses.kind === "refused") return losses;
    if (losses.names.length > 0) return wouldLoseRefusal(losses.names);
    const merged = mergePatch(writable(before.body), patch);
    const answer = await wire.put(id.text, isJsonObject(merged) ? merged : {}, writeOptions);
    if (answer.kind === "refused") return answer;
    if (
      !isDeepStrictEqual(
        valueAt(answer.body, "properties.resourceGuid"),
        valueAt(before.body, "properties.resourceGuid"),
      )
    ) {
      return connectionReplaced;
    }
    const lookAgainSeconds = answer.retryAfterSeconds ?? secondsUntilNextLook;
    return {
      kind: "started",
      lookAgainSeconds,
      ...(answer.operation === undefined ? {} : { operation: answer.operation }),
    };
  }

  /** Properties that the newest api-version of the provider shows and ours does not: a PUT with ours would drop them. */
  async function wouldLose(
    id: ResourceId,
    known: JsonObject,
    signal: AbortSignal,
  ): Promise<{ kind: "names"; names: string[] } | { kind: "refused"; refusal: Refusal }> {
    const wire = await wireFor(id);
    const provider = await wire.get(`/subscriptions/${id.subscriptionId}/providers/Microsoft.Network`, signal);
    if (provider.kind === "refused") return provider;
    const newest = newestVersion(provider.body);
    if (newest === undefined || newest <= options.apiVersion) return { kind: "names", names: [] };
    const wireOfNewest = createWire(await options.pipelineFor(id.subscriptionId), options.endpoint, newest);
    const answer = await wireOfNewest.get(id.text, signal);
    if (answer.kind === "refused") return answer;
    const ours = namesIn(known);
    return {
      kind: "names",
      names: namesIn(answer.body).filter((name) => !ours.includes(name) && !readOnlyNames.has(name)),
    };
  }

  async function readOtherEnd(connection: JsonObject, signal: AbortSignal): Promise<PartsResult> {
    if (valueAt(connection, "properties.connectionType") !== "Vnet2Vnet")
      return { kind: "read", parts: { otherEnd: null } };
    const own = gatewayId(connection, "virtualNetworkGateway1");
    const gateway = parseResourceId(gatewayId(connection, "virtualNetworkGateway2"));
    if (!gateway.ok) return otherEnd({ status: "missing" });
    if (!isInScope(gateway.id, options.scopes)) return otherEnd({ status: "out-of-scope" });
    const wire = await wireFor(gateway.id);
    let query: { [name: string]: string } = {};
    for (let page = 0; page < mostListPages; page += 1) {
      const list = await wire.get(`${gateway.id.text}/connections`, signal, query);
      if (list.kind === "refused") return refusedOtherEnd(list.refusal);
      const found = (Array.isArray(list.body.value) ? list.body.value : []).find((each) =>
        comesBack(each, gateway.id, own),
      );
      if (isJsonObject(found)) return readableOtherEnd(found);
      const next =
        typeof list.body.nextLink === "string" && URL.canParse(list.body.nextLink)
          ? new URL(list.body.nextLink)
          : undefined;
      if (!next) break;
      query = Object.fromEntries([...next.searchParams].filter(([name]) => name !== "api-version"));
    }
    return otherEnd({ status: "missing" });
  }

  function readableOtherEnd(found: JsonObject): PartsResult {
    const id = parseResourceId(String(found.id ?? ""));
    if (!id.ok || !isInScope(id.id, options.scopes)) return otherEnd({ status: "out-of-scope" });
    const ipsecPolicies = valueAt(found, "properties.ipsecPolicies") ?? [];
    const provisioningState = valueAt(found, "properties.provisioningState") ?? null;
    return otherEnd({ id: id.id.text, status: "readable", properties: { ipsecPolicies, provisioningState } });
  }
}

/** The gateways that a connection uses, which are taken before it is written; in one order, so that no two workers wait for each other. */
function gatewaysOf(connection: JsonObject, id: ResourceId): ResourceId[] {
  const ends =
    valueAt(connection, "properties.connectionType") === "Vnet2Vnet"
      ? ["virtualNetworkGateway1", "virtualNetworkGateway2"]
      : ["virtualNetworkGateway1"];
  const gateways = ends.flatMap((end) => {
    const parsed = parseResourceId(gatewayId(connection, end));
    return parsed.ok ? [parsed.id] : [];
  });
  return gateways.length === 0 ? [id] : gateways.sort((a, b) => a.key.localeCompare(b.key));
}

function gatewayId(connection: JsonObject, end: string): string {
  return String(valueAt(connection, `properties.${end}.id`) ?? "");
}

async function readGateway(wire: Wire, connection: JsonObject, signal: AbortSignal): Promise<PartsResult> {
  const parsed = parseResourceId(gatewayId(connection, "virtualNetworkGateway1"));
  if (!parsed.ok) return { kind: "read", parts: { gateway: null } };
  const answer = await wire.get(parsed.id.text, signal);
  return answer.kind === "refused" ? answer : { kind: "read", parts: { gateway: answer.body } };
}

function comesBack(connection: Json, gateway: ResourceId, own: string): boolean {
  if (!isJsonObject(connection)) return false;
  const begins = gatewayId(connection, "virtualNetworkGateway1").toLowerCase() === gateway.key;
  return begins && gatewayId(connection, "virtualNetworkGateway2").toLowerCase() === own.toLowerCase();
}

/** The other connection of a tunnel between two of Azure's gateways, as it was read. */
function otherEndOf({ parts }: Resource): ResourceId | undefined {
  const parsed = parseResourceId(String(valueAt(parts.otherEnd, "id") ?? ""));
  return parsed.ok ? parsed.id : undefined;
}

function otherEnd(end: JsonObject): PartsResult {
  return { kind: "read", parts: { otherEnd: end } };
}

function refusedOtherEnd(refusal: Refusal): PartsResult {
  if (refusal.kind === "gone") return otherEnd({ status: "missing" });
  return refusal.kind === "blocked" ? otherEnd({ status: "unreadable" }) : { kind: "refused", refusal };
}

/** The body of a PUT: what was read, without what the service sets, and without the etag, which changes twice in one update. */
function writable(connection: JsonObject): JsonObject {
  const { etag: _etag, properties, ...rest } = connection;
  const own = Object.entries(isJsonObject(properties) ? properties : {}).filter(([name]) => !readOnlyNames.has(name));
  return { ...rest, properties: Object.fromEntries(own) };
}

function namesIn(connection: JsonObject): string[] {
  return isJsonObject(connection.properties) ? Object.keys(connection.properties) : [];
}

function newestVersion(provider: JsonObject): string | undefined {
  const types = Array.isArray(provider.resourceTypes) ? provider.resourceTypes : [];
  const type = types.find((each) => isJsonObject(each) && String(each.resourceType).toLowerCase() === "connections");
  const versions = isJsonObject(type) && Array.isArray(type.apiVersions) ? type.apiVersions : [];
  const stable = versions.filter(
    (version): version is string => typeof version === "string" && !version.includes("preview"),
  );
  return stable.sort().at(-1);
}

function wouldLoseRefusal(names: string[]): WriteResult {
  const message = `A PUT would drop what the newest api-version shows: ${names.join(", ")}.`;
  const advice = "Raise NETWORK_API_VERSION, or set the policy by hand.";
  return { kind: "refused", refusal: { kind: "invalid", status: 200, code: "WriteWouldLose", message, advice } };
}

const noOtherEnd: WriteResult = {
  kind: "refused",
  refusal: {
    kind: "invalid",
    status: 200,
    code: "OtherEndNotFound",
    message: "The connection that comes the other way was not found.",
  },
};

const connectionReplaced: WriteResult = {
  kind: "refused",
  refusal: {
    kind: "invalid",
    status: 200,
    code: "ConnectionReplaced",
    message: "The connection was deleted and made anew between read and write: its resourceGuid differs.",
    advice: "Check the shared key of the connection, and ask for a re-check.",
  },
};
