import { describe, expect, test } from "vitest";
import { daysAsPeriod, secondsOfPeriod } from "../../../../shared/baselines/storage/sas-period.ts";
import type { Json } from "../../../../shared/json.ts";

describe("secondsOfPeriod", () => {
  test.each([
    ["1.23:59:59", 172_799],
    ["07.00:00:00", 604_800],
    ["7.00:00:00", 604_800],
    ["100000.00:00:00", 8_640_000_000],
    ["00.00:10:00", 600],
    ["23:59:59", 86_399],
  ])("reads %s", (period, seconds) => {
    expect(secondsOfPeriod(period)).toBe(seconds);
  });

  test.each<{ period: Json }>([
    { period: "" },
    { period: "7" },
    { period: "7 days" },
    { period: "P7D" },
    { period: "-1.00:00:00" },
    { period: "1.24:00:00" },
    { period: "1.00:60:00" },
    { period: "1.00:00:60" },
    { period: "1.00:00:00\n" },
    { period: "1.00:00" },
    { period: 604_800 },
    { period: null },
    { period: { days: 7 } },
  ])("does not read $period", ({ period }) => {
    expect(secondsOfPeriod(period)).toBeUndefined();
  });

  test("takes a period of nothing for no period", () => {
    expect(secondsOfPeriod("0.00:00:00")).toBeUndefined();
  });

  test("reads what daysAsPeriod writes", () => {
    expect(secondsOfPeriod(daysAsPeriod(365))).toBe(365 * 86_400);
  });
});
