import type { Resource } from "../baselines/baseline.ts";
import { isJsonObject, type Json, type JsonObject, valueAt } from "../json.ts";
import { type CurrentScopes, isInScope } from "../policy/scopes.ts";
import { parseResourceId, type ResourceId } from "./resource-id.ts";
import type { PartsResult, Refusal } from "./resource-type.ts";
import type { Wire } from "./wire.ts";

const mostListPages = 20;

/** What finding the other end needs. */
interface Ends {
  wireFor(id: ResourceId): Promise<Wire>;
  /** The other end is read, and written, only within these. */
  scopes(): CurrentScopes;
}

/**
 * The part `otherEnd` of a connection, with its `status`: `readable`, or why it is not; null where the tunnel does not end at another
 * gateway of Azure. A list shows neither key nor status of a connection.
 */
export async function readOtherEnd(
  connection: JsonObject,
  { wireFor, scopes }: Ends,
  signal: AbortSignal,
): Promise<PartsResult> {
  if (valueAt(connection, "properties.connectionType") !== "Vnet2Vnet")
    return { kind: "read", parts: { otherEnd: null } };
  const own = gatewayId(connection, "virtualNetworkGateway1");
  const gateway = parseResourceId(gatewayId(connection, "virtualNetworkGateway2"));
  if (!gateway.ok) return otherEnd({ status: "missing" });
  if (!isInScope(gateway.id, scopes())) return otherEnd({ status: "out-of-scope" });
  const wire = await wireFor(gateway.id);
  let query: { [name: string]: string } = {};
  for (let page = 0; page < mostListPages; page += 1) {
    const list = await wire.get(`${gateway.id.text}/connections`, signal, query);
    if (list.kind === "refused") return refusedOtherEnd(list.refusal);
    const found = (Array.isArray(list.body.value) ? list.body.value : []).find((each) =>
      comesBack(each, gateway.id, own),
    );
    if (isJsonObject(found)) return readableOtherEnd(found, scopes());
    const next =
      typeof list.body.nextLink === "string" && URL.canParse(list.body.nextLink)
        ? new URL(list.body.nextLink)
        : undefined;
    if (!next) break;
    query = Object.fromEntries([...next.searchParams].filter(([name]) => name !== "api-version"));
  }
  return otherEnd({ status: "missing" });
}

function readableOtherEnd(found: JsonObject, scopes: CurrentScopes): PartsResult {
  const id = parseResourceId(String(found.id ?? ""));
  if (!id.ok || !isInScope(id.id, scopes)) return otherEnd({ status: "out-of-scope" });
  const ipsecPolicies = valueAt(found, "properties.ipsecPolicies") ?? [];
  const provisioningState = valueAt(found, "properties.provisioningState") ?? null;
  const tags = isJsonObject(found.tags) ? { tags: found.tags } : {};
  return otherEnd({ id: id.id.text, status: "readable", ...tags, properties: { ipsecPolicies, provisioningState } });
}

/** The other connection of a tunnel between two of Azure's gateways, as it was read. */
export function otherEndOf({ parts }: Resource): ResourceId | undefined {
  const parsed = parseResourceId(String(valueAt(parts.otherEnd, "id") ?? ""));
  return parsed.ok ? parsed.id : undefined;
}

/** The id of the gateway at one end of a connection; empty where it names none. */
export function gatewayId(connection: JsonObject, end: string): string {
  return String(valueAt(connection, `properties.${end}.id`) ?? "");
}

function comesBack(connection: Json, gateway: ResourceId, own: string): boolean {
  if (!isJsonObject(connection)) return false;
  const begins = gatewayId(connection, "virtualNetworkGateway1").toLowerCase() === gateway.key;
  return begins && gatewayId(connection, "virtualNetworkGateway2").toLowerCase() === own.toLowerCase();
}

function otherEnd(end: JsonObject): PartsResult {
  return { kind: "read", parts: { otherEnd: end } };
}

function refusedOtherEnd(refusal: Refusal): PartsResult {
  if (refusal.kind === "gone") return otherEnd({ status: "missing" });
  return refusal.kind === "blocked" ? otherEnd({ status: "unreadable" }) : { kind: "refused", refusal };
}
