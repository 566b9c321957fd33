import { isJsonObject, type JsonObject, objectAt, textAt } from "../../json.ts";
import type { DeletePlan, PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { checkGatewayIsFree, connectionsOf } from "./contention.ts";
import { defaultClientConfiguration, gatewayProperties, runningProperties } from "./gateway-body.ts";
import { checkIfMatch } from "./if-match.ts";
import { networkError } from "./network-error.ts";
import {
  networkApiVersions,
  networkDelete,
  networkResource,
  networkWrite,
  patchTags,
  stamped,
} from "./network-resource.ts";
import { checkReference } from "./references.ts";

const virtualNetworkGatewayType = "Microsoft.Network/virtualNetworkGateways";

/**
 * VPN gateways (recordings vpn-connection-ipsec, vpn-vnet2vnet, vpn-gateway-429). A new one takes 16 to 20 minutes there.
 * A gateway and all its connections are one unit: while one of them is busy, writes to any are refused.
 */
export const virtualNetworkGateways: ResourceType = {
  name: virtualNetworkGatewayType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  put,
  patch: (context, existing) => {
    checkIfMatch(context, existing);
    checkGatewayIsFree(context, [existing.id]);
    return patchTags(context, existing);
  },
  delete: remove,
  seed: (context) => {
    const body = { location: "westus", ...context.body };
    const properties = gatewayProperties(context.id, objectAt(body, "properties"));
    const running = runningProperties(context.id, properties, context.store);
    return networkResource({ ...context, body }, virtualNetworkGatewayType, running);
  },
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  checkIfMatch(context, existing);
  checkGatewayIsFree(context, [existing?.id ?? context.id]);
  const sent = objectAt(context.body, "properties");
  checkGateway(context, sent);
  const id = existing?.id ?? context.id;
  const properties = gatewayProperties(id, sent);
  const running = runningProperties(id, properties, context.store);
  const plan = networkWrite(context, existing, gateway(context, running, existing), existing ? 90 : 970);
  const resource = existing ? plan.resource : stamped(gateway(context, properties, plan.resource), "Updating");
  const answered = { vpnClientConfiguration: defaultClientConfiguration, ...objectAt(resource.body, "properties") };
  return { ...plan, resource, body: { ...resource.body, properties: answered } };
}

function gateway(context: PlanContext, properties: JsonObject, existing?: StoredResource): StoredResource {
  return networkResource(context, virtualNetworkGatewayType, properties, existing);
}

function checkGateway(context: PlanContext, sent: JsonObject): void {
  const configurations = Array.isArray(sent.ipConfigurations) ? sent.ipConfigurations.filter(isJsonObject) : [];
  if (configurations.length === 0) {
    throw networkError(
      400,
      "VirtualNetworkGatewayIpConfigurationsMissing",
      `Virtual network gateway ${context.id} has no IP configurations.`,
    );
  }
  for (const configuration of configurations) {
    const { publicIPAddress, subnet } = objectAt(configuration, "properties");
    checkReference(context, publicIPAddress);
    checkReference(context, subnet);
    const subnetId = isJsonObject(subnet) ? (textAt(subnet, "id") ?? "") : "";
    if (/\/subnets\/GatewaySubnet$/i.test(subnetId)) continue;
    throw networkError(
      400,
      "GatewaySubnetNameInvalid",
      `The subnet of a virtual network gateway must be named GatewaySubnet; ${context.id} refers to '${subnetId}'.`,
    );
  }
}

function remove(context: PlanContext, existing: StoredResource): DeletePlan {
  checkIfMatch(context, existing);
  checkGatewayIsFree(context, [existing.id]);
  const [connection] = connectionsOf(context.store, existing.id);
  if (connection) {
    throw networkError(
      400,
      "VirtualNetworkGatewayInUse",
      `Virtual network gateway ${existing.id} is in use by ${connection.id} and cannot be deleted.`,
    );
  }
  return networkDelete(context, existing, 300);
}
