import { nestedResourcesExist } from "../../errors.ts";
import { nameOf } from "../../resource-id.ts";
import { type DeletePlan, deleteAtOnce, type PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { seededType } from "../seeded-type.ts";

const zoneType = "Microsoft.Network/privateDnsZones";
const linkType = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";
const apiVersions = ["2024-06-01", "2020-06-01", "2018-09-01"];

/** Private DNS zones. No name is looked up in them here. */
export const privateDnsZones = seededType({
  name: zoneType,
  apiVersions,
  location: "global",
  properties: () => ({ provisioningState: "Succeeded" }),
  delete: deleteWithoutLinks,
});

/** Links of zones to networks: listed in the group as resources of their own. */
export const virtualNetworkLinks = seededType({
  name: linkType,
  apiVersions,
  location: "global",
  properties: () => ({ provisioningState: "Succeeded", virtualNetworkLinkState: "Completed" }),
});

function deleteWithoutLinks(context: PlanContext, existing: StoredResource): DeletePlan {
  const [link] = context.store.list(`${existing.id}/virtualNetworkLinks`);
  if (link === undefined) return deleteAtOnce(context, existing);
  throw nestedResourcesExist(`${zoneType}/${context.name}/virtualNetworkLinks/${nameOf(link.id)}`);
}
