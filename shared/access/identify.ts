import type { JWTVerifyGetKey } from "jose";
import { clientPrincipal } from "./client-principal.ts";
import { isExcluded } from "./excluded.ts";
import type { Route } from "./routes.ts";
import type { EntraSignIn } from "./sign-in.ts";
import { checkToken, keysOf, type TokenResult } from "./token.ts";

/** The headers of a request, as far as they tell who calls. */
export interface CallerHeaders {
  get(name: string): string | null;
}

/** See {@link TokenResult}; `nobody` where the request does not say who calls. */
export type Identified = TokenResult | { kind: "nobody" };

const keySets = new Map<string, JWTVerifyGetKey>();

/**
 * Who calls a route, where callers sign in: by a bearer token, which is checked here, else as App Service authentication found out, where
 * only it can have said so. A token that is wrong is refused, whatever else is there.
 */
export async function identify(
  headers: CallerHeaders,
  route: Route,
  signIn: EntraSignIn,
  now: Date,
): Promise<Identified> {
  const token = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (token !== undefined) return await checkToken(token, signIn, cachedKeys(signIn), now);
  const principal = headers.get("x-ms-client-principal");
  const { appServiceExcludes } = signIn;
  if (principal === null || !appServiceExcludes || isExcluded(route.path, appServiceExcludes))
    return { kind: "nobody" };
  const caller = clientPrincipal(principal, signIn.tenantId);
  return caller ? { kind: "caller", caller } : { kind: "refused", reason: "App Service names nobody of the tenant." };
}

function cachedKeys(signIn: EntraSignIn): JWTVerifyGetKey {
  const keys = keySets.get(signIn.keysUrl) ?? keysOf(signIn);
  keySets.set(signIn.keysUrl, keys);
  return keys;
}
