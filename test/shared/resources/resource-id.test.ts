import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ancestorOfType, parseResourceId, resourceHash, resourceName } from "../../../shared/resources/resource-id.ts";
import { resourceId } from "../../support/things.ts";

const seed = 20261123;
const subscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
const account = `${subscription}/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers`;

describe("a resource id", () => {
  test("is read into its parts", () => {
    expect(resourceId(`${account}/fileServices/default`)).toMatchObject({
      subscriptionId: "11111111-1111-4111-8111-111111111111",
      resourceGroup: "cruises",
      type: "Microsoft.Storage/storageAccounts/fileServices",
      names: ["passengers", "default"],
    });
  });

  test("is the same in any case, and keeps the text as it was given", () => {
    const mixed = account.replace("resourceGroups", "resourcegroups").replace("Microsoft.Storage", "MICROSOFT.STORAGE");

    expect(resourceId(mixed).key).toBe(resourceId(account).key);
    expect(resourceHash(resourceId(mixed))).toBe(resourceHash(resourceId(account)));
    expect(resourceId(mixed).text).toBe(mixed);
  });

  test("may lie in a group whose name has letters of any script", () => {
    expect(resourceId(account.replace("cruises", "Kreuzfahrten-über_(東京).1")).resourceGroup).toBe(
      "Kreuzfahrten-über_(東京).1",
    );
  });

  test("has a hash that may be a table's key", () => {
    expect(resourceHash(resourceId(account))).toMatch(/^[0-9a-f]{64}$/);
  });

  test("has a name for people", () => {
    expect(resourceName(resourceId(`${account}/fileServices/default`))).toBe("default");
  });

  test.each([
    ["nothing", ""],
    ["another host", `https://evil.example${account}`],
    ["a host without a scheme", `//evil.example${account}`],
    ["a user and host", `@evil.example${account}`],
    ["no subscription", account.replace("/subscriptions/", "/")],
    ["a subscription that is no GUID", account.replace("11111111-1111-4111-8111-111111111111", "mine")],
    ["a parent folder", account.replace("passengers", "..")],
    ["a parent folder as the group", account.replace("cruises", "..")],
    ["a group that ends with a dot", account.replace("cruises", "cruises.")],
    ["a group with a letter that only looks like another", account.replace("cruises", "doc\u212as")],
    ["an encoded slash", account.replace("passengers", "a%2Fb")],
    ["an encoded dot", account.replace("passengers", "%2e%2e")],
    ["a backslash", account.replace("passengers", "a\\b")],
    ["a query", `${account}?api-version=1`],
    ["a fragment", `${account}#a`],
    ["a space", account.replace("passengers", "a b")],
    ["a line break", `${account}\n`],
    ["a NUL", account.replace("passengers", "a\0b")],
    ["a lone surrogate", account.replace("cruises", "\ud800")],
    ["a type without a name", `${account}/fileServices`],
    ["a slash at the end", `${account}/`],
    ["an empty segment", account.replace("/storageAccounts", "//storageAccounts")],
    ["a provider without a dot", account.replace("Microsoft.Storage", "Storage")],
    ["a resource group only", `${subscription}/resourceGroups/cruises`],
    ["too long a group", account.replace("cruises", "a".repeat(91))],
    ["too long a text", `${account}/${"a/b/".repeat(600)}c/d`],
  ])("is refused with %s", (_what, text) => {
    expect(parseResourceId(text)).toEqual({ ok: false, reason: expect.any(String) });
  });

  test("that is accepted goes through a URL path unchanged", () => {
    const segment = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
    const plain = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.()-]{0,9}$/);
    const oddSegment = fc.oneof(
      { arbitrary: plain, weight: 4 },
      segment,
      fc.constantFrom("..", ".", "a.", "%2e", "a%2fb", "a;b", "a:b", "é", "K", "(x)"),
    );
    const ids = fc
      .record({ group: oddSegment, type: oddSegment, name: oddSegment, tail: fc.constantFrom("", "/", "/a/b", "?x") })
      .map(
        ({ group, type, name, tail }) => `${subscription}/resourceGroups/${group}/providers/A.B/${type}/${name}${tail}`,
      );
    let accepted = 0;

    fc.assert(
      fc.property(ids, (text) => {
        const parsed = parseResourceId(text);
        if (!parsed.ok) return;
        accepted += 1;
        const path = parsed.id.text.split("/").map(encodeURIComponent).join("/");
        const url = new URL(`https://management.example${path}`);
        expect([url.host, url.search, url.hash]).toEqual(["management.example", "", ""]);
        expect(decodeURIComponent(url.pathname)).toBe(text);
      }),
      { seed, numRuns: 2000 },
    );

    expect(accepted).toBeGreaterThan(100);
  });
});

describe("an ancestor", () => {
  test.each([
    [`${account}/fileServices/default/shares/cabins`, "microsoft.storage/STORAGEACCOUNTS", account],
    [account, "Microsoft.Storage/storageAccounts", account],
    [
      `${account}/fileServices/default`,
      "Microsoft.Storage/storageAccounts/fileServices",
      `${account}/fileServices/default`,
    ],
  ])("of %s and type %s is found", (text, type, expected) => {
    expect(ancestorOfType(resourceId(text), type)?.text).toBe(expected);
  });

  test.each([
    ["Microsoft.Storage/storageAccounts/fileServices"],
    ["Microsoft.Storage/storage"],
    ["Microsoft.Sql/servers"],
  ])("of an account and type %s is none", (type) => {
    expect(ancestorOfType(resourceId(account), type)).toBeUndefined();
  });
});
