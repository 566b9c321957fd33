import { objectAt, textAt } from "../../json.ts";
import type { DeletePlan, LongOperation, PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";

export const eventGridApiVersions = ["2025-02-15", "2022-06-15", "2021-12-01", "2021-10-15-preview"];

/** What goes on after an answer: its URLs are at the location of the topic (recording: eventgrid-system-topic). */
export function longRunning({ id }: PlanContext, topic: StoredResource | undefined, seconds: number): LongOperation {
  const location = textAt(topic?.body, "location") ?? "global";
  return {
    seconds,
    statusPath: `/subscriptions/${id.split("/")[2]}/providers/Microsoft.EventGrid/locations/${location}/operationsStatus/{operation}`,
    statusFields: ["name", "status"],
  };
}

/** DELETE: 202 with both headers and no body (recording: eventgrid-system-topic). */
export function removed(context: PlanContext, existing: StoredResource, topic: StoredResource | undefined): DeletePlan {
  const operation = longRunning(context, topic, 10);
  const locationPath = operation.statusPath?.replace("/operationsStatus/", "/operationResults/") ?? "";
  return {
    status: 202,
    meanwhile: inState(existing, "Deleting"),
    operation: { ...operation, locationPath, result: { status: 200 } },
  };
}

/** The resource with this provisioningState. */
export function inState(resource: StoredResource, provisioningState: string): StoredResource {
  const properties = { ...objectAt(resource.body, "properties"), provisioningState };
  return { ...resource, body: { ...resource.body, properties } };
}
