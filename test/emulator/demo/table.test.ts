import { describe, expect, it } from "vitest";
import { type Column, renderTable, wrap } from "../../../emulator/demo/table.ts";

const columns: Column[] = [
  { heading: "Resource", least: 8, share: 1 },
  { heading: "Outcome", least: 8, share: 1 },
  { heading: "Why", least: 10, share: 3 },
];
const long = "The account has file shares, and encryptionInTransit.required is not explicit.";
const rows = [
  [{ text: "bookings\nPolaris Cruises" }, { text: "remediated" }, { text: "Fixed." }],
  [{ text: "scans" }, { text: "awaiting-approval" }, { text: long }],
];

describe("table", () => {
  it.each([30, 60, 72, 100, 140])("keeps every line within %i characters", (width) => {
    const lines = renderTable(columns, rows, width);

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  });

  it("loses no text however narrow it is", () => {
    const text = renderTable(columns, [[{ text: "" }, { text: "" }, { text: long }]], 40).join("");

    expect(text.replace(/\s/g, "")).toContain(long.replace(/\s/g, ""));
  });

  it("gives no column more than its texts need", () => {
    const [heading] = renderTable(columns, [[{ text: "a" }, { text: "b" }, { text: "c" }]], 100);

    expect(heading).toBe("Resource  Outcome  Why");
  });

  it("begins each cell of a column at the same place", () => {
    const lines = renderTable(columns, rows, 100);
    const place = lines[0]?.indexOf("Why") ?? 0;

    expect(lines.filter((line) => line.includes("Fixed.")).map((line) => line.indexOf("Fixed."))).toEqual([place]);
  });

  it("paints without moving anything", () => {
    const painted = rows.map((row) =>
      row.map((cell) => ({ ...cell, paint: (text: string) => `\u001b[32m${text}\u001b[39m` })),
    );

    const plain = renderTable(columns, painted, 72).map((line) =>
      line.replaceAll("\u001b[32m", "").replaceAll("\u001b[39m", ""),
    );

    expect(plain).toEqual(renderTable(columns, rows, 72));
  });
});

describe("wrap", () => {
  it.each([
    ["breaks at spaces", "one two three", 7, ["one two", "three"]],
    ["breaks a long word after a hyphen", "awaiting-approval", 11, ["awaiting-", "approval"]],
    ["breaks a long word anywhere where it has no sign", "encryption", 4, ["encr", "ypti", "on"]],
    ["keeps its own line breaks", "a\nb", 10, ["a", "b"]],
    ["gives one line for an empty text", "", 10, [""]],
  ])("%s", (_, text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});
