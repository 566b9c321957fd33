import * as z from "zod";
import { type Route, type RouteName, routes } from "../access/routes.ts";
import type { SignIn } from "../access/sign-in.ts";
import { type ErrorCode, errors } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";

/** What every route may be refused with. */
const everyRoute: readonly ErrorCode[] = [
  "configuration-invalid",
  "format-newer",
  "storage-unavailable",
  "state-conflict",
  "internal-error",
];
/** What it may be refused with where callers sign in. */
const withSignIn: readonly ErrorCode[] = ["sign-in-needed", "role-missing", "sign-in-unavailable"];

/** The OpenAPI 3.1 document of all HTTP routes, for an app whose callers show who they are in this way. Pure. */
export function openApiDocument(signIn: SignIn): JsonObject {
  const isSignedIn = signIn.kind === "entra";
  const paths: { [path: string]: JsonObject } = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    if (!isRouteName(name)) continue;
    const path = `/api/${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationObject(name, route, isSignedIn) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Azure Encryption Guard",
      version: "0.1.0",
      description: "Fixes what falls short of encryption baselines, proves it, and journals every step.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths,
    components: { securitySchemes: isSignedIn ? tokens : keys },
    security: Object.keys(isSignedIn ? tokens : keys).map((scheme) => ({ [scheme]: [] })),
  };
}

/**
 * What a route may answer, by status: the schemas of which one has to fit. A status without one has no body.
 * @param name of the route.
 * @param isSignedIn whether callers sign in.
 */
export function answersOf(
  name: RouteName,
  isSignedIn: boolean,
): Map<number, { meaning: string; schemas: z.ZodType[] }> {
  const { answers, errors: own }: Operation = operations[name];
  const route: Route = routes[name];
  const needsSignIn = !isSignedIn && route.role === "Approver";
  const codes = [
    ...own,
    ...everyRoute,
    ...(isSignedIn ? withSignIn : []),
    ...(needsSignIn ? (["approval-needs-sign-in"] as const) : []),
  ];
  const told = new Map<number, { meaning: string; schemas: z.ZodType[] }>();
  for (const [status, { meaning, schema }] of Object.entries(answers)) {
    told.set(Number(status), { meaning, schemas: [schema] });
  }
  if (!isSignedIn) told.set(401, { meaning: "There is no function key, or a wrong one.", schemas: [] });
  for (const status of new Set(codes.map((code) => errors[code].status))) {
    const of = codes.filter((code) => errors[code].status === status);
    const known = told.get(status);
    const meaning = [...(known ? [known.meaning] : []), ...of.map((code) => `\`${code}\`: ${errors[code].meaning}`)];
    told.set(status, { meaning: meaning.join(" "), schemas: [...(known?.schemas ?? []), errorSchema(of)] });
  }
  return told;
}

const keys = {
  functionKey: { type: "apiKey", in: "header", name: "x-functions-key" },
  functionKeyInQuery: { type: "apiKey", in: "query", name: "code" },
};
const tokens = { entra: { type: "http", scheme: "bearer", bearerFormat: "JWT" } };

function operationObject(name: RouteName, { path, role, roleUnlessDryRun }: Route, isSignedIn: boolean): JsonObject {
  const { summary, query, body }: Operation = operations[name];
  const needs = roleUnlessDryRun === undefined ? role : `${roleUnlessDryRun}, or ${role} with \`dryRun\``;
  return {
    operationId: name,
    summary,
    description: `Needs the role ${needs}.`,
    parameters: [...pathParameters(path), ...(query ? queryParameters(query) : [])],
    ...(body ? { requestBody: { required: true, content: content(jsonSchema(body, "input")) } } : {}),
    responses: Object.fromEntries(
      [...answersOf(name, isSignedIn)]
        .sort(([a], [b]) => a - b)
        .map(([status, { meaning, schemas }]) => [String(status), responseObject(meaning, schemas)]),
    ),
  };
}

function responseObject(meaning: string, schemas: z.ZodType[]): JsonObject {
  if (schemas.length === 0) return { description: meaning };
  const each = schemas.map((schema) => jsonSchema(schema, "output"));
  return { description: meaning, content: content(each.length === 1 && each[0] ? each[0] : { anyOf: each }) };
}

function content(schema: JsonObject): JsonObject {
  return { "application/json": { schema } };
}

function pathParameters(path: string): JsonObject[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string", minLength: 1 } }));
}

function queryParameters(query: z.ZodObject): JsonObject[] {
  const { properties, required } = parametersSchema.parse(jsonSchema(query, "input"));
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

const parametersSchema = z.object({
  properties: z.record(z.string(), z.custom<Json>()),
  required: z.array(z.string()).default([]),
});
const jsonObjectSchema = z.record(z.string(), z.custom<Json>());

/** What no schema can say (a refinement, a value that may be anything) is left open. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any", reused: "inline" });
  return jsonObjectSchema.parse(rest);
}

function errorSchema(codes: readonly ErrorCode[]): z.ZodType {
  const detail = z.strictObject({ target: z.string(), message: z.string() });
  return z.strictObject({
    error: z.strictObject({ code: z.enum(codes), message: z.string(), details: z.array(detail) }),
  });
}

function isRouteName(name: string): name is RouteName {
  return Object.hasOwn(routes, name);
}
