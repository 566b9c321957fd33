import { describe, expect, test } from "vitest";
import {
  baselinesFor,
  changedResource,
  evaluate,
  ownedProperties,
  ownedValues,
  partsForChecks,
  propertyValue,
} from "../../../shared/engine/evaluate.ts";
import { bound, closed, encryption, propertyBaseline, thing, thingType } from "../../support/things.ts";

describe("the properties that a baseline owns", () => {
  const owned = ["properties.open", "properties.level", "access/properties.explicit"];

  test("are shown as they are, absent ones as null", () => {
    const resource = thing({}, { access: { properties: {} } });

    expect(ownedValues(resource, owned)).toEqual([
      { path: "properties.open", value: true },
      { path: "properties.level", value: null },
      { path: "access/properties.explicit", value: null },
    ]);
  });

  test.each([
    ["was not read", {}],
    ["does not exist", { access: null }],
  ])("are left out where they are of a part that %s", (_what, parts) => {
    expect(ownedProperties(thing({}, parts), owned)).toEqual({ "properties.open": true, "properties.level": null });
  });
});

describe("the value at a path", () => {
  const resource = thing({ level: 3 }, { access: { properties: { explicit: true } }, gone: null });

  test.each([
    ["of the resource", "properties.level", 3],
    ["of a part", "access/properties.explicit", true],
    ["that is absent", "properties.none", null],
    ["that is absent of a part", "access/properties.none", null],
    ["of a part that does not exist", "gone/properties.explicit", null],
    ["of a part that was not read", "other/properties.explicit", null],
  ])("%s", (_what, path, value) => {
    expect(propertyValue(resource, path)).toBe(value);
  });
});

describe("a resource that is changed", () => {
  test("has the change in its body, and its parts as they were", () => {
    const before = thing({}, { access: { seats: 4 } });
    const after = changedResource(before, { part: "", patch: { properties: { encrypted: true, open: null } } });

    expect(after).toEqual({ ...thing({ encrypted: true }, { access: { seats: 4 } }), body: after.body });
    expect(after.body.properties).toMatchObject({ encrypted: true, minimumVersion: "1" });
    expect(after.body.properties).not.toHaveProperty("open");
    expect(before).toEqual(thing({}, { access: { seats: 4 } }));
  });

  test("has the change in its part, also where that does not exist yet", () => {
    const change = { part: "access", patch: { explicit: true } };

    expect(changedResource(thing({}, { access: { seats: 4 } }), change)).toEqual(
      thing({}, { access: { seats: 4, explicit: true } }),
    );
    expect(changedResource(thing({}, { access: null }), change)).toEqual(thing({}, { access: { explicit: true } }));
  });
});

test("a baseline that does not apply to a resource finds nothing there", () => {
  const never = propertyBaseline("never", "encrypted", true, { unsupported: () => "It is of another kind." });
  const policies = [never, encryption].map((baseline) => ({ baseline: bound(baseline), mode: "audit" as const }));

  const [first, second] = evaluate(thing(), policies);

  expect(first).toMatchObject({ unsupported: "It is of another kind.", findings: [] });
  expect(second?.findings).toHaveLength(1);
  expect(second).not.toHaveProperty("unsupported");
});

test("a resource is held against the baselines of its type, which need each part once", () => {
  const withParts = (name: string, parts: string[]) => propertyBaseline(name, name, true, { parts });
  const elsewhere = propertyBaseline("elsewhere", "open", false, { resourceType: "Test.Provider/others" });
  const all = [withParts("a", ["x", "y"]), elsewhere, withParts("b", ["y", "z"]), closed(true)];
  const baselines = all.map((baseline) => ({ baseline: bound(baseline) }));

  const concerned = baselinesFor(thingType, { baselines });

  expect(concerned.map(({ id }) => id)).toEqual(["things/a", "things/b", "things/closed"]);
  expect(partsForChecks(concerned)).toEqual(["x", "y", "z"]);
});
