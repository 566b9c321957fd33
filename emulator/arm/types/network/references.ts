import { isJsonObject, type Json, textAt } from "../../json.ts";
import type { PlanContext } from "../../resource-type.ts";
import { networkError } from "./network-error.ts";

/** Throws Microsoft.Network's 400 where `{ id }` names a resource that is not there. */
export function checkReference(context: PlanContext, value: Json | undefined): void {
  const id = isJsonObject(value) ? textAt(value, "id") : undefined;
  if (id === undefined || context.store.get(id)) return;
  throw networkError(
    400,
    "InvalidResourceReference",
    `Resource ${id} referenced by resource ${context.id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );
}
