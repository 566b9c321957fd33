import { valueAt } from "../../json.ts";
import { defineBaseline, type Finding, type Resource, readProvider } from "../baseline.ts";
import {
  type End,
  endsDisagree,
  isConnected,
  isText,
  otherEndPoliciesPath,
  policiesPath,
  standingOf,
} from "./connection.ts";
import { gatewayTakesNoPolicy, otherEndUnreachable, peerUnknown } from "./ipsec-guards.ts";
import { type IpsecParameters, type IpsecPolicy, ipsecParameters } from "./ipsec-presets.ts";
import { remedyOf } from "./ipsec-remedy.ts";
import { describeAlgorithms, doubtsOf } from "./ipsec-strength.ts";

/**
 * IPsec policy: a VPN tunnel is made with strong algorithms only.
 *
 * It protects what sites and virtual networks send each other over the internet: without a custom policy the gateway also accepts 3DES,
 * SHA1, DH group 2 and no perfect forward secrecy. The fix drops the tunnel for seconds; afterwards the gateway offers the new policy
 * only, and a peer that does not know it stays down. So a policy that the peer is known to speak goes first, a tunnel in use waits for a
 * person, and one that does not come back gets its old policy back.
 *
 * Sources: https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-compliance-crypto and
 * https://learn.microsoft.com/azure/vpn-gateway/ipsec-ike-policy-howto; Microsoft.Network `IpsecPolicy`,
 * `VirtualNetworkGatewayConnectionType`.
 */
export const ipsecPolicy = defineBaseline({
  id: "vpn/ipsec-policy",
  title: "VPN tunnels use strong IPsec and IKE algorithms only",
  protects:
    "What sites and virtual networks send each other through VPN tunnels (site-to-site and VNet-to-VNet): without a custom policy, Azure's defaults also accept 3DES, SHA1, Diffie-Hellman group 2 and no perfect forward secrecy.",
  compliant:
    "`properties.ipsecPolicies` holds exactly one policy, valid, and in each of its six algorithms as strong as the one asked for or stronger; lifetimes and DPD don't count. Both ends of a VNet-to-VNet tunnel carry the same one; two compliant policies that differ are only reported, as are `DHGroup24`, `PFS24`, `PFS14`, `PFSMM` and algorithms that are not known here.",
  mayBreak:
    "The tunnel drops for seconds. Afterwards the gateway offers this policy only: a peer that does not know it stays disconnected, and the site behind it is cut off until the peer is changed or the old policy is put back.",
  fixPoints: [
    "**Which policy.** That of the other end, where that is compliant; else the one that the connection carried when it was last seen compliant and connected, while it is strong enough; else the one of the parameters. Lifetimes that the connection has stay.",
    "**Both ends.** A VNet-to-VNet tunnel is read at both ends on each look, the other one only within `SCOPES`. Both get the same policy: this end first, the other once the first is proven. If the second can't be written, the first is put back.",
    "**A full PUT.** The service knows no patch of a policy. So the connection is read just before, and goes back whole with its policy alone changed; its shared key goes along in memory where the api-version shows it. Nothing is sent where the newest api-version shows something that would be lost (`write-would-lose`).",
    "**The look back.** A tunnel that was connected before has to be connected again `lookBackSeconds` after its fix was proven. Else its old policy is put back, at both ends where both were changed: the outcome is `reverted`, and a person decides. So it is put back where Azure's operation failed, also where only for a while, and the connection shows the new policy all the same: it may not be in effect.",
  ],
  resourceType: "Microsoft.Network/connections",
  operations: [{ name: "Microsoft.Network/connections/write" }],
  readPermissions: [
    "Microsoft.Network/connections/read",
    "Microsoft.Network/virtualNetworkGateways/read",
    "Microsoft.Network/virtualNetworkGateways/connections/read",
    // Nothing reads it. A PUT names it, and Azure may hold what a request names against what its caller may do (linked authorization).
    "Microsoft.Network/localNetworkGateways/read",
    "Microsoft.Network/locations/operations/read",
  ],
  fixPermissions: ["Microsoft.Network/connections/write", readProvider],
  controls: {
    azurePolicy: ["50b83b09-03da-41c1-b656-c293c914862b"],
    microsoftCloudSecurityBenchmark: [],
    cis: [],
    nist80053r5: ["SC-8(1)", "SC-13"],
    pciDss4: [],
    iso27001: [],
  },
  parameters: ipsecParameters,
  owns: [policiesPath, otherEndPoliciesPath],
  parts: ["otherEnd"],
  writtenAlone: true,
  unsupported: whyUnsupported,
  check: findingsOf,
  fix: remedyOf,
  guards: [gatewayTakesNoPolicy, otherEndUnreachable, peerUnknown],
  lookBack: { afterSeconds: ({ lookBackSeconds }) => lookBackSeconds, works: isConnected },
});

function whyUnsupported({ body }: Resource): string | undefined {
  const type = valueAt(body, "properties.connectionType");
  if (isText(type, "IPsec") || isText(type, "Vnet2Vnet")) return undefined;
  if (isText(type, "ExpressRoute")) return "An ExpressRoute connection is no IPsec tunnel: it has no IPsec policy.";
  if (isText(type, "VPNClient")) return "The policy of a connection for VPN clients belongs to its gateway.";
  return "Its connection type is not known to take an IPsec policy.";
}

function findingsOf(resource: Resource, parameters: IpsecParameters): Finding[] {
  const standing = standingOf(resource, parameters);
  const { own, other, wanted } = standing;
  const findings: Finding[] = [];
  if (own.policy === undefined) findings.push(weakFinding(policiesPath, own, wanted));
  if (other && other.policy === undefined) findings.push(weakFinding(otherEndPoliciesPath, other, wanted));
  if (endsDisagree(standing)) findings.push(disagreement(own));
  const doubts = own.policy === undefined ? [] : doubtsOf(own.policy);
  if (doubts.length > 0) findings.push(doubtFinding(own, doubts));
  return findings;
}

function weakFinding(path: string, end: End, wanted: IpsecPolicy): Finding {
  const expected = `one policy at least as strong as ${describeAlgorithms(wanted)}`;
  const explanation = `Not as strong as asked for: ${end.weaknesses.join("; ")}.`;
  return { path, expected, actual: end.policies, remedy: "fix", explanation };
}

function disagreement({ policies }: End): Finding {
  return {
    path: policiesPath,
    expected: "the same policy at both ends",
    actual: policies,
    remedy: "report",
    explanation:
      "Both ends have a compliant policy, but not the same, so the tunnel can't come up; a person has to choose one.",
  };
}

function doubtFinding({ policies }: End, doubts: string[]): Finding {
  return {
    path: policiesPath,
    expected: "algorithms that are recommended",
    actual: policies,
    remedy: "report",
    explanation: `Left as it is: ${doubts.join("; ")}.`,
  };
}
