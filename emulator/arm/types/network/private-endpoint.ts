import { randomUUID } from "node:crypto";
import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import type { DeletePlan, PlanContext, ResourceType } from "../../resource-type.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";
import { endpointInterface, networkInterfaceType } from "./network-interface.ts";
import { etagHeader, networkApiVersions, networkDelete, stamped } from "./network-resource.ts";

const endpointType = "Microsoft.Network/privateEndpoints";
const zoneGroupType = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";

/**
 * Private endpoints, to be read and deleted: what the local Azure has of them is seeded, and no address of it leads anywhere. Each has a
 * network interface in its group, which goes with it. Shapes by the swagger (privateEndpoint.json); none was recorded.
 */
export const privateEndpoints: ResourceType = {
  name: endpointType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  readHeaders: etagHeader,
  delete: deleteWithInterface,
  seed: (context) => {
    const group = context.id.split("/").slice(0, 5).join("/");
    const interfaceId = `${group}/providers/${networkInterfaceType}/${context.name}.nic.${randomUUID()}`;
    const made = endpoint(context, interfaceId);
    return [made, endpointInterface(made, interfaceId)];
  },
};

/** What puts the address of an endpoint into private DNS zones; to be read alone, too. */
export const privateDnsZoneGroups: ResourceType = {
  name: zoneGroupType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  seed: zoneGroup,
};

function endpoint({ id, name, body: sent }: PlanContext, interfaceId: string): StoredResource {
  const asked = objectAt(sent, "properties");
  const properties = {
    provisioningState: "Succeeded",
    ...asked,
    privateLinkServiceConnections: connections(id, "privateLinkServiceConnections", asked, "Approved"),
    // Somebody on the other side has to accept these.
    manualPrivateLinkServiceConnections: connections(id, "manualPrivateLinkServiceConnections", asked, "Pending"),
    customDnsConfigs: [],
    networkInterfaces: [{ id: interfaceId }],
  };
  const body = { name, id, etag: "", type: endpointType, location: "westus", ...sent, properties };
  return stamped({ id, type: endpointType, body }, "Succeeded");
}

function deleteWithInterface(context: PlanContext, existing: StoredResource): DeletePlan {
  const its = interfaceOf(existing);
  return { ...networkDelete(context, existing, 10), ...(its !== undefined && { others: [its] }) };
}

function interfaceOf({ body }: StoredResource): string | undefined {
  const { networkInterfaces } = objectAt(body, "properties");
  const [first] = Array.isArray(networkInterfaces) ? networkInterfaces : [];
  return isJsonObject(first) ? textAt(first, "id") : undefined;
}

/** Ids of the subnets that endpoints stand in, each with what holds it there. */
export function endpointSubnets(store: ResourceStore): { subnetId: string; holder: string }[] {
  return store.ofType(endpointType).map((each) => ({
    subnetId: textAt(objectAt(objectAt(each.body, "properties"), "subnet"), "id") ?? "",
    holder: `${interfaceOf(each)}/ipConfigurations/privateEndpointIpConfig`,
  }));
}

function connections(id: string, name: string, sent: JsonObject, status: string): Json[] {
  const listed = sent[name];
  return (Array.isArray(listed) ? listed : []).filter(isJsonObject).map((connection) => ({
    id: `${id}/${name}/${String(connection.name)}`,
    etag: "",
    type: `${endpointType}/${name}`,
    ...connection,
    properties: {
      provisioningState: "Succeeded",
      privateLinkServiceConnectionState: { status, description: "", actionsRequired: "None" },
      ...objectAt(connection, "properties"),
    },
  }));
}

function zoneGroup({ id, name, body }: PlanContext): StoredResource {
  const properties = { privateDnsZoneConfigs: [], ...objectAt(body, "properties"), provisioningState: "Succeeded" };
  return stamped({ id, type: zoneGroupType, body: { id, name, etag: "", properties } }, "Succeeded");
}
