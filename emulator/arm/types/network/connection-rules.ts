import { isJsonObject, type JsonObject, objectAt, textAt } from "../../json.ts";
import type { PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { networkError, unreadable } from "./network-error.ts";
import { checkReference } from "./references.ts";

/** Where the far end of each type of connection is named. */
const farEnds: Readonly<Record<string, string>> = {
  IPsec: "localNetworkGateway2",
  Vnet2Vnet: "virtualNetworkGateway2",
  ExpressRoute: "peer",
};

/**
 * Throws where the service would refuse these properties, as they would be stored (docs: Configure IPsec/IKE policy,
 * About cryptographic requirements). What the documentation only says in words has codes of our own making here.
 */
export function checkConnection(
  context: PlanContext,
  properties: JsonObject,
  existing: StoredResource | undefined,
): void {
  const before = objectAt(existing?.body, "properties");
  checkEnds(context, properties, before);
  if (existing) checkFixed(properties, before);
  checkDeadPeerDetection(properties);
  const policies = Array.isArray(properties.ipsecPolicies) ? properties.ipsecPolicies.filter(isJsonObject) : [];
  const [policy] = policies;
  if (properties.usePolicyBasedTrafficSelectors === true && !policy) {
    throw refused(
      "PolicyBasedTrafficSelectorsRequireIpsecPolicy",
      "UsePolicyBasedTrafficSelectors needs a custom IPsec policy; the policy cannot be cleared while it is set.",
    );
  }
  if (policy) checkPolicyIsPossible(context, properties, policy);
}

function checkEnds(context: PlanContext, properties: JsonObject, before: JsonObject): void {
  const farEnd = farEnds[textAt(properties, "connectionType") ?? ""];
  for (const name of ["virtualNetworkGateway1", ...(farEnd ? [farEnd] : [])]) {
    const id = textAt(objectAt(properties, name), "id");
    if (!id) throw unreadable(`Required property '${name}' not found in JSON. Path 'properties'.`);
    if (id.toLowerCase() !== textAt(objectAt(before, name), "id")?.toLowerCase() && name !== "peer") {
      checkReference(context, properties[name]);
    }
  }
}

function checkFixed(properties: JsonObject, before: JsonObject): void {
  for (const name of ["connectionType", "connectionProtocol"]) {
    if (before[name] === undefined || before[name] === properties[name]) continue;
    throw refused(
      `${name.charAt(0).toUpperCase()}${name.slice(1)}CannotBeChanged`,
      `${name} cannot be changed from ${before[name]} to ${properties[name] ?? "none"}; delete the connection and create it again.`,
    );
  }
}

/** 0 stands for the default, 45 s. */
function checkDeadPeerDetection({ dpdTimeoutSeconds }: JsonObject): void {
  if (typeof dpdTimeoutSeconds !== "number" || dpdTimeoutSeconds === 0) return;
  if (dpdTimeoutSeconds >= 9 && dpdTimeoutSeconds <= 3600) return;
  throw refused("InvalidDpdTimeoutSeconds", `dpdTimeoutSeconds ${dpdTimeoutSeconds} is not in the range 9 to 3600.`);
}

function checkPolicyIsPossible(context: PlanContext, properties: JsonObject, policy: JsonObject): void {
  const { connectionType, connectionProtocol } = properties;
  if (connectionType !== "IPsec" && connectionType !== "Vnet2Vnet") {
    throw refused("IpsecPoliciesNotSupportedOnConnectionType", `A ${connectionType} connection has no IPsec policy.`);
  }
  const gatewayId = textAt(objectAt(properties, "virtualNetworkGateway1"), "id") ?? "";
  const gateway = objectAt(context.store.get(gatewayId)?.body, "properties");
  if (textAt(objectAt(gateway, "sku"), "name") === "Basic") {
    throw refused(
      "IpsecPoliciesNotSupportedOnBasicSku",
      `${gatewayId} is of the Basic SKU, which has no custom policies.`,
    );
  }
  if (gateway.vpnType === "PolicyBased") {
    throw refused(
      "IpsecPoliciesNotSupportedOnPolicyBased",
      `${gatewayId} is PolicyBased; custom policies need RouteBased.`,
    );
  }
  if (connectionProtocol === "IKEv1" && String(policy.ikeEncryption).startsWith("GCM")) {
    throw refused("IkeEncryptionNotSupportedWithIkeV1", `${policy.ikeEncryption} as ikeEncryption needs IKEv2.`);
  }
}

function refused(code: string, message: string) {
  return networkError(400, code, message);
}
