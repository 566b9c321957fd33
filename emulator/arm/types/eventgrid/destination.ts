import { randomUUID } from "node:crypto";
import { providerError } from "../../errors.ts";
import { isJsonObject, type JsonObject, objectAt, textAt } from "../../json.ts";
import type { PlanContext } from "../../resource-type.ts";

/**
 * Takes one destination, called with the topic's own right or by an identity (swagger: deliveryWithResourceIdentity). Refuses a function that is not listed, as worded in pulumi/examples#1672, and one with another trigger (Azure/bicep#11656). What else
 * events may go to is taken unseen.
 */
export function checkDestination({ store, now }: PlanContext, direct: JsonObject, byIdentity: JsonObject): void {
  const destination = textAt(byIdentity, "endpointType") ? byIdentity : direct;
  if (!textAt(destination, "endpointType")) {
    throw providerError(400, "InvalidRequest", "Invalid event subscription request: endpoint.");
  }
  if (textAt(destination, "endpointType") !== "AzureFunction") return;
  const resourceId = textAt(objectAt(destination, "properties"), "resourceId") ?? "";
  const found = store.get(resourceId);
  if (found?.type !== "Microsoft.Web/sites/functions") {
    throw providerError(
      400,
      "Endpoint validation",
      `Destination endpoint not found. Resource details: resourceId: ${resourceId}. Resource should pre-exist before attempting this operation. Activity id:${randomUUID()}, timestamp: ${now} (UTC).`,
    );
  }
  const { bindings } = objectAt(objectAt(found.body, "properties"), "config");
  const isTriggered = Array.isArray(bindings) && bindings.filter(isJsonObject).some(({ type }) => isEventGrid(type));
  if (isTriggered) return;
  throw providerError(
    400,
    "Unsupported Azure Function Trigger",
    "Can't add resource; Azure Event Grid supports EventGrid Trigger type only.",
  );
}

/** As it is read: the address of a webhook only without its query (recorded), and with the defaults of a batch. */
export function shownDestination(destination: JsonObject): JsonObject {
  const properties = objectAt(destination, "properties");
  const { endpointUrl, ...rest } = properties;
  const batch = { maxEventsPerBatch: 1, preferredBatchSizeInKilobytes: 64 };
  if (textAt(destination, "endpointType") === "WebHook") {
    const endpointBaseUrl = String(endpointUrl ?? "").split("?")[0] ?? "";
    return { ...destination, properties: { endpointUrl: null, endpointBaseUrl, ...batch, ...rest } };
  }
  const isFunction = textAt(destination, "endpointType") === "AzureFunction";
  return { ...destination, properties: { ...(isFunction ? batch : {}), ...rest } };
}

function isEventGrid(type: unknown): boolean {
  return typeof type === "string" && type.toLowerCase() === "eventgridtrigger";
}
