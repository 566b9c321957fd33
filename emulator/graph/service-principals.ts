import { isJsonObject, type JsonObject, overlay, textAt } from "../arm/json.ts";
import type { Directory } from "./directory.ts";
import { badRequest, GraphError, noBackingApplication, notFound, servicePrincipalThere } from "./errors.ts";

/** Docs: "Create servicePrincipal", "Update servicePrincipal", as far as this directory holds them. */
const writable = ["accountEnabled", "appId", "appRoleAssignmentRequired", "displayName", "notes", "tags"];

/** Makes the service principal of an application. Throws a GraphError. */
export function createServicePrincipal(directory: Directory, body: JsonObject, tenantId: string): JsonObject {
  checkNames(body);
  const appId = textAt(body, "appId") ?? "";
  if (appId === "") throw badRequest("A value is required for property 'appId' of resource 'ServicePrincipal'.");
  const application = directory.applications.find("appId", appId, "references");
  if (!application) throw noBackingApplication(appId);
  if (directory.servicePrincipals.all().some((each) => each.appId === appId)) throw servicePrincipalThere(appId);
  return directory.servicePrincipals.add({
    accountEnabled: true,
    appRoleAssignmentRequired: false,
    displayName: application.displayName ?? null,
    tags: [],
    ...body,
    appOwnerOrganizationId: tenantId,
    servicePrincipalType: "Application",
  });
}

/** Changes what the body names. Throws a GraphError. */
export function updateServicePrincipal(directory: Directory, found: JsonObject, body: JsonObject): void {
  checkNames(body);
  directory.servicePrincipals.replace(String(found.id), overlay(found, body));
}

/** As it is shown: its roles are those of the application. */
export function shownServicePrincipal({ applications }: Directory, found: JsonObject): JsonObject {
  const application = applications.all().find(({ appId }) => appId === found.appId);
  return { ...found, appRoles: application?.appRoles ?? [] };
}

/**
 * Gives somebody a role. Throws a GraphError.
 * @param people object ids of those whom the directory knows.
 */
export function assignRole(
  directory: Directory,
  resource: JsonObject,
  body: JsonObject,
  people: readonly string[],
): JsonObject {
  const [principalId = "", resourceId = "", appRoleId = ""] = ["principalId", "resourceId", "appRoleId"].map((name) =>
    textAt(body, name),
  );
  if (resourceId !== resource.id) throw badRequest("The resourceId is not the one of the service principal.");
  if (!people.includes(principalId)) throw notFound(principalId);
  const { appRoles } = shownServicePrincipal(directory, resource);
  const roles = Array.isArray(appRoles) ? appRoles.filter(isJsonObject) : [];
  if (!roles.some(({ id, isEnabled }) => id === appRoleId && isEnabled !== false)) {
    throw invalidUpdate(`Permission being assigned was not found on application '${String(resource.appId)}'.`);
  }
  const assignment = { principalId, resourceId, appRoleId };
  if (directory.appRoleAssignments.all().some((each) => isSame(each, assignment))) {
    throw invalidUpdate("Permission being assigned already exists on the object");
  }
  return directory.appRoleAssignments.add({ ...assignment, resourceDisplayName: resource.displayName ?? null });
}

function isSame(held: JsonObject, asked: JsonObject): boolean {
  return Object.entries(asked).every(([name, value]) => held[name] === value);
}

function invalidUpdate(message: string): GraphError {
  return new GraphError(400, "Request_BadRequest", message, { code: "InvalidUpdate", target: "" });
}

function checkNames(body: JsonObject): void {
  const foreign = Object.keys(body).find((name) => !writable.includes(name));
  if (foreign !== undefined) throw badRequest(`Invalid property '${foreign}'.`);
}
