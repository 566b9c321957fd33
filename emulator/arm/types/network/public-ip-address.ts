import { createHash } from "node:crypto";
import { isJsonObject, objectAt, textAt } from "../../json.ts";
import type { PlanContext, ResourceType } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import {
  etagHeader,
  networkApiVersions,
  networkDelete,
  networkResource,
  networkWrite,
  patchTags,
} from "./network-resource.ts";

const publicIpAddressType = "Microsoft.Network/publicIPAddresses";

/** Public addresses (recordings vpn-connection-ipsec, vpn-vnet2vnet). A static one has its address when its PUT is done. */
export const publicIpAddresses: ResourceType = {
  name: publicIpAddressType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  readHeaders: etagHeader,
  put: (context, existing) => {
    const address = newAddress(context, existing);
    const plan = networkWrite(context, existing, address, 1);
    return existing ? plan : { ...plan, resource: withoutAddress(plan.resource) };
  },
  patch: patchTags,
  delete: (context, existing) => networkDelete(context, existing, 10),
  seed: (context) => newAddress({ ...context, body: { location: "westus", ...context.body } }),
};

function newAddress(context: PlanContext, existing?: StoredResource): StoredResource {
  const { provisioningState: _state, resourceGuid: _guid, ...asked } = objectAt(context.body, "properties");
  const sku = { name: "Basic", tier: "Regional", ...objectAt(context.body, "sku") };
  const isStandard = sku.name === "Standard";
  const settled = {
    publicIPAddressVersion: "IPv4",
    publicIPAllocationMethod: isStandard ? "Static" : "Dynamic",
    idleTimeoutInMinutes: 4,
    ipTags: [],
    ...(isStandard && { ddosSettings: { protectionMode: "VirtualNetworkInherited" } }),
    ...asked,
  };
  const isStatic = settled.publicIPAllocationMethod === "Static";
  const ipAddress = textAt(objectAt(existing?.body, "properties"), "ipAddress") ?? addressOf(context.id);
  const resource = networkResource(
    context,
    publicIpAddressType,
    { ...(isStatic && { ipAddress }), ...settled },
    existing,
  );
  return { ...resource, body: { ...resource.body, sku } };
}

/** An address of the range kept for examples, the same for the same resource. */
export function addressOf(id: string): string {
  const [last = 0] = createHash("sha256").update(id.toLowerCase()).digest();
  return `203.0.113.${1 + (last % 254)}`;
}

function withoutAddress(resource: StoredResource): StoredResource {
  const { properties } = resource.body;
  if (!isJsonObject(properties)) return resource;
  const { ipAddress: _address, ...rest } = properties;
  return { ...resource, body: { ...resource.body, properties: rest } };
}
