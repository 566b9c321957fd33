import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod";
import type { JsonObject } from "../../shared/json.ts";
import { serviceCredential } from "../../shared/service/identity.ts";
import { settingsHere } from "../check/azure.ts";
import type { Surroundings } from "../frame/command.ts";
import { UsageError } from "../frame/output.ts";
import { isThisMachine, localEnvironment } from "../service/local-environment.ts";

/** Microsoft Graph, version 1.0, by path. */
export interface Graph {
  /** Of whoever is signed in: in it everything is made. */
  tenantId: string;
  /** What Microsoft Graph says, also where it says no. The path is below `/v1.0/`. */
  ask(method: "GET" | "POST" | "PATCH", path: string, body?: JsonObject, prefer?: string): Promise<GraphAnswer>;
}

/** An answer of Microsoft Graph. */
export interface GraphAnswer {
  status: number;
  body: unknown;
}

const claimsSchema = z.object({ tid: z.string() });
const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(z.object({ code: z.string() })).default([]),
  }),
});
const limitMilliseconds = 60_000;

/** Opens Microsoft Graph with what this machine is signed in with. Throws an Error where nobody is, a UsageError where it has no address. */
export async function openGraph(surroundings: Surroundings): Promise<Graph> {
  const { environment, directory } = surroundings;
  const { cloud, identityClientId } = await settingsHere(surroundings);
  const isLocal = isThisMachine(cloud.endpoint);
  const own = isLocal ? { ...(await localEnvironment(directory)), ...environment } : environment;
  const endpoint = cloud.graph ?? own.GRAPH_ENDPOINT ?? "";
  if (!URL.canParse(endpoint) || !(endpoint.startsWith("https:") || isThisMachine(endpoint))) {
    throw new UsageError(
      "Where Microsoft Graph is has to stand in GRAPH_ENDPOINT, since CLOUD is custom: an https URL.",
    );
  }
  const given = isLocal ? own.GRAPH_TOKEN : undefined;
  const token = given ? async () => given : tokenOf(serviceCredential(environment, identityClientId), endpoint);
  return { tenantId: tenantOf(await token()), ask: askOver(endpoint, token) };
}

/** The code of a refusal, and the more exact ones in its details. */
export function codesOf({ body }: GraphAnswer): string[] {
  const parsed = errorSchema.safeParse(body);
  return parsed.success ? [parsed.data.error.code, ...parsed.data.error.details.map(({ code }) => code)] : [];
}

/** What Microsoft Graph says where it says no, for people. */
export function saidBy({ status, body }: GraphAnswer): string {
  const parsed = errorSchema.safeParse(body);
  return parsed.success ? `${parsed.data.error.code}: ${parsed.data.error.message}` : `status ${status}`;
}

/** A refusal that a name is wanted for which another object has. */
export function isConflict({ status, body }: GraphAnswer): boolean {
  const parsed = errorSchema.safeParse(body);
  return status === 400 && parsed.success && /same value for property uniqueName/i.test(parsed.data.error.message);
}

function askOver(endpoint: string, token: () => Promise<string>): Graph["ask"] {
  return async (method, path, body, prefer) => {
    const answer = await fetch(new URL(`/v1.0/${path}`, endpoint), {
      method,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(prefer === undefined ? {} : { prefer }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A redirect would carry the token to another host.
      redirect: "error",
      signal: AbortSignal.timeout(limitMilliseconds),
    });
    return { status: answer.status, body: jsonIn(await answer.text()) };
  };
}

function tokenOf(credential: TokenCredential, endpoint: string): () => Promise<string> {
  return async () => {
    try {
      return (await credential.getToken(`${endpoint}/.default`))?.token ?? "";
    } catch (thrown) {
      const name = thrown instanceof Error ? thrown.name : "Error";
      throw new Error(`There is no token for ${endpoint} (${name}): sign in first, with az login or azd auth login.`);
    }
  };
}

function tenantOf(token: string): string {
  const claims = claimsSchema.safeParse(jsonIn(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")));
  if (claims.success) return claims.data.tid;
  throw new Error("The token for Microsoft Graph names no tenant.");
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
