import { expect, test } from "vitest";
import { isAtOrBelow } from "../../../command/check/scope.ts";

test.each([
  ["/subscriptions/a/resourceGroups/Cruises", "/subscriptions/A/resourcegroups/cruises", true],
  ["/subscriptions/a/resourceGroups/cruises/providers/Microsoft.Web/sites/app", "/subscriptions/a", true],
  ["/subscriptions/a/resourceGroups/cruises-old", "/subscriptions/a/resourceGroups/cruises", false],
  ["/subscriptions/a", "/subscriptions/a/resourceGroups/cruises", false],
])("whether %s is %s, or below it: %s", (id, top, expected) => {
  expect(isAtOrBelow(id, top)).toBe(expected);
});
