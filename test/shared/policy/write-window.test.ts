import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTimeZone, type WindowSpan, weekdays, windowStanding } from "../../../shared/policy/write-window.ts";

const everyDay = [...weekdays];

function span(from: string, to: string, more: Partial<WindowSpan> = {}): WindowSpan {
  return { days: everyDay, from, to, timeZone: "Europe/Berlin", ...more };
}

/** `open`, or when it opens. */
function standing(spans: WindowSpan[], now: string): string {
  const stands = windowStanding("nights", spans, new Date(now));
  return stands.isOpen ? "open" : stands.opensAt;
}

describe("a write window", () => {
  test.each([
    ["at its first minute", "2026-01-13T21:00:00Z", "open"],
    ["in its last second", "2026-01-13T22:59:59Z", "open"],
    ["at its end", "2026-01-13T23:00:00Z", "2026-01-14T21:00:00.000Z"],
    ["a second before it", "2026-01-13T20:59:59Z", "2026-01-13T21:00:00.000Z"],
  ])("is open by the clocks of its time zone: %s", (_when, now, expected) => {
    expect(standing([span("22:00", "24:00")], now)).toBe(expected);
  });

  test.each([
    ["late on the day", "2026-01-12T22:30:00Z", "open"],
    ["early on the next", "2026-01-13T03:59:00Z", "open"],
    ["early on the day itself", "2026-01-12T03:00:00Z", "2026-01-12T21:00:00.000Z"],
    ["after it, a week before the next", "2026-01-13T04:00:00Z", "2026-01-19T21:00:00.000Z"],
  ])("that passes midnight belongs to the day on which it begins: %s", (_when, now, expected) => {
    expect(standing([span("22:00", "05:00", { days: ["mon"] })], now)).toBe(expected);
  });

  test("of several spans opens with the first of them", () => {
    const spans = [span("22:00", "23:00", { days: ["fri"] }), span("00:00", "24:00", { days: ["sat", "sun"] })];

    expect(standing(spans, "2026-01-14T12:00:00Z")).toBe("2026-01-16T21:00:00.000Z");
    expect(standing(spans, "2026-01-16T22:30:00Z")).toBe("2026-01-16T23:00:00.000Z");
    expect(standing(spans, "2026-01-18T12:00:00Z")).toBe("open");
  });

  test("opens at a minute that is no quarter of an hour", () => {
    expect(standing([span("22:07", "23:00")], "2026-01-13T12:00:30Z")).toBe("2026-01-13T21:07:00.000Z");
  });
});

describe("where clocks are put forward", () => {
  test.each([
    ["the day before in Berlin", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-28T21:00:00.000Z"],
    ["the day after in Berlin", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T20:00:00.000Z"],
    ["the day before in New York", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T03:00:00.000Z"],
    ["the day after in New York", "America/New_York", "2026-03-08T12:00:00Z", "2026-03-09T02:00:00.000Z"],
  ])("a window opens by the new clocks: %s", (_when, timeZone, now, expected) => {
    expect(standing([span("22:00", "23:00", { timeZone })], now)).toBe(expected);
  });

  test.each([
    ["Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-30T00:00:00.000Z"],
    ["America/New_York", "2026-03-08T06:59:00Z", "2026-03-09T06:00:00.000Z"],
  ])("a window in the hour that is left out opens the next day: %s", (timeZone, now, expected) => {
    expect(standing([span("02:00", "03:00", { timeZone })], now)).toBe(expected);
  });

  test("a weekly window in the hour that is left out opens a week later", () => {
    expect(standing([span("02:00", "03:00", { days: ["sun"] })], "2026-03-28T12:00:00Z")).toBe(
      "2026-04-05T00:00:00.000Z",
    );
  });

  test("a window that begins in that hour opens when the hour is over", () => {
    expect(standing([span("02:30", "05:00")], "2026-03-29T00:30:00Z")).toBe("2026-03-29T01:00:00.000Z");
  });
});

describe("where clocks are put back", () => {
  test.each([
    ["Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-24T20:00:00.000Z"],
    ["Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T21:00:00.000Z"],
    ["America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T02:00:00.000Z"],
    ["America/New_York", "2026-11-01T12:00:00Z", "2026-11-02T03:00:00.000Z"],
  ])("a window opens by the new clocks: %s, %s", (timeZone, now, expected) => {
    expect(standing([span("22:00", "23:00", { timeZone })], now)).toBe(expected);
  });

  test.each([
    ["Europe/Berlin", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"], "2026-10-25T02:00:00Z"],
    ["America/Chicago", ["2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"], "2026-11-01T08:00:00Z"],
  ])("a window in the hour that comes twice is open twice: %s", (timeZone, twice, after) => {
    const hour = timeZone === "Europe/Berlin" ? span("02:00", "03:00") : span("01:00", "02:00", { timeZone });

    expect(twice.map((now) => standing([hour], now))).toEqual(["open", "open"]);
    expect(standing([hour], after)).not.toBe("open");
  });
});

test("whatever the window and the time, it opens when it is said to, and not before", () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const spanArbitrary = fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
      from: minute,
      length: fc.integer({ min: 15, max: 1439 }),
      timeZone: fc.constantFrom("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"),
    })
    .map(({ from, length, ...rest }) => ({ ...rest, from: clock(from), to: clock((from + length) % 1440) }));
  const now = fc.date({
    min: new Date("2026-01-01T00:00:00Z"),
    max: new Date("2027-12-31T00:00:00Z"),
    noInvalidDate: true,
  });

  fc.assert(
    fc.property(fc.array(spanArbitrary, { minLength: 1, maxLength: 3 }), now, (spans, at) => {
      const stands = windowStanding("any", spans, at);
      if (stands.isOpen) return;
      const opening = Date.parse(stands.opensAt);
      expect(opening).toBeGreaterThan(at.getTime());
      expect(standing(spans, stands.opensAt)).toBe("open");
      if (opening - 60_000 >= at.getTime()) {
        expect(standing(spans, new Date(opening - 60_000).toISOString())).toBe(stands.opensAt);
      }
    }),
    { numRuns: 100 },
  );
});

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

test.each([
  ["Europe/Berlin", true],
  ["America/Argentina/Buenos_Aires", true],
  ["UTC", true],
  ["Europe/Atlantis", false],
  ["+01:00", false],
  ["", false],
])("the time zone %s is known: %s", (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});
