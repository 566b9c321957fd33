import { isJsonObject, type Json, type JsonObject, objectAt } from "../../json.ts";
import type { PlanContext, ResourceType } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { etagHeader, networkApiVersions, stamped } from "./network-resource.ts";

const endpointType = "Microsoft.Network/privateEndpoints";
const zoneGroupType = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";

/**
 * Private endpoints, to be read alone: what the local Azure has of them is seeded, and no address of it leads anywhere. Shapes by the
 * swagger (privateEndpoint.json); none was recorded.
 */
export const privateEndpoints: ResourceType = {
  name: endpointType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  tracked: true,
  readHeaders: etagHeader,
  seed: endpoint,
};

/** What puts the address of an endpoint into private DNS zones; to be read alone, too. */
export const privateDnsZoneGroups: ResourceType = {
  name: zoneGroupType,
  level: "resourceGroup",
  apiVersions: networkApiVersions,
  seed: zoneGroup,
};

function endpoint({ id, name, body: sent }: PlanContext): StoredResource {
  const asked = objectAt(sent, "properties");
  const properties = {
    provisioningState: "Succeeded",
    ...asked,
    privateLinkServiceConnections: connections(id, "privateLinkServiceConnections", asked, "Approved"),
    // Somebody on the other side has to accept these.
    manualPrivateLinkServiceConnections: connections(id, "manualPrivateLinkServiceConnections", asked, "Pending"),
    customDnsConfigs: [],
    networkInterfaces: [],
  };
  const body = { name, id, etag: "", type: endpointType, location: "westus", ...sent, properties };
  return stamped({ id, type: endpointType, body }, "Succeeded");
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
