import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod";
import { type Caller, rolesIn } from "./caller.ts";
import type { EntraSignIn } from "./sign-in.ts";

/** Whom a token speaks for; or why it is refused; or that nobody can tell, since Entra's keys can't be had. */
export type TokenResult =
  | { kind: "caller"; caller: Caller }
  | { kind: "refused"; reason: string }
  | { kind: "unavailable"; reason: string };

/** Clocks differ a little. */
const clockToleranceSeconds = 60;
/** Entra signs with this one alone; a token that names another, or none, is somebody else's. */
const algorithms = ["RS256"];
const keysTimeoutMilliseconds = 5000;

const guid = z.guid().transform((text) => text.toLowerCase());
const text = z.string().min(1);
const claimsSchema = z.object({
  tid: guid,
  oid: guid,
  sub: text,
  roles: z.array(z.string()).default([]),
  /** The application that asked for the token, by Entra's versions 1 and 2. An id token names none. */
  appid: text.optional(),
  azp: text.optional(),
  idtyp: z.string().optional(),
  scp: z.string().optional(),
});

/**
 * Fetches the keys that the tenant's tokens are signed by when they are first needed, keeps them for ten minutes, and asks for others at
 * most every 30 seconds, however many tokens name an unknown one.
 */
export function keysOf({ keysUrl }: EntraSignIn): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: keysTimeoutMilliseconds });
}

/**
 * Checks an access token: signature, issuer, audience, time, tenant, and that it is one for this API. Nothing is thrown.
 * @param now for `exp` and `nbf`.
 */
export async function checkToken(
  token: string,
  signIn: EntraSignIn,
  keys: JWTVerifyGetKey,
  now: Date,
): Promise<TokenResult> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      issuer: [...signIn.issuers],
      audience: [...signIn.audiences],
      clockTolerance: clockToleranceSeconds,
      currentDate: now,
      requiredClaims: ["exp", "nbf", "iss", "aud"],
    });
    return callerOf(payload, signIn);
  } catch (thrown) {
    return isAboutToken(thrown)
      ? { kind: "refused", reason: reasonOf(thrown) }
      : { kind: "unavailable", reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function callerOf(payload: JWTPayload, { tenantId }: EntraSignIn): TokenResult {
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) return { kind: "refused", reason: "It lacks a claim that access tokens have." };
  const { tid, oid, roles, appid, azp } = claims.data;
  if (tid !== tenantId) return { kind: "refused", reason: "It is of another tenant." };
  const kind = kindOf(claims.data);
  if (!kind || !(appid ?? azp)) return { kind: "refused", reason: "It is no access token." };
  return { kind: "caller", caller: { kind, objectId: oid, roles: rolesIn(roles) } };
}

/**
 * Docs: "Access token claims reference". `idtyp` says it outright, and is optional; else a token for a person names scopes, and in one for
 * an application itself subject and object are the same.
 */
function kindOf({ idtyp, scp, oid, sub }: z.infer<typeof claimsSchema>): "person" | "service principal" | undefined {
  if (idtyp === "app") return "service principal";
  if (idtyp !== undefined) return idtyp === "user" ? "person" : undefined;
  if (scp) return "person";
  return sub.toLowerCase() === oid ? "service principal" : undefined;
}

/** Everything else that jose throws is about fetching the keys. */
function isAboutToken(thrown: unknown): thrown is errors.JOSEError {
  return (
    thrown instanceof errors.JOSEError &&
    !(thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid) &&
    thrown.code !== "ERR_JOSE_GENERIC"
  );
}

/** In our own words: a token's content is the caller's text. */
function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "It has expired.";
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return "It is not signed by a key of the tenant.";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "It is not signed by RS256.";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return "It is no signed token.";
  if (error.claim === "nbf") return "It is not valid yet.";
  if (error.claim === "aud") return "It is meant for another audience.";
  if (error.claim === "iss") return "It is of another issuer.";
  return "It lacks a claim that access tokens have.";
}
