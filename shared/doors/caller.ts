/** The headers of a request, as far as they tell who asks. */
export interface CallerHeaders {
  get(name: string): string | null;
}

/**
 * Who asks: the object id that App Service authentication found out, where it is on, else the key that was given. While it is off anybody
 * could send that header (docs: "Work with user identities in Azure App Service authentication").
 */
export function callerOf(headers: CallerHeaders, environment: NodeJS.ProcessEnv = process.env): string {
  const isAuthenticated = environment.WEBSITE_AUTH_ENABLED?.toLowerCase() === "true";
  const objectId = isAuthenticated ? headers.get("x-ms-client-principal-id") : null;
  return objectId && /^[0-9a-f-]{36}$/i.test(objectId) ? objectId.toLowerCase() : "function key";
}
