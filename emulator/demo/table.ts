import type { Paint } from "./style.ts";

/** A cell: its text, wrapped where it is too long, and how each of its lines is painted. */
export interface Cell {
  text: string;
  paint?: Paint;
}

/** A column: its heading and the width that it needs for its words not to be cut. */
export interface Column {
  heading: string;
  /** It is never made narrower, unless the whole table does not fit otherwise. */
  least: number;
  /** How much of the room that is left it gets, against the others. */
  share: number;
}

const gap = "  ";

/**
 * Lays out a table in at most `width` characters: columns share the room, long texts are wrapped at words, and a word
 * that fits nowhere is cut into pieces. Gives the lines.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  heading: Paint = (text) => text,
): string[] {
  const widths = columnWidths(columns, rows, width);
  const rule = widths.map((each) => "─".repeat(each)).join(gap);
  const head = columns.map((column) => ({ text: column.heading, paint: heading }));
  return [...renderRow(head, widths), rule, ...rows.flatMap((row) => renderRow(row, widths)), rule];
}

/** Breaks a text into lines of at most `width` characters, at spaces where there are any. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => wrapParagraph(paragraph, width));
}

function wrapParagraph(paragraph: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(" ").flatMap((each) => pieces(each, width))) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** A word that is longer than a line, cut after its hyphens, dots and slashes where that is enough. */
function pieces(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  const head = word.slice(0, width);
  const at = Math.max(...["-", ".", "/"].map((sign) => head.lastIndexOf(sign))) + 1;
  const cut = at > width / 3 ? at : width;
  return [word.slice(0, cut), ...pieces(word.slice(cut), width)];
}

function renderRow(cells: readonly Cell[], widths: readonly number[]): string[] {
  const wrapped = widths.map((width, index) => wrap(cells[index]?.text ?? "", width));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, lineNumber) =>
    widths
      .map((width, index) => {
        const text = wrapped[index]?.[lineNumber] ?? "";
        const isLast = index === widths.length - 1;
        const painted = text === "" ? "" : (cells[index]?.paint ?? plain)(text);
        return isLast ? painted : painted + " ".repeat(width - text.length);
      })
      .join(gap)
      .trimEnd(),
  );
}

function plain(text: string): string {
  return text;
}

/** Each column's least width, and its share of what is left; no column gets more than its longest text needs. */
function columnWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): number[] {
  const natural = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.flatMap((row) => (row[index]?.text ?? "").split("\n").map((line) => line.length))),
  );
  const widths = columns.map(({ least }, index) => Math.min(least, natural[index] ?? least));
  let room = width - gap.length * (columns.length - 1) - sum(widths);
  while (room < 0 && Math.max(...widths) > 1) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 1) - 1;
    room += 1;
  }
  for (; room > 0; room -= 1) {
    const index = neediest(columns, widths, natural);
    if (index === undefined) break;
    widths[index] = (widths[index] ?? 0) + 1;
  }
  return widths;
}

/** The column that got the least so far for its share, among those whose texts need more. */
function neediest(
  columns: readonly Column[],
  widths: readonly number[],
  natural: readonly number[],
): number | undefined {
  const served = columns.map(({ share }, index) => (widths[index] ?? 0) / share);
  const needing = columns.map((_, index) => index).filter((index) => (widths[index] ?? 0) < (natural[index] ?? 0));
  return needing.sort((a, b) => (served[a] ?? 0) - (served[b] ?? 0))[0];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
