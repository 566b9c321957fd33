import { describe, expect, test } from "vitest";
import { isInScope, parseScope } from "../../../shared/policy/scopes.ts";
import { resourceId } from "../../support/things.ts";

const subscriptionId = "aaaaaaaa-1111-4111-8111-111111111111";
const other = "bbbbbbbb-1111-4111-8111-111111111111";

describe("a scope", () => {
  test.each([
    [`/subscriptions/${subscriptionId.toUpperCase()}`, { subscriptionId }],
    [` /subscriptions/${subscriptionId}/ `, { subscriptionId }],
    [`/SUBSCRIPTIONS/${subscriptionId}/resourcegroups/Über`, { subscriptionId, resourceGroup: "über" }],
    ["/subscriptions/all", undefined],
    [subscriptionId, undefined],
    [`/subscriptions/${subscriptionId}/resourceGroups/a/providers/b`, undefined],
    [`/subscriptions/${subscriptionId}/resourceGroups/a'b`, undefined],
    ["/", undefined],
  ])("is read from %s", (text, expected) => {
    expect(parseScope(text)).toEqual(expected);
  });

  test.each([
    [[{ subscriptionId }], true],
    [[{ subscriptionId, resourceGroup: "cruises" }], true],
    [[{ subscriptionId, resourceGroup: "cruise" }], false],
    [[{ subscriptionId: other }], false],
    [[{ subscriptionId: other }, { subscriptionId }], true],
    [[], false],
  ])("of %j holds a resource of the group Cruises: %s", (scopes, expected) => {
    const id = resourceId(`/subscriptions/${subscriptionId.toUpperCase()}/resourceGroups/Cruises/providers/A.B/c/d`);

    expect(isInScope(id, scopes)).toBe(expected);
  });
});
