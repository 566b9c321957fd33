import { describe, expect, test } from "vitest";
import { isInScope, parseConfiguredScope, parseScope, placeOf, scopeText } from "../../../shared/policy/scopes.ts";
import { resourceId } from "../../support/things.ts";

const subscriptionId = "aaaaaaaa-1111-4111-8111-111111111111";
const other = "bbbbbbbb-1111-4111-8111-111111111111";
const group = "/providers/Microsoft.Management/managementGroups";
const id = resourceId(`/subscriptions/${subscriptionId.toUpperCase()}/resourceGroups/Cruises/providers/A.B/c/d`);

describe("a scope", () => {
  test.each([
    [`/subscriptions/${subscriptionId.toUpperCase()}`, { subscriptionId }],
    [` /subscriptions/${subscriptionId}/ `, { subscriptionId }],
    [`/SUBSCRIPTIONS/${subscriptionId}/resourcegroups/Über`, { subscriptionId, resourceGroup: "über" }],
    ["/subscriptions/all", undefined],
    [subscriptionId, undefined],
    [`/subscriptions/${subscriptionId}/resourceGroups/a/providers/b`, undefined],
    [`/subscriptions/${subscriptionId}/resourceGroups/a'b`, undefined],
    [`${group}/lines`, undefined],
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
    expect(isInScope(id, { scopes, unsure: [] })).toBe(expected);
  });
});

describe("a configured scope", () => {
  test.each([
    [`${group}/lines`, { managementGroup: "lines" }],
    [` ${group.toUpperCase()}/Lines-(2)/ `, { managementGroup: "Lines-(2)" }],
    [`/subscriptions/${subscriptionId}`, { subscriptionId }],
    [`${group}/`, undefined],
    [`${group}/a/b`, undefined],
    [`${group}/a'b`, undefined],
    [`${group}/${"a".repeat(91)}`, undefined],
  ])("is read from %s", (text, expected) => {
    expect(parseConfiguredScope(text)).toEqual(expected);
  });

  test.each([
    `${group}/lines`,
    `/subscriptions/${subscriptionId}`,
    `/subscriptions/${subscriptionId}/resourceGroups/a`,
  ])("%s is written as it is read", (text) => {
    const scope = parseConfiguredScope(text);

    expect(scope && scopeText(scope)).toBe(text);
  });
});

describe("where it can't be told what a management group holds", () => {
  const unsure = ["lines"];

  test("a resource that another scope holds is inside", () => {
    expect(placeOf(id, { scopes: [{ subscriptionId }], unsure })).toBe("inside");
  });

  test("any other is neither inside nor outside, and a yes or no is refused", () => {
    const current = { scopes: [{ subscriptionId: other }], unsure };

    expect(placeOf(id, current)).toBe("unknown");
    expect(() => isInScope(id, current)).toThrow(expect.objectContaining({ code: "scopes-unknown" }));
  });
});
