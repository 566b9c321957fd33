import { gatewayError, locationRequired } from "../../errors.ts";
import { type JsonObject, objectAt, overlay, pick, textAt } from "../../json.ts";
import type { DeletePlan, PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";

export const resourceGroupType = "Microsoft.Resources/subscriptions/resourceGroups";

/** Resource groups (recording: resource-group). Their type in a body is Microsoft.Resources/resourceGroups, in operations the longer one. */
export const resourceGroups: ResourceType = {
  name: resourceGroupType,
  level: "subscription",
  apiVersions: ["2025-04-01", "2024-07-01", "2022-09-01", "2021-04-01", "2019-10-01"],
  put,
  patch: ({ body }, existing) => ({ status: 200, resource: changed(existing, pick(body, ["tags"])) }),
  delete: remove,
  seed: (context) => {
    const { id, name, body } = context;
    return { id, type: resourceGroupType, body: overlay(newGroup(id, name, { location: "westus", ...body }), body) };
  },
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const { id, name, body: sent } = context;
  const location = textAt(sent, "location");
  if (!location) throw locationRequired();
  if (!/^[-\w._()]{1,90}$/.test(name) || name.endsWith(".")) {
    throw gatewayError(
      400,
      "InvalidResourceGroup",
      `The provided resource group name '${name}' has these invalid characters: it may hold letters, digits, '-', '_', '.' and parentheses, and must not end with a period.`,
    );
  }
  if (!existing) {
    return { status: 201, resource: { id, type: resourceGroupType, body: newGroup(id, name, sent) } };
  }
  const before = textAt(existing.body, "location") ?? "";
  if (normalized(location) !== before) {
    throw gatewayError(
      409,
      "InvalidResourceGroupLocation",
      `Invalid resource group location '${location}'. The Resource group already exists in location '${before}'.`,
    );
  }
  const { tags: _tags, ...withoutTags } = existing.body;
  const kept: StoredResource = { ...existing, body: withoutTags };
  return { status: 200, resource: changed(kept, pick(sent, ["tags", "managedBy"])) };
}

function newGroup(id: string, name: string, sent: JsonObject): JsonObject {
  return {
    id: id.replace(/\/resourcegroups\//i, "/resourceGroups/"),
    name,
    type: "Microsoft.Resources/resourceGroups",
    location: normalized(textAt(sent, "location") ?? ""),
    ...pick(sent, ["managedBy", "tags"]),
    properties: { provisioningState: "Succeeded" },
  };
}

function changed(existing: StoredResource, changes: JsonObject): StoredResource {
  return { ...existing, body: { ...existing.body, ...changes } };
}

/** Deleting took one to two minutes in the recording; the group says Deleting until then. */
function remove({ id }: PlanContext, existing: StoredResource): DeletePlan {
  const properties = { ...objectAt(existing.body, "properties"), provisioningState: "Deleting" };
  return {
    status: 202,
    meanwhile: changed(existing, { properties }),
    operation: {
      seconds: 90,
      locationPath: `/subscriptions/${id.split("/")[2]}/operationresults/{operation}`,
      result: { status: 200 },
    },
  };
}

function normalized(location: string): string {
  return location.toLowerCase().replaceAll(" ", "");
}
