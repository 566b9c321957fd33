import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "../arm/json.ts";
import type { Clock } from "../clock.ts";
import type { Caller, RegisteredApplication } from "../identity/index.ts";
import { createApplication, deleteApplication, updateApplication } from "./applications.ts";
import { createDirectory, type Directory, type Lag, type Objects } from "./directory.ts";
import { badRequest, GraphError, insufficientPrivileges, invalidToken, notFound } from "./errors.ts";
import { registeredApplication } from "./registered.ts";
import {
  assignRole,
  createServicePrincipal,
  shownServicePrincipal,
  updateServicePrincipal,
} from "./service-principals.ts";

/** What Microsoft Graph needs from its surroundings. */
export interface GraphOptions {
  /** 0 for any free port. */
  port: number;
  tenantId: string;
  clock: Clock;
  /** Who a bearer token speaks for. */
  authenticate(bearerToken: string): Caller | undefined;
  /** Object ids of those with the role Application Administrator; all others may read. */
  administrators: readonly string[];
  /** Object ids of those who can have a role of an application. */
  people: readonly string[];
}

/** Microsoft Graph, as far as it makes applications and says who has which of their roles. */
export interface Graph {
  /** `http://127.0.0.1:PORT`, which is also whom its tokens are meant for. */
  endpoint: string;
  directory: Directory;
  /** What identity has to know to give tokens for an application. */
  application(audience: string): RegisteredApplication | undefined;
  /** How many requests do not see an object that was just made; none at the start. */
  lag: Lag;
  /** Whether a PATCH replaces an object such as `api` as a whole; the docs don't say, and OData merges it. */
  replacesObjects: boolean;
  /** How many assignments a page has; 100 as in Microsoft Graph. */
  pageSize: number;
  /** What wrote, in its order, e.g. `POST /v1.0/servicePrincipals`. */
  writes: string[];
  close(): Promise<void>;
}

interface GraphAnswer {
  status: number;
  body?: JsonObject;
}

/** One request, as its path says. */
interface Asked {
  method: string;
  kind: string;
  /** Of one object: the name of a key and its value. */
  key: { name: string; value: string } | undefined;
  /** What stands behind the object. */
  below: string | undefined;
  createsIfMissing: boolean;
  /** How many entries of a list earlier pages had. */
  skip: number;
  body: JsonObject;
}

/** Starts Microsoft Graph on 127.0.0.1. */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  const server = createServer((request, response) => {
    answer(request, graph, options).then(
      ({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(body === undefined ? "" : JSON.stringify(body));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const graph: Graph = {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address ? address.port : options.port}`,
    directory: createDirectory(() => graph.lag),
    application: (audience) => registeredApplication(graph.directory, audience),
    lag: { reads: 0, writes: 0, references: 0 },
    replacesObjects: false,
    pageSize: 100,
    writes: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return graph;
}

async function answer(request: IncomingMessage, graph: Graph, options: GraphOptions): Promise<GraphAnswer> {
  try {
    const caller = callerOf(request, graph, options);
    const asked = await askedBy(request);
    if (asked.method !== "GET") {
      if (!options.administrators.includes(caller.objectId)) throw insufficientPrivileges();
      graph.writes.push(`${asked.method} ${decodeURIComponent(request.url ?? "")}`);
    }
    return asked.kind === "applications"
      ? ofApplications(asked, graph, options)
      : ofServicePrincipals(asked, graph, options);
  } catch (thrown) {
    if (!(thrown instanceof GraphError)) throw thrown;
    const innerError = { date: new Date(options.clock.now()).toISOString(), "request-id": randomUUID() };
    return { status: thrown.status, body: { error: { ...thrown.error, innerError } } };
  }
}

function callerOf({ headers }: IncomingMessage, graph: Graph, { authenticate }: GraphOptions): Caller {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (token === undefined) throw invalidToken("Access token is empty.");
  const caller = authenticate(token);
  if (!caller) throw invalidToken("Access token validation failure.");
  if (caller.claims.aud !== graph.endpoint) throw invalidToken("Access token validation failure. Invalid audience.");
  return caller;
}

const path = /^\/v1\.0\/(applications|servicePrincipals)(?:\((\w+)='([^']*)'\)|\/([^/()]+))?(?:\/(\w+))?$/;

async function askedBy(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const [, kind, key, value, id, below] = path.exec(decodeURIComponent(url.pathname)) ?? [];
  if (kind === undefined) throw new GraphError(400, "BadRequest", `Resource not found for the path '${url.pathname}'.`);
  // Docs: "Advanced query capabilities on Microsoft Entra ID objects". None of its queries are known here.
  if (url.searchParams.has("$filter")) throw new GraphError(400, "Request_UnsupportedQuery", "Unsupported Query.");
  return {
    method: request.method ?? "GET",
    kind,
    key:
      key !== undefined ? { name: key, value: value ?? "" } : id === undefined ? undefined : { name: "id", value: id },
    below,
    createsIfMissing: /\bcreate-if-missing\b/.test(String(request.headers.prefer ?? "")),
    skip: Number(url.searchParams.get("$skiptoken") ?? 0),
    body: await bodyOf(request),
  };
}

function ofApplications(asked: Asked, { directory, replacesObjects }: Graph, { clock }: GraphOptions): GraphAnswer {
  const { method, key, body } = asked;
  const { applications } = directory;
  const by = method === "GET" ? "reads" : "writes";
  if (asked.below !== undefined) throw notFound(asked.below);
  if (!key && method === "GET") return { status: 200, body: { value: [...applications.all()] } };
  if (!key && method === "POST") return { status: 201, body: createApplication(directory, body, clock.now()) };
  if (method === "PATCH" && key?.name === "uniqueName" && asked.createsIfMissing) {
    const there = applications.find(key.name, key.value, by);
    if (!there) {
      const made = createApplication(directory, { ...body, uniqueName: key.value }, clock.now());
      return { status: 201, body: made };
    }
  }
  const found = objectOf(applications, key, by);
  if (method === "GET") return { status: 200, body: found };
  if (method === "PATCH") updateApplication(directory, found, body, replacesObjects);
  else if (method === "DELETE") deleteApplication(directory, found);
  else throw notAllowed();
  return { status: 204 };
}

function ofServicePrincipals(asked: Asked, graph: Graph, { tenantId, people }: GraphOptions): GraphAnswer {
  const { method, key, body } = asked;
  const { directory } = graph;
  const shown = (each: JsonObject) => shownServicePrincipal(directory, each);
  if (!key && method === "GET") {
    return { status: 200, body: { value: directory.servicePrincipals.all().map(shown) } };
  }
  if (!key && method === "POST") return { status: 201, body: shown(createServicePrincipal(directory, body, tenantId)) };
  const found = objectOf(directory.servicePrincipals, key, method === "GET" ? "reads" : "writes");
  if (asked.below === "appRoleAssignedTo") {
    if (method === "POST") return { status: 201, body: assignRole(directory, found, body, people) };
    const ofThis = directory.appRoleAssignments.all().filter(({ resourceId }) => resourceId === found.id);
    return { status: 200, body: pageOf(ofThis, asked.skip, graph, `servicePrincipals/${found.id}/appRoleAssignedTo`) };
  }
  if (asked.below !== undefined) throw notFound(asked.below);
  if (method === "GET") return { status: 200, body: shown(found) };
  if (method !== "PATCH") throw notAllowed();
  updateServicePrincipal(directory, found, body);
  return { status: 204 };
}

function pageOf(all: JsonObject[], skip: number, { endpoint, pageSize }: Graph, list: string): JsonObject {
  const next = skip + pageSize;
  const link = `${endpoint}/v1.0/${list}?$skiptoken=${next}`;
  return { value: all.slice(skip, next), ...(all.length > next && { "@odata.nextLink": link }) };
}

function objectOf(objects: Objects, key: Asked["key"], by: keyof Lag): JsonObject {
  const found = key && objects.find(key.name, key.value, by);
  if (!found) throw notFound(key?.value ?? "");
  return found;
}

function notAllowed(): GraphError {
  return new GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.");
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString("utf8");
  const body = text === "" ? {} : valueIn(text);
  if (!isJsonObject(body)) throw badRequest("Unable to read JSON request payload.");
  return body;
}

function valueIn(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
