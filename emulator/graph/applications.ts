import { randomUUID } from "node:crypto";
import { isJsonObject, type Json, type JsonObject, objectAt, overlay, pick, textAt } from "../arm/json.ts";
import type { Directory } from "./directory.ts";
import { badRequest, enabledEntitlement, objectConflict, unknownPermission, unverifiedDomain } from "./errors.ts";

/** Docs: "Create application" and "Update application", as far as this directory holds them. */
const writable = ["api", "appRoles", "displayName", "identifierUris", "notes", "signInAudience", "tags", "uniqueName"];

/** Docs: "application resource type", with the defaults of the example of "Upsert application". */
const defaults: JsonObject = {
  identifierUris: [],
  signInAudience: "AzureADMyOrg",
  tags: [],
  notes: null,
  uniqueName: null,
  api: {
    requestedAccessTokenVersion: null,
    acceptMappedClaims: null,
    knownClientApplications: [],
    oauth2PermissionScopes: [],
    preAuthorizedApplications: [],
  },
  appRoles: [],
};

/** Makes an application. Throws a GraphError. */
export function createApplication(directory: Directory, body: JsonObject, now: number): JsonObject {
  checkNames(body);
  if (!textAt(body, "displayName")) {
    throw badRequest("A value is required for property 'displayName' of resource 'Application'.");
  }
  const appId = randomUUID();
  const made: JsonObject = {
    ...overlay(defaults, body),
    appId,
    createdDateTime: new Date(now).toISOString(),
    deletedDateTime: null,
  };
  checkValues(directory, { ...defaults, appId }, made);
  return directory.applications.add(withOrigin(made));
}

/**
 * Changes what the body names; lists are replaced as a whole. Throws a GraphError.
 * @param replacesObjects whether objects are too, or merged.
 */
export function updateApplication(
  directory: Directory,
  found: JsonObject,
  body: JsonObject,
  replacesObjects: boolean,
): void {
  checkNames(body);
  const changed = replacesObjects ? { ...found, ...body } : overlay(found, body);
  checkValues(directory, found, changed);
  directory.applications.replace(String(found.id), withOrigin(changed));
}

/** Deletes softly: its unique name stays taken. Its service principal goes with it. */
export function deleteApplication(
  { applications, deletedApplications, servicePrincipals }: Directory,
  found: JsonObject,
) {
  applications.remove(String(found.id));
  deletedApplications.add(found);
  const principal = servicePrincipals.all().find(({ appId }) => appId === found.appId);
  if (principal) servicePrincipals.remove(String(principal.id));
}

function checkNames(body: JsonObject): void {
  const foreign = Object.keys(body).find((name) => !writable.includes(name));
  if (foreign !== undefined) throw badRequest(`Invalid property '${foreign}'.`);
  for (const role of objectsIn(body.appRoles)) {
    // Docs: "appRole resource type": "Must not be included in any POST or PATCH requests". The wording is ours.
    if ("origin" in role) throw badRequest("The property 'origin' is read-only.");
  }
}

function checkValues(directory: Directory, before: JsonObject, after: JsonObject): void {
  checkUnique(directory, before, after);
  checkKept(before.appRoles, after.appRoles, "appRoles");
  const [apiBefore, apiAfter] = [objectAt(before, "api"), objectAt(after, "api")];
  checkKept(apiBefore.oauth2PermissionScopes, apiAfter.oauth2PermissionScopes, "api.oauth2PermissionScopes");
  const known = objectsIn(apiBefore.oauth2PermissionScopes).map(({ id }) => id);
  const named = objectsIn(apiAfter.preAuthorizedApplications).flatMap(({ delegatedPermissionIds }) =>
    Array.isArray(delegatedPermissionIds) ? delegatedPermissionIds : [],
  );
  if (named.some((id) => !known.includes(id))) throw unknownPermission();
}

function checkUnique({ applications, deletedApplications }: Directory, before: JsonObject, after: JsonObject): void {
  const others = applications.all().filter(({ appId }) => appId !== after.appId);
  const { uniqueName } = after;
  if (before.uniqueName && before.uniqueName !== uniqueName) throw badRequest("Property 'uniqueName' is immutable.");
  const named = [...others, ...deletedApplications.all()];
  if (uniqueName && named.some((each) => each.uniqueName === uniqueName)) throw objectConflict("uniqueName");
  for (const uri of textsIn(after.identifierUris)) {
    if (others.some((each) => textsIn(each.identifierUris).includes(uri))) throw objectConflict("identifierUris");
    // Docs: "Restrictions on identifier URIs of Microsoft Entra applications": these, and verified domains, of which there are none.
    if (!uri.startsWith("api://") || !uri.endsWith(`/${String(after.appId)}`)) throw unverifiedDomain(uri);
  }
}

/** What is enabled can't be taken out of a list; an entry without an id, or with another one, would do so. */
function checkKept(before: Json | undefined, after: Json | undefined, target: string): void {
  const kept = objectsIn(after).map(({ id }) => id);
  if (objectsIn(after).some(({ id }) => typeof id !== "string")) throw badRequest("Invalid value specified for 'id'.");
  const lost = objectsIn(before).filter(({ id }) => id !== undefined && !kept.includes(id));
  if (lost.some(({ isEnabled }) => isEnabled !== false)) throw enabledEntitlement(target);
}

function withOrigin(application: JsonObject): JsonObject {
  const named = ["allowedMemberTypes", "description", "displayName", "id", "isEnabled", "value"];
  const roles = objectsIn(application.appRoles).map(
    (role): JsonObject => ({ isEnabled: true, ...pick(role, named), origin: "Application" }),
  );
  return { ...application, appRoles: roles };
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
