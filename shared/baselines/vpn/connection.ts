import { isJsonObject, type Json, type JsonObject, valueAt } from "../../json.ts";
import type { Resource } from "../baseline.ts";
import { type IpsecParameters, type IpsecPolicy, shortestLifetimes, wantedPolicy } from "./ipsec-presets.ts";
import { haveSameAlgorithms, type IkeVersion, weaknessesOf } from "./ipsec-strength.ts";

export const policiesPath = "properties.ipsecPolicies";
/** Where the part `otherEnd` tells the other connection's policies. */
const otherEndPolicies = "properties.ipsecPolicies";
export const otherEndPoliciesPath = `otherEnd/${otherEndPolicies}`;

/** One end of a tunnel: its policies as read, its one policy where that is compliant, or what is wrong. */
export interface End {
  policies: Json;
  policy: JsonObject | undefined;
  weaknesses: string[];
}

/** A connection held against the policy that is wanted of it. */
export interface Standing {
  wanted: IpsecPolicy;
  own: End;
  /** The other connection of a VNet-to-VNet tunnel, where it could be read and may be written. */
  other: End | undefined;
}

/** Holds a connection, and the other end where both are Azure's, against the policy that is wanted. */
export function standingOf(resource: Resource, parameters: IpsecParameters): Standing {
  const version = ikeVersionOf(resource);
  const wanted = wantedPolicy(parameters, version);
  const own = endOf(valueAt(resource.body, policiesPath), wanted, version);
  const isPair = isVnetToVnet(resource) && otherEndStatus(resource) === "readable";
  const other = isPair ? endOf(valueAt(resource.parts.otherEnd, otherEndPolicies), wanted, version) : undefined;
  return { wanted, own, other };
}

/** Whether both ends have a compliant policy, but not the same, so that the tunnel can't come up. */
export function endsDisagree({ own, other }: Standing): boolean {
  if (own.policy === undefined || other?.policy === undefined) return false;
  return !haveSameAlgorithms(own.policy, other.policy);
}

/** The one policy in a list, where it is as strong as the wanted one; else what is wrong with the list. */
export function endOf(policies: Json | undefined, wanted: IpsecPolicy, version: IkeVersion): End {
  const [policy, ...others] = Array.isArray(policies) ? policies : [];
  const end = { policies: policies ?? null, policy: undefined };
  if (policy === undefined) {
    return { ...end, weaknesses: ["no policy is set, and Azure's defaults include 3DES, SHA1, DH group 2 and no PFS"] };
  }
  if (others.length > 0) return { ...end, weaknesses: ["there is more than one policy"] };
  const weaknesses = weaknessesOf(policy, wanted, version);
  return { ...end, weaknesses, policy: weaknesses.length === 0 && isJsonObject(policy) ? policy : undefined };
}

/** The lifetimes of the first policy in a list, as far as the service would accept them. */
export function lifetimesOf(policies: Json): JsonObject {
  const [policy] = Array.isArray(policies) ? policies : [];
  if (!isJsonObject(policy)) return {};
  const kept = Object.entries(shortestLifetimes).flatMap(([name, shortest]) => {
    const value = policy[name];
    return typeof value === "number" && Number.isInteger(value) && value >= shortest ? [[name, value]] : [];
  });
  return Object.fromEntries(kept);
}

/** What is not said to be IKEv1 is IKEv2, the default of a route-based gateway. */
export function ikeVersionOf({ body }: Resource): IkeVersion {
  return isText(valueAt(body, "properties.connectionProtocol"), "IKEv1") ? "IKEv1" : "IKEv2";
}

export function isVnetToVnet({ body }: Resource): boolean {
  return isText(valueAt(body, "properties.connectionType"), "Vnet2Vnet");
}

/** Whether the other end can be read and written: `readable`, or why not. What is not told is unreadable. */
export function otherEndStatus({ parts }: Resource): "readable" | "out-of-scope" | "missing" | "unreadable" {
  const status = valueAt(parts.otherEnd, "status");
  return status === "readable" || status === "out-of-scope" || status === "missing" ? status : "unreadable";
}

/** Whether traffic passes; nothing while the ends negotiate, since any tunnel does so for a while after a change of its policy. */
export function isConnected(resource: Resource): boolean | undefined {
  return isNegotiating(resource) ? undefined : isText(connectionStatus(resource), "Connected");
}

/** Whether the tunnel is made anew just now: whether it is in use shows afterwards. */
export function isNegotiating(resource: Resource): boolean {
  return isText(connectionStatus(resource), "Connecting");
}

/** Whether nobody uses the tunnel; a status that is not told, or not known here, says nothing of the kind. */
export function isIdle(resource: Resource): boolean {
  const status = connectionStatus(resource);
  return isText(status, "Unknown") || isText(status, "NotConnected");
}

/** Microsoft.Network `VirtualNetworkGatewayConnectionStatus`: Unknown, Connecting, Connected, NotConnected. */
function connectionStatus({ body }: Resource): Json | undefined {
  return valueAt(body, "properties.connectionStatus");
}

/** Whether two texts are equal whatever their case, as ARM's names are. */
export function isText(value: Json | undefined, expected: string): boolean {
  return typeof value === "string" && value.toLowerCase() === expected.toLowerCase();
}
