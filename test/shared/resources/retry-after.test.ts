import { expect, test } from "vitest";
import { retryAfterSeconds } from "../../../shared/resources/retry-after.ts";

const now = new Date("2026-11-23T08:00:00.000Z");

test.each([
  ["17", 17],
  ["0", 0],
  ["Mon, 23 Nov 2026 08:00:30 GMT", 30],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
])("%s asks to wait %d seconds", (header, seconds) => {
  expect(retryAfterSeconds(header, now)).toBe(seconds);
});

test.each(["-1", "1e99", "NaN", "tomorrow", ""])("%j asks for nothing that can be read", (header) => {
  expect(retryAfterSeconds(header, now)).toBeUndefined();
});

test("no answer holds anybody back for longer than the longest wait", () => {
  expect(retryAfterSeconds("999999999", now)).toBeLessThanOrEqual(24 * 3600);
});
