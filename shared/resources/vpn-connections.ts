import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject, mergePatch, valueAt } from "../json.ts";
import { type CurrentScopes, isInScope } from "../policy/scopes.ts";
import { changeStateOf } from "./change-state.ts";
import { whyPutWouldLose } from "./lost-names.ts";
import type { ProviderAccess } from "./provider-access.ts";
import { ownRefusal, unsent } from "./refusal.ts";
import { networkLimits } from "./request-limits.ts";
import { parseResourceId, type ResourceId } from "./resource-id.ts";
import type { PartsResult, ResourceType, WriteOptions, WriteResult } from "./resource-type.ts";
import { gatewayId, otherEndOf, readOtherEnd } from "./vpn-other-end.ts";
import { createWire, unexpectedAnswer, type Wire } from "./wire.ts";

/** What VPN connections need beside the access to their provider. */
export interface VpnConnectionsOptions extends ProviderAccess {
  /** The other end of a connection is read, and written, only within these. */
  scopes(): CurrentScopes;
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
const connectionType = "Microsoft.Network/connections";
/** Recorded: an update of a policy takes 32 s to 103 s. */
const secondsUntilNextLook = 30;

/**
 * VPN gateway connections, with the parts `gateway` (of this end) and `otherEnd` (VNet-to-VNet: the connection that comes the other way).
 * The service knows a full PUT only. Its body alone carries the shared key, in memory, where an api-version shows it.
 */
export function vpnConnections(options: VpnConnectionsOptions): ResourceType {
  async function wireFor(id: ResourceId, apiVersion = options.apiVersion): Promise<Wire> {
    return createWire(await options.pipelineFor(id.subscriptionId), options.endpoint, apiVersion);
  }
  const ends = { wireFor, scopes: options.scopes };

  return {
    type: connectionType,
    limits: networkLimits,
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
      const resource = { id: id.text, body: answer.body, parts: {} };
      return { kind: "read", resource, units: gatewaysOf(answer.body, id), ...changeStateOf(answer.body) };
    },

    async readParts(id, names, signal, known) {
      const wire = await wireFor(id);
      const parts: { [name: string]: Json } = {};
      for (const name of names) {
        const read =
          name === "otherEnd"
            ? await readOtherEnd(known.body, ends, signal)
            : await readGateway(wire, known.body, signal);
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
      if (!other || !isInScope(other, options.scopes())) return noOtherEnd;
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
    if (before.kind === "refused") return unsent(before.refusal);
    const replaced = { id, path: id.text, shown: before.body, type: connectionType, readOnlyNames };
    const refusal = await whyPutWouldLose(
      { ...replaced, apiVersion: options.apiVersion },
      (version) => wireFor(id, version),
      writeOptions.signal,
    );
    if (refusal) return unsent(refusal);
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

async function readGateway(wire: Wire, connection: JsonObject, signal: AbortSignal): Promise<PartsResult> {
  const parsed = parseResourceId(gatewayId(connection, "virtualNetworkGateway1"));
  if (!parsed.ok) return { kind: "read", parts: { gateway: null } };
  const answer = await wire.get(parsed.id.text, signal);
  return answer.kind === "refused" ? answer : { kind: "read", parts: { gateway: answer.body } };
}

/** The body of a PUT: what was read, without what the service sets, and without the etag, which changes twice in one update. */
function writable(connection: JsonObject): JsonObject {
  const { etag: _etag, properties, ...rest } = connection;
  const own = Object.entries(isJsonObject(properties) ? properties : {}).filter(([name]) => !readOnlyNames.has(name));
  return { ...rest, properties: Object.fromEntries(own) };
}

const noOtherEnd: WriteResult = unsent(
  ownRefusal("invalid", "other-end-missing", "The connection that comes the other way was not found."),
);

const connectionReplaced: WriteResult = {
  kind: "refused",
  refusal: ownRefusal(
    "invalid",
    "connection-replaced",
    "The connection was deleted and made anew between read and write: its resourceGuid differs.",
  ),
};
