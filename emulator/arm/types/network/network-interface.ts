import { objectAt } from "../../json.ts";
import type { DeletePlan, PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { seededType } from "../seeded-type.ts";
import { networkError } from "./network-error.ts";
import { networkApiVersions, networkDelete } from "./network-resource.ts";

export const networkInterfaceType = "Microsoft.Network/networkInterfaces";

/** Network interfaces, as private endpoints have them: listed in the group, and nobody's to delete while the endpoint is there. */
export const networkInterfaces = seededType({
  name: networkInterfaceType,
  apiVersions: networkApiVersions,
  properties: () => ({ provisioningState: "Succeeded" }),
  delete: deleteUnused,
});

/** The one that comes with an endpoint; it has no tags. */
export function endpointInterface({ id, body }: StoredResource, interfaceId: string): StoredResource {
  const properties = { provisioningState: "Succeeded", privateEndpoint: { id } };
  const own = { id: interfaceId, name: interfaceId.split("/").at(-1) ?? "", type: networkInterfaceType };
  return { id: interfaceId, type: networkInterfaceType, body: { ...own, location: body.location ?? "", properties } };
}

/** Code and message as public reports have them, with Azure's own "an private endpoint" (NicInUseWithPrivateEndpoint of resources.Client#DeleteByID). */
function deleteUnused(context: PlanContext, existing: StoredResource): DeletePlan {
  const { id } = objectAt(objectAt(existing.body, "properties"), "privateEndpoint");
  if (typeof id !== "string") return networkDelete(context, existing, 5);
  throw networkError(
    400,
    "NicInUseWithPrivateEndpoint",
    `Network interface ${existing.id} cannot be deleted because it is currently in use with an private endpoint (${id}).`,
  );
}
