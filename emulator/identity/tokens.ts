import { createHash, generateKeyPair, type JsonWebKey, type KeyObject, randomUUID, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../clock.ts";

/** Somebody who can have a token. */
export interface Principal {
  /** The object id, by which role assignments and logs know the principal. */
  objectId: string;
  name: string;
  /** The application (client) id. People have none: their token carries that of the Azure command line. */
  applicationId?: string;
  kind: "managedIdentity" | "user" | "servicePrincipal";
  /** Application roles. */
  roles?: string[];
}

/** Who a token speaks for. */
export interface Caller {
  objectId: string;
  tenantId: string;
  applicationId?: string;
  name?: string;
  /** All claims of the token, as text. */
  claims: Record<string, string>;
}

/** An application that tokens can be asked for, as the directory has it. */
export interface RegisteredApplication {
  clientId: string;
  /** Of the tokens for it, whoever asks. */
  tokenVersion: 1 | 2;
  /** Whether only those get a token who have a role. */
  isAssignmentRequired: boolean;
  rolesOf(objectId: string): string[];
  /** Whether a client may ask for a person's token without anybody's consent. */
  letsIn(client: string): boolean;
}

/** Finds the application of an audience; nothing where the directory has none, and then every audience gets its tokens. */
export type FindApplication = (audience: string) => RegisteredApplication | undefined;

export interface TokenIssuer {
  /** A JWT signed by RS256, valid for `lifetimeSeconds`. Throws an Error where Entra gives none. */
  issue(principal: Principal, audience: string): string;
  /** The caller of a token that this issuer signed and that has not expired, else undefined. */
  authenticate(token: string): Caller | undefined;
  /** The public key, as `/keys` shows it. */
  jsonWebKey: JsonWebKey & { kid: string; use: string; alg: string };
}

/** Managed identities get tokens for a day; the SDKs refresh them long before. */
export const lifetimeSeconds = 24 * 60 * 60;

/** The public client id of the Azure command line, which stands in the tokens of people. */
const azureCommandLineApplicationId = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/** Makes an issuer with a key pair of its own: no token of another run is valid. */
export async function createTokenIssuer(options: {
  issuer: string;
  tenantId: string;
  clock: Clock;
  application?: FindApplication;
}): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const keyId = randomUUID();
  return {
    jsonWebKey: { ...publicKey.export({ format: "jwk" }), kid: keyId, use: "sig", alg: "RS256" },
    issue(principal, audience) {
      const application = options.application?.(audience);
      if (application) refuseUnlessAllowed(principal, application);
      const header = { typ: "JWT", alg: "RS256", kid: keyId };
      const signed = `${encode(header)}.${encode(claimsOf(principal, audience, application, options))}`;
      return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
    },
    authenticate: (token) => authenticate(token, publicKey, options.clock),
  };
}

/** In Entra's codes and, shortened, its words (docs: "Microsoft Entra authentication and authorization error codes"). */
function refuseUnlessAllowed({ objectId, name, kind }: Principal, application: RegisteredApplication): void {
  const { clientId, isAssignmentRequired, rolesOf, letsIn } = application;
  if (isAssignmentRequired && rolesOf(objectId).length === 0) {
    throw new Error(
      `AADSTS50105: Your administrator has configured the application '${clientId}' to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${name}' is blocked.`,
    );
  }
  if (kind === "user" && !letsIn(azureCommandLineApplicationId)) {
    throw new Error(
      `AADSTS65001: The user or administrator has not consented to use the application with ID '${azureCommandLineApplicationId}'.`,
    );
  }
}

function claimsOf(
  principal: Principal,
  audience: string,
  registered: RegisteredApplication | undefined,
  options: { issuer: string; tenantId: string; clock: Clock },
) {
  const now = Math.floor(options.clock.now() / 1000);
  const isPerson = principal.kind === "user";
  const application = principal.applicationId ?? azureCommandLineApplicationId;
  const isVersion2 = registered ? registered.tokenVersion === 2 : isClientId(audience);
  return {
    aud: isVersion2 && registered ? registered.clientId : audience,
    iat: now,
    nbf: now,
    exp: now + lifetimeSeconds,
    idtyp: isPerson ? "user" : "app",
    name: principal.name,
    oid: principal.objectId,
    roles: registered ? registered.rolesOf(principal.objectId) : (principal.roles ?? []),
    // A person is another subject to each application; an application itself is the same to all.
    sub: isPerson
      ? createHash("sha256").update(`${principal.objectId} ${audience}`).digest("base64url")
      : principal.objectId,
    tid: options.tenantId,
    ...(isPerson && { scp: "user_impersonation" }),
    ...(isVersion2
      ? {
          ver: "2.0",
          iss: `${options.issuer}v2.0`,
          azp: application,
          ...(isPerson && { preferred_username: principal.name }),
        }
      : {
          ver: "1.0",
          iss: options.issuer,
          appid: application,
          ...(isPerson && { upn: principal.name, unique_name: principal.name }),
        }),
  };
}

/** The audience of a version 2 token is always the client id of the application that it is for. */
function isClientId(audience: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(audience);
}

function authenticate(token: string, publicKey: KeyObject, clock: Clock): Caller | undefined {
  const [header, payload, signature] = token.split(".");
  if (!header || !payload || !signature) return undefined;
  const isSigned = verify(
    "RSA-SHA256",
    Buffer.from(`${header}.${payload}`),
    publicKey,
    Buffer.from(signature, "base64url"),
  );
  if (!isSigned) return undefined;
  const claims = readClaims(payload);
  const { oid, tid, appid, name, exp } = claims;
  if (!oid || !tid || clock.now() >= Number(exp) * 1000) return undefined;
  return {
    objectId: oid,
    tenantId: tid,
    ...(appid && { applicationId: appid }),
    ...(name && { name }),
    claims,
  };
}

function readClaims(payload: string): Record<string, string> {
  const parsed: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  const claims: Record<string, string> = {};
  for (const [name, value] of Object.entries(typeof parsed === "object" && parsed !== null ? parsed : {})) {
    claims[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  return claims;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
