import { isDeepStrictEqual } from "node:util";
import { type JsonObject, objectAt, textAt } from "../../json.ts";
import type { IpsecPolicy } from "../../peers.ts";
import type { PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { policiesOf } from "./connection-body.ts";
import { agree, readIpsecPolicies } from "./ipsec-policy.ts";
import { peerByTag } from "./peer-tag.ts";

/** How a connection's tunnel is, and what has gone through it. */
export interface Tunnel {
  connectionStatus: "Unknown" | "Connecting" | "Connected" | "NotConnected";
  ingressBytesTransferred: number;
  egressBytesTransferred: number;
}

/**
 * What is at the far end: whether it agrees to what this end offers, and since when (milliseconds) both ends have stood.
 */
interface FarEnd {
  agrees: boolean;
  since: number;
  delaySeconds: number;
}

type TunnelContext = Pick<PlanContext, "now" | "durationScale" | "peers" | "store">;

/**
 * The tunnel now. It is `Unknown` until there is a far end, `Connecting` for a while after either end changed its offer,
 * and then up only where both agree. While an update goes on it shows what it was before (recorded for Unknown).
 */
export function tunnelOf(connection: StoredResource, context: TunnelContext): Tunnel {
  const passed = numberIn(connection, "passedBytes");
  const before = statusOf(textAt(connection.hidden, "statusBefore"));
  if (before) return tunnel(before, passed);
  const farEnd = farEndOf(connection, context);
  if (!farEnd) return tunnel("Unknown", passed);
  const settled = Math.max(offeredSince(connection), farEnd.since) + farEnd.delaySeconds * 1000 * context.durationScale;
  const up = Date.parse(context.now) - settled;
  if (up < 0) return tunnel("Connecting", passed);
  return farEnd.agrees ? tunnel("Connected", passed + Math.floor(up / 1000) * 1200) : tunnel("NotConnected", passed);
}

/**
 * What is kept of the tunnel through an update that takes `seconds`: until its end the status as it was; after it a new
 * negotiation, where the offer is another one.
 */
export function tunnelThroughUpdate(
  existing: StoredResource | undefined,
  completed: StoredResource,
  context: TunnelContext,
  seconds: number,
): { during: JsonObject; after: JsonObject } {
  const end = Date.parse(context.now) + seconds * 1000 * context.durationScale;
  if (!existing) return { during: { statusBefore: "Unknown" }, after: { offeredSince: end } };
  const { connectionStatus, ingressBytesTransferred: passedBytes } = tunnelOf(existing, context);
  const during = { statusBefore: connectionStatus, passedBytes, offeredSince: offeredSince(existing) };
  const kept = { offeredSince: offeredSince(existing), passedBytes: numberIn(existing, "passedBytes") };
  const sameOffer = isDeepStrictEqual(policiesOf(existing.body), policiesOf(completed.body));
  return { during, after: sameOffer ? kept : { passedBytes, offeredSince: end } };
}

function farEndOf(connection: StoredResource, context: TunnelContext): FarEnd | undefined {
  const offered = readIpsecPolicies(policiesOf(connection.body));
  const peer = context.peers.get(connection.id) ?? peerByTag(connection, context.store);
  if (peer) {
    const agrees = peer.speaks.some((spoken) => {
      if (spoken === "anything") return true;
      return spoken === "defaults" ? offered.length === 0 : offered.some((policy) => agree(policy, spoken));
    });
    return { agrees, since: peer.since, delaySeconds: peer.delaySeconds ?? 5 };
  }
  const other = otherDirection(connection, context);
  if (!other) return undefined;
  const agrees =
    textAt(connection.secrets, "sharedKey") === textAt(other.secrets, "sharedKey") &&
    samePolicies(offered, readIpsecPolicies(policiesOf(other.body)));
  return { agrees, since: offeredSince(other), delaySeconds: 5 };
}

/** Of VNet-to-VNet: the connection that goes from the other gateway to this one, once it is made. */
function otherDirection({ body }: StoredResource, { store }: TunnelContext): StoredResource | undefined {
  const properties = objectAt(body, "properties");
  if (properties.connectionType !== "Vnet2Vnet") return undefined;
  const [from, to] = [gatewayId(properties, 1), gatewayId(properties, 2)];
  return store.ofType("Microsoft.Network/connections").find((candidate) => {
    const others = objectAt(candidate.body, "properties");
    if (others.connectionType !== "Vnet2Vnet" || textAt(candidate.hidden, "statusBefore") === "Unknown") return false;
    return gatewayId(others, 1) === to && gatewayId(others, 2) === from;
  });
}

function gatewayId(properties: JsonObject, end: 1 | 2): string | undefined {
  return textAt(objectAt(properties, `virtualNetworkGateway${end}`), "id")?.toLowerCase();
}

function samePolicies(one: readonly IpsecPolicy[], other: readonly IpsecPolicy[]): boolean {
  const [first, second] = [one[0], other[0]];
  if (!first || !second) return !first && !second;
  return agree(first, second);
}

/** 0 for a connection that has stood for long. */
function offeredSince(connection: StoredResource): number {
  return numberIn(connection, "offeredSince");
}

function numberIn({ hidden }: StoredResource, name: string): number {
  const value = hidden?.[name];
  return typeof value === "number" ? value : 0;
}

function statusOf(text: string | undefined): Tunnel["connectionStatus"] | undefined {
  const known = ["Unknown", "Connecting", "Connected", "NotConnected"] as const;
  return known.find((status) => status === text);
}

function tunnel(connectionStatus: Tunnel["connectionStatus"], bytes: number): Tunnel {
  return { connectionStatus, ingressBytesTransferred: bytes, egressBytesTransferred: bytes };
}
