import { type JsonObject, objectAt } from "../arm/json.ts";
import type { ArmClient } from "./clients.ts";

/** The api-versions that people ask with. */
export const versions = { storage: "2023-05-01", sql: "2023-08-01", network: "2024-05-01" } as const;

/** Below a database. */
export const encryptionPath = "/transparentDataEncryption/current";

/** The api-version for a resource, or for what is below it. */
function versionFor(resourceId: string): string {
  if (/\/providers\/Microsoft\.Sql\//i.test(resourceId)) return versions.sql;
  return /\/providers\/Microsoft\.Network\//i.test(resourceId) ? versions.network : versions.storage;
}

/** A resource as somebody reads it; a database with the state of its encryption, unless it is paused: that would wake it. */
export async function readResource(arm: ArmClient, resourceId: string): Promise<JsonObject> {
  const { body } = await arm.send("GET", resourceId, versionFor(resourceId));
  const isDatabase = /\/servers\/[^/]+\/databases\/[^/]+$/i.test(resourceId);
  if (!isDatabase || objectAt(body, "properties").status === "Paused") return body;
  const encryption = await arm.send("GET", `${resourceId}${encryptionPath}`, versions.sql);
  return withProperties(body, objectAt(encryption.body, "properties"));
}

/** The resource with these properties over its own. */
export function withProperties(resource: JsonObject, properties: JsonObject): JsonObject {
  return { ...resource, properties: { ...objectAt(resource, "properties"), ...properties } };
}
