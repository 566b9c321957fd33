import { gatewayError } from "../../errors.ts";
import { type JsonObject, objectAt, pick, textAt } from "../../json.ts";
import type { PlanContext, ResourceType, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";

export const lockType = "Microsoft.Authorization/locks";

/** Management locks on any scope (recording: resource-lock): a create answers 201, an update 200, a delete 200 with no body. */
export const locks: ResourceType = {
  name: lockType,
  level: "extension",
  apiVersions: ["2020-05-01", "2017-04-01", "2016-09-01", "2015-01-01"],
  put,
  delete: () => ({ status: 200 }),
  seed: (context) => lock(context),
};

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const level = textAt(objectAt(context.body, "properties"), "level");
  if (level !== "ReadOnly" && level !== "CanNotDelete") {
    throw gatewayError(
      400,
      "InvalidLockLevel",
      `The lock level '${level ?? ""}' is not valid. Valid values are 'ReadOnly' and 'CanNotDelete'.`,
    );
  }
  return { status: existing ? 200 : 201, resource: lock(context) };
}

function lock({ id, name, body: sent }: PlanContext): StoredResource {
  const body: JsonObject = {
    properties: pick(objectAt(sent, "properties"), ["level", "notes", "owners"]),
    id,
    type: lockType,
    name,
  };
  return { id, type: lockType, body };
}
