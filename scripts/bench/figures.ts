/** One measured number, beside what it should be where something was promised. */
export interface Figure {
  part: string;
  name: string;
  value: number;
  unit: string;
  /** What the number must not pass. */
  bound?: { kind: "most" | "least"; value: number };
  /** A number that passes its bound then fails the whole run. */
  required?: boolean;
}

/** Whether a figure is within its bound; true where it has none. */
export function holds({ value, bound }: Figure): boolean {
  if (bound === undefined) return true;
  return bound.kind === "most" ? value <= bound.value : value >= bound.value;
}

/** Figures that fail the run. */
export function failures(figures: readonly Figure[]): Figure[] {
  return figures.filter((figure) => figure.required === true && !holds(figure));
}

/** The lower one of the two in the middle; 0 of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** The figures as a table in Markdown, so that it can be read in a shell and pasted into a page. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [["", "measured", "should be", "is", ""], ...figures.map(rowOf)];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function rowOf(figure: Figure): string[] {
  const { part, name, value, unit, bound } = figure;
  const should = bound ? `at ${bound.kind} ${numberText(bound.value)}` : "";
  const verdict = bound === undefined ? "" : holds(figure) ? "holds" : "falls short";
  return [part, name, should, `${numberText(value)} ${unit}`.trim(), verdict];
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}
