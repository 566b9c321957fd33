import type { JsonObject } from "../arm/json.ts";

/*
 * Microsoft Graph's own errors, in the codes and wording of its docs ("Microsoft Graph error responses and resource types", the pages of
 * each operation) or, where those name none, of public reports; what neither shows is in our words, and says so.
 */

/** An error that ends the handling of a request, thrown. */
export class GraphError extends Error {
  readonly status: number;
  readonly error: JsonObject;

  constructor(status: number, code: string, message: string, detail?: { code: string; target: string }) {
    super(`${code}: ${message}`);
    this.status = status;
    this.error = { code, message, ...(detail && { details: [{ ...detail, message }] }) };
  }
}

export function invalidToken(message: string): GraphError {
  return new GraphError(401, "InvalidAuthenticationToken", message);
}

export function insufficientPrivileges(): GraphError {
  return new GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
}

export function notFound(name: string): GraphError {
  return new GraphError(
    404,
    "Request_ResourceNotFound",
    `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

export function badRequest(message: string): GraphError {
  return new GraphError(400, "Request_BadRequest", message);
}

/** For `uniqueName` also where the other one was deleted, and is kept for 30 days (reported to microsoftgraph/msgraph-bicep-types). */
export function objectConflict(property: string): GraphError {
  const message = `Another object with the same value for property ${property} already exists.`;
  return new GraphError(400, "Request_BadRequest", message, { code: "ObjectConflict", target: property });
}

/** Docs: "appRole resource type", `isEnabled`; the same for a scope. */
export function enabledEntitlement(target: string): GraphError {
  const code = "CannotDeleteOrUpdateEnabledEntitlement";
  const message = "Permission (scope or role) cannot be deleted or updated unless disabled first.";
  return new GraphError(400, code, message, { code, target });
}

/** Also where the scope is in the same request (reported to microsoftgraph/microsoft-graph-docs). */
export function unknownPermission(): GraphError {
  const target = "api.preAuthorizedApplications.delegatedPermissionIds";
  const message = `Property ${target} has a Permission Id that cannot be found in the AppPermissions sets.`;
  return new GraphError(400, "InvalidValue", message, { code: "InvalidValue", target });
}

export function noBackingApplication(appId: string): GraphError {
  const message = `The appId '${appId}' of the service principal does not reference a valid application object.`;
  return new GraphError(400, "Request_BadRequest", message, { code: "NoBackingApplicationObject", target: "appId" });
}

export function servicePrincipalThere(appId: string): GraphError {
  return new GraphError(
    409,
    "Request_MultipleObjectsWithSameKeyValue",
    `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`,
  );
}

export function unverifiedDomain(uri: string): GraphError {
  return new GraphError(
    400,
    "HostNameNotOnVerifiedDomain",
    `Values of identifierUris property must use a verified domain of the organization or its subdomain: '${uri}'`,
    { code: "HostNameNotOnVerifiedDomain", target: "identifierUris" },
  );
}
