import { describe, expect, test } from "vitest";
import * as noting from "../../../scripts/mutation/test-functions.ts";

describe("what a test file notes", () => {
  test("has the names of its suites before its own, and a number where it would be that of another", async () => {
    const tests = await noting.notedBy(async () => {
      noting.test("alone", () => undefined);
      noting.describe("a journal", () => {
        noting.describe("that is empty", () => noting.test("verifies", () => undefined));
        noting.test.each([1, 2])("verifies %i", () => undefined);
      });
    });

    expect(tests.map(({ name }) => name)).toEqual([
      "alone",
      "a journal > that is empty > verifies",
      "a journal > verifies %i",
      "a journal > verifies %i #2",
    ]);
  });

  test("is nothing of the file before", async () => {
    await noting.notedBy(async () => noting.test("of the first", () => undefined));

    expect(await noting.notedBy(async () => undefined)).toEqual([]);
  });

  test("gets the values of its row: those of an array one by one", async () => {
    const seen: unknown[] = [];
    const tests = await noting.notedBy(async () => {
      noting.test.each([
        ["aft", 2],
        ["bow", 3],
      ])("rooms", (deck, rooms) => seen.push({ deck, rooms }));
      noting.describe.each([{ deck: "sun" }])("a deck", ({ deck }) => noting.test("is told", () => seen.push(deck)));
    });
    for (const each of tests) await each.run();

    expect(seen).toEqual([{ deck: "aft", rooms: 2 }, { deck: "bow", rooms: 3 }, "sun"]);
  });
});

describe("a noted test", () => {
  test("runs between what its suites do before and after, as often as it is asked to", async () => {
    const done: string[] = [];
    const [noted] = await noting.notedBy(async () => {
      noting.beforeAll(() => done.push("outer before"));
      noting.describe("a suite", () => {
        noting.beforeEach(() => done.push("inner before"));
        noting.test("of it", () => done.push("test"));
        noting.afterEach(() => done.push("inner after"));
      });
      noting.describe("another one", () => noting.beforeEach(() => done.push("another's")));
      noting.afterEach(() => done.push("outer after"));
    });
    const once = ["outer before", "inner before", "test", "inner after", "outer after"];

    await noted?.run();
    expect(done).toEqual(once);
    await noted?.run();
    expect(done).toEqual([...once, ...once]);
  });

  test("rejects as the test throws, and what comes after it is done all the same", async () => {
    let cleaned = false;
    const [noted] = await noting.notedBy(async () => {
      noting.afterEach(() => {
        cleaned = true;
      });
      noting.test("fails", async () => expect("plain").toBe("encrypted"));
    });

    await expect(noted?.run()).rejects.toThrow("expected 'plain' to be 'encrypted'");
    expect(cleaned).toBe(true);
  });
});
