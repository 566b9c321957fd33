import { type JsonObject, objectAt, textAt } from "../../json.ts";
import { type DeletePlan, deleteAtOnce, type PlanContext, type ResourceType } from "../../resource-type.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";
import { webApiVersions } from "./api-versions.ts";
import { planOf, sitesOn } from "./server-farm.ts";

/** Function apps, to be read and deleted: what the local Azure has of them is seeded. */
export const sites: ResourceType = {
  name: "Microsoft.Web/sites",
  level: "resourceGroup",
  apiVersions: webApiVersions,
  tracked: true,
  read: withSubnet,
  delete: deleteWithPlan,
  seed: (context) => [site(context), ...networkConfig(context)],
};

/** The hold of an app on a subnet (swagger: WebApps_DeleteSwiftVirtualNetwork). Seeded with the app, by its `virtualNetworkSubnetId`. */
export const siteNetworkConfigs: ResourceType = {
  name: "Microsoft.Web/sites/networkConfig",
  level: "resourceGroup",
  apiVersions: webApiVersions,
  delete: () => ({ status: 200 }),
};

/** The functions of an app, each once its app has started. Named `APP/FUNCTION`, as the swagger's examples show. */
export const siteFunctions: ResourceType = {
  name: "Microsoft.Web/sites/functions",
  level: "resourceGroup",
  apiVersions: webApiVersions,
  seed: (context) => siteFunction(context),
};

function site({ id, name, body: sent }: PlanContext): StoredResource {
  const body: JsonObject = {
    id,
    name,
    type: "Microsoft.Web/sites",
    kind: "functionapp,linux",
    location: "westus",
    ...sent,
    properties: {
      state: "Running",
      enabled: true,
      defaultHostName: `${name}.azurewebsites.net`,
      ...objectAt(sent, "properties"),
    },
  };
  return { id, type: "Microsoft.Web/sites", body };
}

/** The subnet that an app holds, for as long as it does. */
function withSubnet({ id, body }: StoredResource, { store }: PlanContext): JsonObject {
  const { virtualNetworkSubnetId, ...own } = objectAt(body, "properties");
  const isHeld = store.get(`${id}/networkConfig/virtualNetwork`) !== undefined;
  return { ...body, properties: { ...own, ...(isHeld && { virtualNetworkSubnetId }) } };
}

function networkConfig({ id, body }: PlanContext): StoredResource[] {
  const subnetResourceId = textAt(objectAt(body, "properties"), "virtualNetworkSubnetId");
  if (subnetResourceId === undefined) return [];
  const hold = { id: `${id}/networkConfig/virtualNetwork`, type: "Microsoft.Web/sites/networkConfig" };
  const properties = { subnetResourceId, swiftSupported: true };
  return [{ ...hold, body: { ...hold, name: "virtualNetwork", properties } }];
}

/** A plan that this leaves empty goes too (swagger: WebApps_Delete, deleteEmptyServerFarm). */
function deleteWithPlan(context: PlanContext, existing: StoredResource): DeletePlan {
  const plan = planOf(existing.body);
  const isLast = plan !== undefined && sitesOn(context.store, plan).length === 1;
  return { ...deleteAtOnce(context, existing), ...(isLast && { others: [plan] }) };
}

/** Ids of the subnets that apps hold, each with the app. */
export function heldSubnets(store: ResourceStore): { subnetId: string; holder: string }[] {
  return store.ofType(siteNetworkConfigs.name).map(({ id, body }) => ({
    subnetId: textAt(objectAt(body, "properties"), "subnetResourceId") ?? "",
    holder: id,
  }));
}

function siteFunction({ id, name, body: sent, parent }: PlanContext): StoredResource {
  const body: JsonObject = {
    id,
    name: `${parent?.id.split("/").at(-1) ?? ""}/${name}`,
    type: "Microsoft.Web/sites/functions",
    location: parent?.body.location ?? "westus",
    properties: {
      name,
      isDisabled: false,
      config: { bindings: [{ type: "eventGridTrigger", name: "event", direction: "in" }] },
      ...objectAt(sent, "properties"),
    },
  };
  return { id, type: "Microsoft.Web/sites/functions", body };
}
