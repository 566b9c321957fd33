import { describe, expect, test } from "vitest";
import { type Figure, failures, holds, median, tableOf } from "../../../scripts/bench/figures.ts";

const figure: Figure = { part: "requests", name: "a look", value: 2, unit: "reads" };

describe("a figure", () => {
  test.each([
    { bound: { kind: "most", value: 2 }, is: true },
    { bound: { kind: "most", value: 1 }, is: false },
    { bound: { kind: "least", value: 2 }, is: true },
    { bound: { kind: "least", value: 3 }, is: false },
  ] as const)("of 2 is at $bound.kind $bound.value: $is", ({ bound, is }) => {
    expect(holds({ ...figure, bound })).toBe(is);
  });

  test("without a bound holds", () => {
    expect(holds(figure)).toBe(true);
  });
});

test("only what is required fails a run", () => {
  const over: Figure = { ...figure, bound: { kind: "most", value: 1 } };
  const required: Figure = { ...over, required: true };

  expect(failures([figure, over, required, { ...required, value: 1 }])).toEqual([required]);
});

test("the median is the lower one of the two in the middle, and sorts by number", () => {
  expect(median([100, 9, 20, 3])).toBe(9);
  expect(median([])).toBe(0);
});

test("the table says what was promised and what is", () => {
  const table = tableOf([figure, { ...figure, value: 2.5, unit: "times", bound: { kind: "least", value: 3 } }]);

  const rows = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows[0]).toEqual(["", "", "measured", "should be", "is", "", ""]);
  expect(rows[1]?.join("")).toMatch(/^-+$/);
  expect(rows.slice(2)).toEqual([
    ["", "requests", "a look", "", "2 reads", "", ""],
    ["", "requests", "a look", "at least 3", "2.50 times", "falls short", ""],
  ]);
});
