import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import { isAtOrBelow, nameOf } from "../../resource-id.ts";
import type { DeletePlan, PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { heldSubnets } from "../web/site.ts";
import { networkError } from "./network-error.ts";
import {
  etagHeader,
  networkApiVersions,
  networkDelete,
  networkResource,
  networkWrite,
  patchTags,
} from "./network-resource.ts";
import { endpointSubnets } from "./private-endpoint.ts";
import { newSubnet, visibleSubnet } from "./subnet.ts";

const virtualNetworkType = "Microsoft.Network/virtualNetworks";

/**
 * Virtual networks (recordings vpn-connection-ipsec, vpn-vnet2vnet), with their subnets as resources of their own, shown
 * inside. A PUT makes and changes the subnets that it lists; a subnet goes only by its own DELETE.
 */
export const virtualNetworks: ResourceType = {
  name: virtualNetworkType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  read: withSubnets,
  readHeaders: etagHeader,
  put,
  patch: patchTags,
  delete: deleteUnused,
  seed: (context) => networkResource(withLocation(context), virtualNetworkType, properties(context.body)),
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const network = networkResource(context, virtualNetworkType, properties(context.body), existing);
  const { subnets } = objectAt(context.body, "properties");
  const others = (Array.isArray(subnets) ? subnets : []).filter(isJsonObject).map((subnet) => {
    const id = `${network.id}/subnets/${textAt(subnet, "name") ?? ""}`;
    return newSubnet(id, subnet);
  });
  return { ...networkWrite(context, existing, network, 10), others };
}

/** Refused while an app or a private endpoint holds a subnet. Code: docs, "Common deployment errors"; the message as reports have it (terraform-provider-azurerm). */
function deleteUnused(context: PlanContext, existing: StoredResource): DeletePlan {
  const held = [...heldSubnets(context.store), ...endpointSubnets(context.store)].find(({ subnetId }) =>
    isAtOrBelow(subnetId, existing.id),
  );
  if (held === undefined) return networkDelete(context, existing, 10);
  throw networkError(
    400,
    "InUseSubnetCannotBeDeleted",
    `Subnet ${nameOf(held.subnetId)} is in use by ${held.holder} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
  );
}

/** `enableVmProtection` is taken and never answered (recorded). */
function properties(sent: JsonObject): JsonObject {
  const { subnets: _subnets, enableVmProtection: _protection, ...rest } = objectAt(sent, "properties");
  return { virtualNetworkPeerings: [], enableDdosProtection: false, ...writable(rest) };
}

function writable(sent: JsonObject): JsonObject {
  const { provisioningState: _state, resourceGuid: _guid, ...rest } = sent;
  return rest;
}

function withSubnets(network: StoredResource, { apiVersion, store }: PlanContext): JsonObject {
  const own = objectAt(network.body, "properties");
  const subnets: Json[] = store.list(`${network.id}/subnets`).map((subnet) => {
    const shown = visibleSubnet(subnet, apiVersion);
    if (own.provisioningState !== "Updating") return shown;
    return { ...shown, properties: { ...objectAt(shown, "properties"), provisioningState: "Updating" } };
  });
  return { ...network.body, properties: { ...own, subnets } };
}

function withLocation(context: PlanContext): PlanContext {
  const addressSpace = { addressPrefixes: ["10.0.0.0/16"] };
  const sent = { addressSpace, ...objectAt(context.body, "properties") };
  return { ...context, body: { location: "westus", ...context.body, properties: sent } };
}
