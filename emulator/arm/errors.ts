import { ArmError } from "./message.ts";

/*
 * ARM's own errors, in one place, in the wording of recorded answers (storage-account-404, resource-group, errors)
 * or, where nothing is recorded, of Microsoft's "Resolve errors" pages and public reports.
 * `x-ms-failure-cause: gateway` marks what ARM answered itself.
 */

/** An error that ARM itself gives, not a resource provider. */
export function gatewayError(status: number, code: string, message: string, headers: Record<string, string> = {}) {
  return new ArmError(status, { code, message }, { "x-ms-failure-cause": "gateway", ...headers });
}

/** An error of a resource provider. */
export function providerError(status: number, code: string, message: string, headers: Record<string, string> = {}) {
  return new ArmError(status, { code, message }, { "content-type": "application/json", ...headers });
}

export function missingToken(tenantId: string) {
  return unauthorized(
    tenantId,
    "AuthenticationFailed",
    "Authentication failed. The 'Authorization' header is missing.",
    "The authentication failed because of missing 'Authorization' header.",
  );
}

export function invalidToken(tenantId: string) {
  const message = "The access token is invalid.";
  return unauthorized(tenantId, "InvalidAuthenticationToken", message, message);
}

function unauthorized(tenantId: string, code: string, message: string, description: string) {
  const challenge = `Bearer authorization_uri="https://login.windows.net/${tenantId}", error="invalid_token", error_description="${description}"`;
  return gatewayError(401, code, message, { "www-authenticate": challenge });
}

export function missingApiVersion() {
  return gatewayError(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
  );
}

export function invalidApiVersion(version: string, supported: readonly string[]) {
  return gatewayError(
    400,
    "InvalidApiVersionParameter",
    `The api-version '${version}' is invalid. The supported versions are '${supported.join(",")}'.`,
  );
}

export function subscriptionNotFound(subscriptionId: string) {
  return gatewayError(404, "SubscriptionNotFound", `The subscription '${subscriptionId}' could not be found.`);
}

export function resourceGroupNotFound(name: string) {
  return gatewayError(404, "ResourceGroupNotFound", `Resource group '${name}' could not be found.`);
}

export function resourceNotFound(typeAndNames: string, group: string) {
  return gatewayError(
    404,
    "ResourceNotFound",
    `The Resource '${typeAndNames}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

export function parentResourceNotFound(name: string) {
  return gatewayError(
    404,
    "ParentResourceNotFound",
    `Failed to perform 'write' on resource(s) of nested type, because the parent resource '${name}' could not be found.`,
  );
}

export function invalidNamespace(namespace: string) {
  return gatewayError(404, "InvalidResourceNamespace", `The resource namespace '${namespace}' is invalid.`);
}

export function invalidResourceType(type: string, namespace: string, version: string, supported: readonly string[]) {
  return gatewayError(
    404,
    "InvalidResourceType",
    `The resource type '${type}' could not be found in the namespace '${namespace}' for api version '${version}'. The supported api-versions are '${supported.join(",")}'.`,
  );
}

export function notFoundPath(path: string) {
  return gatewayError(404, "NotFound", `The requested resource '${path}' does not exist.`);
}

export function methodNotAllowed(method: string) {
  return gatewayError(
    405,
    "HttpMethodNotSupported",
    `The requested resource does not support http method '${method}'.`,
  );
}

export function invalidContent(detail: string) {
  return gatewayError(
    400,
    "InvalidRequestContent",
    `The request content was invalid and could not be deserialized: '${detail}'.`,
  );
}

export function locationRequired() {
  return gatewayError(400, "LocationRequired", "The location property is required for this definition.");
}

/** What ARM says of nested resources that are listed in their group, such as the links of a private DNS zone (pulumi-defang#245, networking-lab#8). */
export function nestedResourcesExist(nested: string) {
  return gatewayError(
    409,
    "CannotDeleteResource",
    `Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '${nested}'. Please delete all nested resources before deleting this resource.`,
  );
}
