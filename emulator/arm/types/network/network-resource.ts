import { randomUUID } from "node:crypto";
import { locationRequired } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectAt, pick, textAt } from "../../json.ts";
import type { DeletePlan, LongOperation, PlanContext, WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { normalizedLocation } from "../storage/locations.ts";

export const networkApiVersions = [
  "2026-01-01",
  "2025-09-01",
  "2025-05-01",
  "2025-01-01",
  "2024-07-01",
  "2024-05-01",
  "2024-03-01",
  "2024-01-01",
  "2023-09-01",
  "2022-11-01",
  "2022-01-01",
  "2021-08-01",
  "2015-06-15",
];

/** A resource as Microsoft.Network writes it: an etag in the body, and a resourceGuid that stays for its life. */
export function networkResource(
  context: PlanContext,
  type: string,
  properties: JsonObject,
  existing?: StoredResource,
): StoredResource {
  const { body: sent } = context;
  const location = textAt(existing?.body, "location") ?? normalizedLocation(textAt(sent, "location") ?? "");
  if (!location) throw locationRequired();
  const resourceGuid = textAt(objectAt(existing?.body, "properties"), "resourceGuid") ?? randomUUID();
  const id = existing?.id ?? context.id.replace(/\/resourcegroups\//i, "/resourceGroups/");
  const body = {
    name: textAt(existing?.body, "name") ?? context.name,
    id,
    etag: "",
    type,
    location,
    ...pick(sent, ["tags", "zones", "sku", "identity", "extendedLocation"]),
    properties: { provisioningState: "Succeeded", resourceGuid, ...properties },
  };
  return stamped({ id, type, body }, "Succeeded");
}

/**
 * PUT: 201 for a new one, 200 for an old one, both with the new body, `Updating` and Azure-AsyncOperation; one update gives
 * two new etags (recordings vpn-connection-ipsec, local-network-gateway).
 */
export function networkWrite(
  context: PlanContext,
  existing: StoredResource | undefined,
  completed: StoredResource,
  seconds: number,
): WritePlan {
  return {
    status: existing ? 200 : 201,
    resource: stamped(completed, "Updating"),
    operation: { ...longOperation(context, completed, seconds), completed },
  };
}

/** PATCH: tags only (swagger: TagsObject), whatever else is sent. */
export function patchTags(context: PlanContext, existing: StoredResource): WritePlan {
  const body = { ...existing.body, tags: objectAt(context.body, "tags") };
  return networkWrite(context, existing, stamped({ ...existing, body }, "Succeeded"), 5);
}

/** DELETE: 202 with both headers, then 204 (recordings vpn-gateway-429, local-network-gateway). */
export function networkDelete(context: PlanContext, existing: StoredResource, seconds: number): DeletePlan {
  const operation = longOperation(context, existing, seconds);
  const locationPath = operation.statusPath?.replace("/operations/", "/operationResults/") ?? "";
  return {
    status: 202,
    meanwhile: stamped(existing, "Deleting"),
    operation: {
      ...operation,
      locationPath,
      repeatsHeaders: true,
      result: { status: 204, headers: { "content-type": "application/json; charset=utf-8" } },
    },
  };
}

/** The resource with a new etag and this state, in all of its parts that have them. */
export function stamped(resource: StoredResource, state: string): StoredResource {
  const body = stampedValue(resource.body, `W/"${randomUUID()}"`, state);
  return isJsonObject(body) ? { ...resource, body } : resource;
}

/** GET answers the etag as a header too, but for gateways and connections (recorded). */
export function etagHeader({ body }: StoredResource): Record<string, string> {
  return { etag: textAt(body, "etag") ?? "" };
}

/** `{ id }` alone: what nested resources are answered as, whatever was sent (recorded; the swagger asks for more). */
export function reference(value: Json | undefined): JsonObject | undefined {
  const id = isJsonObject(value) ? textAt(value, "id") : undefined;
  return id === undefined ? undefined : { id };
}

function longOperation(context: PlanContext, { id, body }: StoredResource, seconds: number): LongOperation {
  const subscription = id.split("/")[2];
  const location = textAt(body, "location") ?? textAt(context.parent?.body, "location");
  return {
    seconds,
    statusPath: `/subscriptions/${subscription}/providers/Microsoft.Network/locations/${location}/operations/{operation}`,
    statusFields: ["status"],
    headers: { "azure-asyncnotification": "Enabled" },
  };
}

function stampedValue(value: Json, etag: string, state: string): Json {
  if (Array.isArray(value)) return value.map((item) => stampedValue(item, etag, state));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === "etag") return [name, etag];
      if (name === "provisioningState") return [name, state];
      return [name, stampedValue(member, etag, state)];
    }),
  );
}
