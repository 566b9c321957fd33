import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, send } from "./http-messages.ts";
import { sendHttpData } from "./http-response.ts";
import type { HostedFunction, Invoker } from "./invoker.ts";
import { type HostKeys, hasKey } from "./keys.ts";
import type { HttpData, Nullable } from "./protocol.ts";
import { compareRoutes, parseRoute, type Route } from "./routes.ts";

export interface HttpFunction {
  hosted: HostedFunction;
  route: Route;
  methods: string[];
  authLevel: "anonymous" | "function" | "admin";
}

/** The HTTP triggers among the functions, the most exact route first. Without `authLevel`, anybody may call. */
export function findHttpFunctions(functions: HostedFunction[]): HttpFunction[] {
  return functions
    .filter((hosted) => hosted.triggerType === "httptrigger")
    .map((hosted) => ({
      hosted,
      route: readRoute(hosted.name, hosted.trigger),
      methods: readMethods(hosted.trigger.methods),
      authLevel: readAuthLevel(hosted.trigger.authLevel),
    }))
    .sort((left, right) => compareRoutes(left.route, right.route));
}

/** The route of an HTTP function: its name where it has no other. Throws when the template cannot be read. */
export function readRoute(functionName: string, trigger: Record<string, unknown>): Route {
  return parseRoute(typeof trigger.route === "string" ? trigger.route : functionName);
}

/** Answers a request whose path lies under the route prefix; `path` is what follows it. */
export async function answerHttpRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { url, path, functions, keys, invoker }: HttpRequestContext,
): Promise<void> {
  const found = findRoute(functions, request.method ?? "GET", path);
  if (!found) return send(response, 404);
  const { httpFunction, params } = found;
  if (!isAllowed(httpFunction, request, url, keys)) return send(response, 401);
  const body = await readBody(request);
  const http: HttpData = {
    method: request.method ?? "GET",
    url: url.href,
    nullableHeaders: toNullable(readHeaders(request)),
    nullableQuery: toNullable(readQuery(url)),
    nullableParams: toNullable(params),
    ...(body.length > 0 && { body: { bytes: body } }),
  };
  const result = await invoker.invoke(httpFunction.hosted, { http });
  // The real host tells nothing of the error.
  if (result.status !== "succeeded") return send(response, 500);
  const answer = result.response.returnValue?.http;
  if (!answer) return send(response, 204);
  sendHttpData(response, answer);
}

export interface HttpRequestContext {
  url: URL;
  path: string;
  functions: HttpFunction[];
  keys: HostKeys;
  invoker: Invoker;
}

function findRoute(functions: HttpFunction[], method: string, path: string) {
  for (const httpFunction of functions) {
    if (!httpFunction.methods.includes(method)) continue;
    const params = httpFunction.route.match(path);
    if (params) return { httpFunction, params };
  }
  return undefined;
}

function isAllowed({ authLevel }: HttpFunction, request: IncomingMessage, url: URL, keys: HostKeys): boolean {
  if (authLevel === "anonymous") return true;
  return hasKey(request, url, authLevel === "admin" ? [keys.master] : [keys.function, keys.master]);
}

function readMethods(methods: unknown): string[] {
  const given = Array.isArray(methods) ? methods : [];
  return given.map((method) => String(method).toUpperCase());
}

function readAuthLevel(authLevel: unknown): HttpFunction["authLevel"] {
  const level = String(authLevel ?? "anonymous").toLowerCase();
  return level === "function" || level === "admin" ? level : "anonymous";
}

function readHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values = []] of Object.entries(request.headersDistinct)) headers[name] = values.join(", ");
  return headers;
}

/** A name that stands more than once has its values joined by a comma, as .NET's StringValues does. */
function readQuery(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of url.searchParams.keys()) query[name] = url.searchParams.getAll(name).join(",");
  return query;
}

function toNullable(values: Record<string, string>): Record<string, Nullable<string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
