import { valueAt } from "../../json.ts";
import type { Guard } from "../baseline.ts";
import { isConnected, isIdle, isNegotiating, isText, isVnetToVnet, otherEndStatus, standingOf } from "./connection.ts";
import type { IpsecParameters } from "./ipsec-presets.ts";
import { rememberedPolicy } from "./ipsec-remedy.ts";
import { describeAlgorithms } from "./ipsec-strength.ts";

/** A tunnel comes up within seconds of a change; one whose peer is away may negotiate for longer. */
const secondsToNegotiate = 30;

const otherEndReasons = {
  unreadable: "The other end of the VNet-to-VNet tunnel can't be read.",
  "out-of-scope": "The other end of the VNet-to-VNet tunnel must not be written.",
  missing: "The other end of the VNet-to-VNet tunnel was not found.",
};

/**
 * Policies apply to route-based gateways of any SKU but Basic; the others refuse them.
 *
 * Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-ipsecikepolicy-rm-powershell#considerations
 */
export const gatewayTakesNoPolicy: Guard<IpsecParameters> = {
  id: "gateway-takes-no-policy",
  title: "The gateway's SKU or type takes no custom policy",
  parts: ["gateway"],
  evaluate({ parts }) {
    const causes: string[] = [];
    if (isText(valueAt(parts.gateway, "properties.sku.name"), "Basic")) causes.push("its SKU is Basic");
    if (isText(valueAt(parts.gateway, "properties.vpnType"), "PolicyBased")) causes.push("it is policy-based");
    if (causes.length === 0) return undefined;
    return {
      reason: `The gateway takes no custom IPsec policy: ${causes.join(", and ")}.`,
      mayBreak: "Nothing: it is left alone.",
      advice: "Move the connection to a route-based gateway of another SKU.",
      allowed: false,
      leaveAlone: true,
    };
  },
};

/** With different policies at its two ends a tunnel does not come up, so neither end is written without the other. */
export const otherEndUnreachable: Guard<IpsecParameters> = {
  id: "other-end-unreachable",
  title: "The other end of a VNet-to-VNet tunnel can't get the same policy",
  parts: [],
  evaluate(resource) {
    const status = otherEndStatus(resource);
    if (!isVnetToVnet(resource) || status === "readable") return undefined;
    return {
      reason: otherEndReasons[status],
      mayBreak: "With different policies at its ends the tunnel does not come up.",
      advice: "Let the service read and write both connections, or change both by hand at the same time.",
      allowed: false,
    };
  },
};

/**
 * After the fix the gateway offers the new policy only, so a peer that does not know it stays down. A policy that the connection carried
 * before is known to the peer, and a tunnel that is down can't be cut off; a status that is not told counts as connected. The event of a
 * change comes while the tunnel is made anew: only then does it show whether anybody uses it.
 *
 * Source: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-vpn-faq (custom IPsec/IKE policies).
 */
export const peerUnknown: Guard<IpsecParameters> = {
  id: "peer-unknown",
  title: "The tunnel is in use, and its peer may not know the policy",
  parts: [],
  evaluate(resource, parameters, memory = {}) {
    if (isVnetToVnet(resource) || isIdle(resource)) return undefined;
    if (parameters.readyConnections.some((id) => isText(resource.id, id))) return undefined;
    const standing = standingOf(resource, parameters);
    if (standing.own.policy !== undefined || rememberedPolicy(resource, standing, memory) !== undefined)
      return undefined;
    if (isNegotiating(resource)) {
      return {
        reason: "The tunnel is being negotiated just now: whether it is in use shows in a moment.",
        mayBreak: "If the tunnel is in use and its peer does not accept the new policy, the site behind it is cut off.",
        advice: "Nothing: it is looked at again by itself.",
        allowed: false,
        askAgainSeconds: secondsToNegotiate,
      };
    }
    const seen = isConnected(resource) ? "The tunnel is connected" : "The tunnel may be connected";
    return {
      reason: `${seen}, and was never seen with a compliant policy: its peer may not know the one that the fix sets.`,
      mayBreak: "If the peer does not accept the new policy, the tunnel stays down, and the site behind it is cut off.",
      advice: `Have the peer's administrator add this proposal: ${describeAlgorithms(standing.wanted)}. Then approve the remediation, or name the connection in readyConnections.`,
      allowed: false,
    };
  },
};
