import { expect, test } from "vitest";
import { expectDocumented } from "./documented.ts";

const format = { own: { journal: 1, tables: 1 }, stored: { journal: 1, tables: 1 } };
const body = { verified: false, problems: [], version: "0.1.0", format };
const answer = { method: "GET", route: "/api/journal?code=x", status: 200, body };
const unknown = { error: { code: "remediation-unknown", message: "There is none.", details: [] } };

test("an answer as documented passes, and so does an address that is no route", () => {
  expectDocumented(answer);
  expectDocumented({ method: "GET", route: "/api/remediations/x", status: 404, body: unknown });
  expectDocumented({ ...answer, status: 401, body: "" });
  expectDocumented({ ...answer, route: "/admin/functions/sweep", status: 202 });
});

test.each([
  ["another status", { ...answer, status: 204 }],
  ["a property that nobody told", { ...answer, body: { ...answer.body, extra: 1 } }],
  ["a code that the route does not have", { ...answer, status: 404, body: unknown }],
  ["a code with another status than its own", { ...answer, route: "/api/remediations/x", status: 403, body: unknown }],
])("%s does not", (_what, given) => {
  expect(() => expectDocumented(given)).toThrow(/OpenAPI/);
});
