import { expect, test } from "vitest";
import { isExcluded } from "../../../shared/access/excluded.ts";

test.each([
  ["health", "/api/health"],
  ["health", "/API/Health/"],
  ["health", "/api"],
  ["health", "/"],
  ["health", "/api/*"],
  ["health", "/api/he*"],
  ["remediations/{id}", "/api/remediations/1795399077313-9ec8bcd4"],
  ["remediations/{id}/undo", "/api/remediations"],
])("the route %s may be let through by %s", (route, excluded) => {
  expect(isExcluded(route, ["/somewhere/else", excluded])).toBe(true);
});

test.each([
  ["recheck", "/api/health"],
  ["recheck", "/runtime/webhooks/EventGrid"],
  ["recheck", "/api/recheck/operation"],
  ["health", "/healthy"],
])("the route %s is not let through by %s", (route, excluded) => {
  expect(isExcluded(route, [excluded])).toBe(false);
});

test("nothing is let through where nothing is excluded", () => {
  expect(isExcluded("health", [])).toBe(false);
});
