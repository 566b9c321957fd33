import { isJsonObject, type Json, type JsonObject, objectAt } from "../arm/json.ts";
import type { RegisteredApplication } from "../identity/index.ts";
import type { Directory } from "./directory.ts";

/** What the directory says of the application that tokens are asked for, by its client id or its address; nothing where it has none. */
export function registeredApplication(directory: Directory, audience: string): RegisteredApplication | undefined {
  const application = directory.applications
    .all()
    .find(({ appId, identifierUris }) => appId === audience || listed(identifierUris).includes(audience));
  const principal = directory.servicePrincipals.all().find(({ appId }) => appId === application?.appId);
  if (!application || !principal) return undefined;
  const api = objectAt(application, "api");
  const enabled = objectsIn(application.appRoles).filter(({ isEnabled }) => isEnabled !== false);
  const scopes = objectsIn(api.oauth2PermissionScopes).filter(({ isEnabled }) => isEnabled !== false);
  return {
    clientId: String(application.appId),
    tokenVersion: api.requestedAccessTokenVersion === 2 ? 2 : 1,
    isAssignmentRequired: principal.appRoleAssignmentRequired === true,
    rolesOf: (objectId) => enabled.filter(isGivenTo(directory, principal, objectId)).map(({ value }) => String(value)),
    letsIn: (client) =>
      objectsIn(api.preAuthorizedApplications).some(
        ({ appId, delegatedPermissionIds }) =>
          appId === client && scopes.some(({ id }) => listed(delegatedPermissionIds).includes(id ?? null)),
      ),
  };
}

function isGivenTo({ appRoleAssignments }: Directory, principal: JsonObject, objectId: string) {
  const given = appRoleAssignments
    .all()
    .filter((each) => each.resourceId === principal.id && each.principalId === objectId);
  return ({ id }: JsonObject) => given.some(({ appRoleId }) => appRoleId === id);
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function listed(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
