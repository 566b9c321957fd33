import Ajv from "ajv";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Route, routes } from "../../../shared/access/routes.ts";
import { signInOf } from "../../../shared/access/sign-in.ts";
import { openApiDocument } from "../../../shared/openapi/document.ts";

const entra = signInOf({
  ENTRA_TENANT_ID: "72f988bf-0000-4000-8000-000000000001",
  ENTRA_AUDIENCE: "b0000000-0000-4000-8000-0000000000b1",
});
const schema = z.record(z.string(), z.unknown());
const content = z.object({ "application/json": z.object({ schema }) });
const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        parameters: z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema })),
        requestBody: z.object({ required: z.literal(true), content }).optional(),
        responses: z.record(z.string(), z.object({ description: z.string(), content: content.optional() })),
      }),
    ),
  ),
});

describe.each([
  ["a function key", signInOf({})],
  ["a sign-in", entra],
])("the OpenAPI document for %s", (_what, signIn) => {
  const { paths } = documentSchema.parse(openApiDocument(signIn));
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

  test("describes every route of the table, and no other", () => {
    const told = operations.map(({ path, method, operation }) => `${operation.operationId}: ${method} ${path}`);
    const expected = Object.entries<Route>(routes).map(
      ([name, { method, path }]) => `${name}: ${method.toLowerCase()} /api/${path}`,
    );

    expect(told.sort()).toEqual(expected.sort());
  });

  test("names each parameter of a path", () => {
    for (const { path, operation } of operations) {
      const named = operation.parameters.filter((each) => each.in === "path").map(({ name }) => `{${name}}`);
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(named);
    }
  });

  test("has schemas that a validator takes, each by itself", () => {
    const ajv = new Ajv({ unknownFormats: "ignore" });
    for (const { operation } of operations) {
      const bodies = [
        operation.requestBody?.content,
        ...Object.values(operation.responses).map((each) => each.content),
      ];
      for (const body of bodies) {
        if (body) expect(ajv.compile(body["application/json"].schema)).toBeTypeOf("function");
      }
      for (const parameter of operation.parameters) expect(ajv.compile(parameter.schema)).toBeTypeOf("function");
    }
    expect(JSON.stringify(paths)).not.toContain('"$ref"');
  });

  test("says of every route that it may be refused", () => {
    for (const { operation } of operations)
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["401", "500", "503"]));
  });
});

test("a document for a sign-in knows roles and tokens, one for a function key knows keys", () => {
  const [byKey, signedIn] = [JSON.stringify(openApiDocument(signInOf({}))), JSON.stringify(openApiDocument(entra))];

  expect(signedIn).toContain('"bearer"');
  expect(signedIn).toContain("role-missing");
  expect(signedIn).not.toContain("x-functions-key");
  expect(byKey).toContain("x-functions-key");
  expect(byKey).not.toContain("role-missing");
});
