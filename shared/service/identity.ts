import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod";
import { cloudNamedIn } from "../policy/clouds.ts";

const claimsSchema = z.object({ oid: z.string() });

/**
 * The credential of this service: its managed identity where there is one, else what the machine is signed in with.
 * Its client is loaded with the first token: keeping an event needs none where the storage is reached by a connection string.
 * @param clientId of a user-assigned identity; absent for the system-assigned one.
 */
export function serviceCredential(environment: NodeJS.ProcessEnv, clientId: string | undefined): TokenCredential {
  let opened: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      opened ??= openCredential(environment, clientId);
      return await (await opened).getToken(scopes, options);
    },
  };
}

async function openCredential(environment: NodeJS.ProcessEnv, clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import("@azure/identity");
  const hasManagedIdentity = environment.IDENTITY_ENDPOINT !== undefined;
  const authorityHost = cloudNamedIn(environment)?.authorityHost;
  if (!hasManagedIdentity) return new DefaultAzureCredential(authorityHost === undefined ? {} : { authorityHost });
  return clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
}

/**
 * The object id that a credential's token names; nothing where the token is no JWT or can't be had.
 * Only compared with what events claim, so the signature is not checked.
 */
export async function objectIdOf(credential: TokenCredential, scope: string): Promise<string | undefined> {
  try {
    const token = await credential.getToken(scope);
    const payload = token?.token.split(".")[1];
    if (payload === undefined) return undefined;
    const claims = claimsSchema.safeParse(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
    return claims.success ? claims.data.oid.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
