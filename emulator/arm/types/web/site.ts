import { type JsonObject, objectAt } from "../../json.ts";
import type { PlanContext, ResourceType } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";

const apiVersions = ["2025-03-01", "2024-11-01", "2024-04-01", "2023-12-01", "2022-03-01"];

/** Function apps, to be read alone: what the local Azure has of them is seeded. */
export const sites: ResourceType = {
  name: "Microsoft.Web/sites",
  level: "resourceGroup",
  apiVersions,
  tracked: true,
  seed: (context) => site(context),
};

/** The functions of an app, each once its app has started. Named `APP/FUNCTION`, as the swagger's examples show. */
export const siteFunctions: ResourceType = {
  name: "Microsoft.Web/sites/functions",
  level: "resourceGroup",
  apiVersions,
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
