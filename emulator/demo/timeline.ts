import type { Paint, Style } from "./style.ts";
import { wrap } from "./table.ts";

/** One line of the timeline. */
export interface Happening {
  /** The ship company; empty where it is about all. */
  line: string;
  /** The storage account, or several in a few words. */
  resource: string;
  text: string;
  paint: Paint;
}

/** Tells what happens while it happens. */
export interface Timeline {
  tell(happening: Happening): void;
  /** Something that is not about a resource. */
  say(text: string): void;
  /** Whole lines, with no time. */
  print(lines: readonly string[]): void;
  /** Draws a bar in the last line of a terminal; elsewhere only each tenth part is told, in a line of its own. */
  progress(done: number, total: number, what: string): void;
  /** Takes the bar away. */
  endProgress(): void;
}

const timeWidth = 8;
const gap = "  ";

/** Starts a timeline at time zero, which writes whole lines, and on a terminal a bar in between. */
export function createTimeline(style: Style, write: (text: string) => void, now: () => number): Timeline {
  const start = now();
  let bar = "";
  let partsTold = 0;
  let last = "";

  function print(lines: readonly string[]): void {
    const clear = bar === "" ? "" : "\r\u001b[2K";
    write(`${clear}${lines.map((line) => `${line}\n`).join("")}${bar}`);
  }

  return {
    tell(happening) {
      const about = `${happening.line}/${happening.resource}`;
      print(happeningLines(style, now() - start, happening, about === last));
      last = about;
    },
    say(text) {
      last = "";
      print([`${style.dim(timeOf(now() - start))}${gap}${text}`]);
    },
    print,
    progress(done, total, what) {
      if (style.live) {
        bar = progressBar(style, done, total, what);
        print([]);
        return;
      }
      const part = Math.floor((done / total) * 3);
      if (part === partsTold) return;
      partsTold = part;
      last = "";
      print([`${timeOf(now() - start)}${gap}${done} of ${total} ${what}`]);
    },
    endProgress() {
      if (bar !== "") write("\r\u001b[2K");
      bar = "";
      partsTold = 0;
    },
  };
}

/**
 * The lines of one happening: time since the start, company, resource, and what happened, wrapped under itself.
 * @param isSame whether the line before was about the same resource, so that its name need not stand again.
 */
function happeningLines(style: Style, milliseconds: number, happening: Happening, isSame: boolean): string[] {
  const lineWidth = 15;
  const resourceWidth = 16;
  const line = (isSame ? "" : happening.line).padEnd(lineWidth);
  const resource = (isSame ? "" : happening.resource).padEnd(resourceWidth);
  const indent = timeWidth + lineWidth + resourceWidth + 3 * gap.length;
  const [first = "", ...rest] = wrap(happening.text, style.width - indent);
  const head = [style.dim(timeOf(milliseconds)), style.ship(line), style.bold(resource), happening.paint(first)];
  return [head.join(gap), ...rest.map((each) => " ".repeat(indent) + happening.paint(each))];
}

function timeOf(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`.padStart(timeWidth);
}

function progressBar(style: Style, done: number, total: number, what: string): string {
  const width = 30;
  const full = Math.round((done / total) * width);
  return `${" ".repeat(timeWidth)}${gap}${style.good("█".repeat(full))}${style.dim("░".repeat(width - full))} ${done} of ${total} ${what}`;
}
