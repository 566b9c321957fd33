import { providerError } from "../../errors.ts";
import { objectAt, textAt } from "../../json.ts";
import { type DeletePlan, deleteAtOnce, type PlanContext } from "../../resource-type.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";
import { seededType } from "../seeded-type.ts";
import { webApiVersions } from "./api-versions.ts";

/** App Service plans. */
export const serverFarms = seededType({
  name: "Microsoft.Web/serverfarms",
  apiVersions: webApiVersions,
  properties: () => ({ provisioningState: "Succeeded", status: "Ready" }),
  delete: deleteEmpty,
});

/** Code and message: hashicorp/terraform-provider-azurerm#13377. */
function deleteEmpty(context: PlanContext, existing: StoredResource): DeletePlan {
  const apps = sitesOn(context.store, existing.id).map(({ id }) => id.split("/").at(-1));
  if (apps.length === 0) return deleteAtOnce(context, existing);
  throw providerError(
    409,
    "Conflict",
    `Server farm '${context.name}' cannot be deleted because it has web app(s) ${apps.join(", ")} assigned to it.`,
  );
}

/** The apps that run on a plan. */
export function sitesOn(store: ResourceStore, planId: string): StoredResource[] {
  return store.ofType("Microsoft.Web/sites").filter(({ body }) => planOf(body)?.toLowerCase() === planId.toLowerCase());
}

/** The plan that an app runs on. */
export function planOf(site: StoredResource["body"]): string | undefined {
  return textAt(objectAt(site, "properties"), "serverFarmId");
}
