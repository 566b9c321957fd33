import { describe, expect, it } from "vitest";
import { styleFor } from "../../../emulator/demo/style.ts";
import { createTimeline } from "../../../emulator/demo/timeline.ts";

const controlSequence = "\u001b[";
const happening = { line: "Polaris Cruises", resource: "polarisbookings", text: "sam turned secure transfer off" };

function timelineOn(stream: { isTTY?: boolean; columns?: number }, environment: NodeJS.ProcessEnv = {}) {
  let written = "";
  let time = 0;
  const style = styleFor(stream, environment);
  const timeline = createTimeline(
    style,
    (text) => {
      written += text;
    },
    () => time,
  );
  return {
    style,
    timeline,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    written: () => written,
  };
}

describe("timeline", () => {
  it("tells when, which line, which resource and what in one plain line where it is no terminal", () => {
    const { timeline, pass, written, style } = timelineOn({});
    pass(1234);

    timeline.tell({ ...happening, paint: style.bad });

    expect(written()).toBe("  1.23 s  Polaris Cruises  polarisbookings   sam turned secure transfer off\n");
  });

  it("names the resource once while it goes on about it", () => {
    const { timeline, written, style } = timelineOn({});

    timeline.tell({ ...happening, paint: style.bad });
    timeline.tell({ ...happening, text: "event taken", paint: style.dim });

    expect(written().match(/polarisbookings/g)).toHaveLength(1);
  });

  it("keeps long texts within the width, under themselves", () => {
    const { timeline, written, style } = timelineOn({});

    timeline.tell({ ...happening, text: "a word ".repeat(40), paint: style.bad });

    const lines = written().split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(lines[1]).toMatch(/^ {45}a? ?word/);
  });

  it("tells progress in few plain lines where it is no terminal", () => {
    const { timeline, written } = timelineOn({});

    for (let done = 1; done <= 30; done += 1) timeline.progress(done, 30, "fixed");

    expect(written().trim().split("\n")).toHaveLength(3);
    expect(written()).not.toContain(controlSequence);
  });

  it("draws progress over itself in a terminal, and keeps it below new lines", () => {
    const { timeline, written, style } = timelineOn({ isTTY: true, columns: 100 });

    timeline.progress(1, 30, "fixed");
    timeline.tell({ ...happening, paint: style.bad });
    timeline.endProgress();

    expect(written().split("\n")).toHaveLength(2);
    expect(written()).toContain(`\r${controlSequence}2K`);
  });
});

describe("style", () => {
  it.each([
    ["colours in a terminal", { isTTY: true }, {}, true],
    ["no colours in a pipe", {}, {}, false],
    ["no colours where NO_COLOR says so", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["colours in a pipe where FORCE_COLOR says so", {}, { FORCE_COLOR: "1" }, true],
    ["no colours in a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
  ])("%s", (_, stream, environment, coloured) => {
    expect(styleFor(stream, environment).bad("x") !== "x").toBe(coloured);
  });

  it.each([
    ["100 characters in a pipe", {}, 100],
    ["the terminal's width", { isTTY: true, columns: 120 }, 120],
    ["not less than is readable", { isTTY: true, columns: 20 }, 72],
    ["not more than is readable", { isTTY: true, columns: 400 }, 140],
  ])("%s", (_, stream, width) => {
    expect(styleFor(stream, {}).width).toBe(width);
  });
});
