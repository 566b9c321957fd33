import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalJson,
  combinePatches,
  isJsonObject,
  type Json,
  type JsonObject,
  leafPaths,
  mergePatch,
  valueAt,
} from "../../shared/json.ts";

const seed = 20261123;

describe("mergePatch", () => {
  // The examples of RFC 7396, appendix A.
  test.each<[Json, Json, Json]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("of %j with %j gives %j", (document, patch, expected) => {
    expect(mergePatch(document, patch)).toEqual(expected);
  });

  test("leaves both arguments as they are", () => {
    const document = { a: { b: 1 }, c: [1] };
    const patch = { a: { b: null, d: 2 }, c: null };

    mergePatch(document, patch);

    expect([document, patch]).toEqual([
      { a: { b: 1 }, c: [1] },
      { a: { b: null, d: 2 }, c: null },
    ]);
  });

  test.each(["__proto__", "constructor", "toString"])("takes %s for a name like any other", (name) => {
    const patch: Json = JSON.parse(`{ "${name}": { "polluted": true } }`);

    const merged = mergePatch({ a: 1 }, patch);

    expect(JSON.stringify(merged)).toBe(`{"a":1,"${name}":{"polluted":true}}`);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(JSON.stringify(combinePatches({}, isJsonObject(patch) ? patch : {}))).toBe(JSON.stringify(patch));
  });
});

describe("combinePatches", () => {
  test("makes one patch that does what two do, one after the other", () => {
    const leaves = fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom<Json>(null, 1, "x", true, [1]));
    const around = (inner: fc.Arbitrary<JsonObject>) =>
      fc
        .tuple(leaves, fc.dictionary(fc.constantFrom("a", "b"), inner))
        .map(([own, nested]): JsonObject => ({ ...own, ...nested }));
    const json = around(around(leaves));

    fc.assert(
      fc.property(json, json, json, (document, first, second) => {
        const oneByOne = mergePatch(mergePatch(document, first), second);

        expect(mergePatch(document, combinePatches(first, second))).toEqual(oneByOne);
      }),
      { seed },
    );
  });
});

describe("leafPaths", () => {
  test("names every leaf; an array, null and an empty object are leaves", () => {
    expect(leafPaths({ a: { b: 1, c: { d: null } }, e: [{ f: 1 }], g: {} })).toEqual(["a.b", "a.c.d", "e", "g"]);
  });
});

describe("valueAt", () => {
  test.each<[string, Json | undefined]>([
    ["a.b", 1],
    ["a", { b: 1 }],
    ["a.c", undefined],
    ["a.b.c", undefined],
    ["list.0", undefined],
    ["nothing", null],
    ["__proto__", undefined],
    ["constructor.name", undefined],
    ["a.hasOwnProperty", undefined],
  ])("%s gives %j", (path, expected) => {
    expect(valueAt({ a: { b: 1 }, list: [1], nothing: null }, path)).toEqual(expected);
  });

  test("sees a property named __proto__ that the document itself has", () => {
    expect(valueAt(JSON.parse('{ "__proto__": { "a": 1 } }'), "__proto__.a")).toBe(1);
  });
});

describe("canonicalJson", () => {
  test("is the same for documents that say the same, whatever the order of their names", () => {
    expect(canonicalJson({ b: [{ d: null, c: "x" }], a: 1 })).toBe('{"a":1,"b":[{"c":"x","d":null}]}');
  });

  test("says the same as the document, and differs where documents do", () => {
    const json = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(JSON.parse(canonicalJson(one))).toEqual(one);
        const isSame = canonicalJson(one) === canonicalJson(other);
        expect(isSame).toBe(isDeepStrictEqual(one, other));
      }),
      { seed },
    );
  });
});
