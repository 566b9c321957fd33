import { describe, expect, test } from "vitest";
import { isSchedule } from "../../../shared/policy/schedule.ts";

describe("a schedule", () => {
  test.each(["0 0 * * * *", "*/15 * * * * *", "0 30 2 1,15 jan-mar MON-FRI", "0 0-30/5 8-18 * 12 0"])(
    "%s is one",
    (text) => {
      expect(isSchedule(text)).toBe(true);
    },
  );

  test.each([
    "",
    "0 * * * *",
    "60 0 * * * *",
    "0 0 24 * * *",
    "0 0 0 0 * *",
    "0 0 0 * 13 *",
    "0 0 0 * * 7",
    "0 0 0 * * someday",
    "0 */0 * * * *",
    "0 0 0 * * * *",
    "0 1-2-3 * * * *",
    "0  0 * * * *",
  ])("%j is none", (text) => {
    expect(isSchedule(text)).toBe(false);
  });
});
