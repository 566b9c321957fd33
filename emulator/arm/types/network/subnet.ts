import { isJsonObject, type JsonObject, objectAt } from "../../json.ts";
import { nameOf } from "../../resource-id.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { etagHeader, networkApiVersions, networkDelete, networkWrite, stamped } from "./network-resource.ts";

const subnetType = "Microsoft.Network/virtualNetworks/subnets";

/** Subnets (recording vpn-connection-ipsec): no location, tags or resourceGuid of their own. */
export const subnets: ResourceType = {
  name: subnetType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  read: (subnet, { apiVersion }) => visibleSubnet(subnet, apiVersion),
  readHeaders: etagHeader,
  put,
  delete: (context, existing) => networkDelete(context, existing, 5),
  seed: ({ id, body }) => newSubnet(id, body),
};

/** A subnet with the defaults as recorded. */
export function newSubnet(id: string, sent: JsonObject): StoredResource {
  const { provisioningState: _state, serviceEndpoints, ...asked } = objectAt(sent, "properties");
  const properties = {
    provisioningState: "Succeeded",
    ipamPoolPrefixAllocations: [],
    delegations: [],
    privateEndpointNetworkPolicies: "Disabled",
    privateLinkServiceNetworkPolicies: "Enabled",
    ...asked,
    ...(Array.isArray(serviceEndpoints) && { serviceEndpoints: serviceEndpoints.filter(isJsonObject).map(endpoint) }),
  };
  return stamped(
    { id, type: subnetType, body: { name: nameOf(id), id, etag: "", properties, type: subnetType } },
    "Succeeded",
  );
}

function endpoint(sent: JsonObject): JsonObject {
  return { provisioningState: "Succeeded", locations: ["*"], ...sent };
}

/** `ipamPoolPrefixAllocations` is answered to newer api-versions only (recorded: 2024-01-01, not 2022-01-01). */
export function visibleSubnet({ body }: StoredResource, apiVersion: string): JsonObject {
  if (apiVersion >= "2024-01-01") return body;
  const { ipamPoolPrefixAllocations: _allocations, ...properties } = objectAt(body, "properties");
  return { ...body, properties };
}

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  return networkWrite(context, existing, newSubnet(existing?.id ?? context.id, context.body), 1);
}
