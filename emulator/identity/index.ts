import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../clock.ts";
import {
  type Caller,
  createTokenIssuer,
  type FindApplication,
  lifetimeSeconds,
  type Principal,
  type TokenIssuer,
} from "./tokens.ts";

export type { Caller, Principal, RegisteredApplication } from "./tokens.ts";

export interface IdentityOptions {
  /** 0 for any free port. */
  port: number;
  tenantId: string;
  clock: Clock;
  /** Whom the app's endpoint serves. */
  managedIdentity: Principal;
  /** Whom `az login --identity` becomes, so that a person at the command line is another one than the app. */
  msiPrincipal?: Principal;
  /** Who may ask `GET /token?name=NAME` for a token. */
  people?: Principal[];
  /** What the directory says of the application that a token is asked for. */
  application?: FindApplication;
}

export interface Identity {
  /** For the app's setting IDENTITY_ENDPOINT. */
  endpoint: string;
  /** For the app's setting IDENTITY_HEADER. */
  header: string;
  /** For the variable MSI_ENDPOINT of `az login --identity`. */
  msiEndpoint: string;
  /** For the variable MSI_SECRET of `az login --identity`. */
  msiSecret: string;
  /** A token of somebody, as the endpoints would give it; rejects where Entra gives none. Default audience: Azure Resource Manager. */
  tokenFor(principal: Principal, audience?: string): Promise<string>;
  /** Who a bearer token speaks for; undefined when it was not signed here or has expired. */
  authenticate(bearerToken: string): Caller | undefined;
  jwksUrl: string;
  issuer: string;
  /** For the app's setting ENTRA_AUTHORITY, and for `GET /token?name=NAME&resource=AUDIENCE`. */
  authorityHost: string;
  close(): Promise<void>;
}

const managementAudience = "https://management.azure.com/";

interface Endpoints {
  options: IdentityOptions;
  tokens: TokenIssuer;
  header: string;
  msiSecret: string;
  issuer: string;
  jwksUrl: string;
}

/**
 * Stands in for Microsoft Entra on localhost: the managed identity endpoint of App Service (api-version 2019-08-01),
 * its predecessor that the Azure command line uses, tokens for people, and the keys that verify them all.
 */
export async function startIdentity(options: IdentityOptions): Promise<Identity> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : options.port}`;
  const issuer = `${url}/${options.tenantId}/`;
  const tokens = await createTokenIssuer({
    issuer,
    tenantId: options.tenantId,
    clock: options.clock,
    ...(options.application && { application: options.application }),
  });
  const endpoints: Endpoints = {
    options,
    tokens,
    header: randomBytes(16).toString("hex"),
    msiSecret: randomBytes(16).toString("hex"),
    issuer,
    jwksUrl: `${url}/${options.tenantId}/discovery/keys`,
  };
  server.on("request", (request, response) => {
    answer(request, endpoints).then(
      (given) => send(response, given),
      (error) => send(response, refuse(400, error instanceof Error ? error.message : String(error))),
    );
  });
  return {
    endpoint: `${url}/msi/token`,
    header: endpoints.header,
    msiEndpoint: `${url}/msi/command-line`,
    msiSecret: endpoints.msiSecret,
    tokenFor: async (principal, audience = managementAudience) => tokens.issue(principal, audience),
    authenticate: (token) => tokens.authenticate(token),
    jwksUrl: endpoints.jwksUrl,
    issuer,
    authorityHost: url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  /** Text is sent as it is, anything else as JSON. */
  body: object | string;
}

async function answer(request: IncomingMessage, endpoints: Endpoints): Promise<Answer> {
  const { options, tokens, issuer, jwksUrl } = endpoints;
  const url = new URL(request.url ?? "/", issuer);
  switch (url.pathname) {
    case "/msi/token":
      return answerManagedIdentity(request, url, endpoints);
    case "/msi/command-line":
      return await answerCommandLine(request, url, endpoints);
    case "/token":
      return answerPerson(url, endpoints);
    case `/${options.tenantId}/discovery/keys`:
    case `/${options.tenantId}/discovery/v2.0/keys`:
      return { status: 200, body: { keys: [tokens.jsonWebKey] } };
    case `/${options.tenantId}/.well-known/openid-configuration`:
      return openIdConfiguration(issuer, jwksUrl, "public");
    case `/${options.tenantId}/v2.0/.well-known/openid-configuration`:
      return openIdConfiguration(`${issuer}v2.0`, jwksUrl.replace("/discovery/", "/discovery/v2.0/"), "pairwise");
    default:
      return refuse(404, "There is nothing here.");
  }
}

function openIdConfiguration(issuer: string, jwksUrl: string, subjects: string): Answer {
  return {
    status: 200,
    body: {
      issuer,
      jwks_uri: jwksUrl,
      id_token_signing_alg_values_supported: ["RS256"],
      subject_types_supported: [subjects],
    },
  };
}

/** The endpoint of App Service and Functions; an unmodified ManagedIdentityCredential reads its answer. */
function answerManagedIdentity(request: IncomingMessage, url: URL, { options, tokens, header }: Endpoints): Answer {
  const { managedIdentity, clock } = options;
  if (request.headers["x-identity-header"] !== header) return refuse(401, "The header x-identity-header is wrong.");
  const resource = url.searchParams.get("resource");
  if (url.searchParams.get("api-version") !== "2019-08-01" || !resource) {
    return refuse(400, "The resource is missing, or api-version is not 2019-08-01.");
  }
  const clientId = url.searchParams.get("client_id");
  if (clientId && clientId !== managedIdentity.applicationId) return refuse(400, "No such managed identity.");
  return giveToken(managedIdentity, resource, clock, tokens);
}

/** What `az login --identity` asks when MSI_ENDPOINT is set: a form with the resource, and the secret in a header. */
async function answerCommandLine(
  request: IncomingMessage,
  url: URL,
  { options, tokens, msiSecret }: Endpoints,
): Promise<Answer> {
  if (request.headers.secret !== msiSecret) return refuse(401, "The header secret is wrong.");
  const form = new URLSearchParams(await readText(request));
  const resource = form.get("resource") ?? url.searchParams.get("resource") ?? managementAudience;
  return giveToken(options.msiPrincipal ?? options.managedIdentity, resource, options.clock, tokens);
}

/** A token for somebody on the list, for use with curl: the answer is the token and nothing else. */
function answerPerson(url: URL, { options, tokens }: Endpoints): Answer {
  const person = options.people?.find(({ name }) => name === url.searchParams.get("name"));
  if (!person) return refuse(404, "Nobody on the list has this name.");
  return { status: 200, body: tokens.issue(person, url.searchParams.get("resource") ?? managementAudience) };
}

function giveToken(principal: Principal, resource: string, clock: Clock, tokens: TokenIssuer): Answer {
  const now = Math.floor(clock.now() / 1000);
  return {
    status: 200,
    body: {
      access_token: tokens.issue(principal, resource),
      client_id: principal.applicationId,
      expires_in: String(lifetimeSeconds),
      expires_on: String(now + lifetimeSeconds),
      not_before: String(now),
      resource,
      token_type: "Bearer",
    },
  };
}

function refuse(status: number, description: string): Answer {
  return { status, body: { error: "invalid_request", error_description: description } };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
}
