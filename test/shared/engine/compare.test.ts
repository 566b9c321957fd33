import { describe, expect, test } from "vitest";
import type { Resource } from "../../../shared/baselines/baseline.ts";
import { foreignDifferences, foreignProperties } from "../../../shared/engine/compare.ts";
import type { JsonObject } from "../../../shared/json.ts";

function differences(before: JsonObject, after: JsonObject, ignored: string[] = []) {
  return differencesOf({ id: "", body: before, parts: {} }, { id: "", body: after, parts: {} }, ignored);
}

function differencesOf(before: Resource, after: Resource, ignored: string[]) {
  return foreignDifferences(foreignProperties(before, ignored), after, ignored);
}

describe("foreign differences", () => {
  test("are none between equal resources", () => {
    expect(differences({ a: { b: [1, { c: null }] } }, { a: { b: [1, { c: null }] } })).toEqual([]);
  });

  test("name path and values, and leave owned and volatile paths out", () => {
    const before = { etag: "1", properties: { owned: 1, count: 1, on: true } };
    const after = { etag: "2", properties: { owned: 2, count: 2 } };

    expect(differences(before, after, ["etag", "properties.owned"])).toEqual([
      { path: "properties.count", before: "1", after: "2" },
      { path: "properties.on", before: "true", after: "absent" },
    ]);
  });

  test("show no text and no structure by value", () => {
    const shown = JSON.stringify(
      differences({ a: "secret-1", b: ["secret-2"] }, { a: "secret-3", b: { c: "secret-4" } }),
    );

    expect(shown).not.toContain("secret");
    expect(shown).toContain("sha256:");
  });

  test("inside of what was absent are told one by one, owned ones left out", () => {
    expect(differences({}, { policy: { days: 7, foreign: 1 } }, ["policy.days"])).toEqual([
      { path: "policy.foreign", before: "absent", after: "1" },
    ]);
    expect(differences({ policy: { days: 7 } }, {}, ["policy.days"])).toEqual([]);
  });

  test.each(["constructor", "toString", "__proto__"])("take %s for a name like any other", (name) => {
    const after: JsonObject = JSON.parse(`{ "tags": { "${name}": 1 } }`);

    expect(differences({ tags: {} }, after)).toEqual([{ path: `tags.${name}`, before: "absent", after: "1" }]);
  });

  test("are told of parts under the part's name", () => {
    const before = { id: "", body: {}, parts: { a: { x: 1 }, unread: { y: 1 } } };

    expect(differencesOf(before, { id: "", body: {}, parts: { a: { x: 2 } } }, [])).toEqual([
      { path: "a/x", before: "1", after: "2" },
    ]);
    expect(differencesOf(before, { id: "", body: {}, parts: { a: { x: 2 } } }, ["a/x"])).toEqual([]);
    expect(differencesOf(before, { id: "", body: {}, parts: { a: { x: 2 } } }, ["b/x", "x"])).toHaveLength(1);
  });

  test("are not told of parts that were read the second time alone", () => {
    const after = { id: "", body: {}, parts: { a: { x: 1 } } };

    expect(differencesOf({ id: "", body: {}, parts: {} }, after, [])).toEqual([]);
  });

  test("show what is null as it is, and what is a text by hash, though it says null", () => {
    const [shown] = differences({ a: null }, { a: "null" });

    expect(shown).toEqual({ path: "a", before: "null", after: expect.stringMatching(/^sha256:/) });
  });

  test("are bounded where everything differs", () => {
    const after = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`p${index}`, index]));

    expect(differences({}, after)).toHaveLength(50);
  });
});
