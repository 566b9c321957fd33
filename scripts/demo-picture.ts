import { writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";

/**
 * Makes docs/demo.svg, a picture of the table and the counts of a demo in a terminal window, from the demo's output on stdin:
 * `npm run build && FORCE_COLOR=1 node emulator/demo/index.ts | node scripts/demo-picture.ts`
 */
const pictureFile = path.join(import.meta.dirname, "..", "docs", "demo.svg");
/** The table, and the counts; what stands between is text for people who run it. */
const firstLine = /^Resource +Before/;
const leftOutFrom = /^What waits for a person/;
const leftOutUntil = /^ +Events /;

const [fontSize, lineHeight, characterWidth] = [13, 18, 7.83];
const [padding, titleHeight] = [18, 36];
/** Colours that can be read on the window's own dark ground, whatever theme the page around it has. */
const palette = { ground: "#16202b", frame: "#2c3a49", title: "#9fb0c0", text: "#d7dee6", dim: "#8a9aab" };
/** By the codes of the terminal's colours, as picocolors writes them. */
const styles: Readonly<Record<string, string>> = {
  "1": "font-weight:bold",
  "2": `fill:${palette.dim}`,
  "31": "fill:#ff8a80",
  "32": "fill:#7ddc9a",
  "33": "fill:#f5cf6b",
  "36": "fill:#74cfe8",
};
/** Codes that end a style. */
const ends: Readonly<Record<string, readonly string[]>> = {
  "0": Object.keys(styles),
  "22": ["1", "2"],
  "39": ["31", "32", "33", "36"],
};

const printed = (await text(process.stdin)).split("\n");
const lineWith = (pattern: RegExp): number => printed.findIndex((line) => pattern.test(withoutStyles(line)));
const [begin, gapBegin, gapEnd] = [lineWith(firstLine), lineWith(leftOutFrom), lineWith(leftOutUntil)];
if (begin < 0 || gapBegin < begin || gapEnd < gapBegin)
  throw new Error("The demo's table and counts are not on stdin.");
const shown = [...printed.slice(begin, gapBegin), ...printed.slice(gapEnd)];
while (withoutStyles(shown.at(-1) ?? "x") === "") shown.pop();
await writeFile(pictureFile, picture(shown));

function picture(lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => withoutStyles(line).length));
  const width = Math.ceil(columns * characterWidth + 2 * padding);
  const height = titleHeight + lines.length * lineHeight + 2 * padding;
  const body = lines.map((line, index) => svgLine(line, titleHeight + padding + (index + 0.75) * lineHeight));
  const lights = ["#ff6b5e", "#f5bf4f", "#5ec454"].map(
    (colour, index) => `<circle cx="${padding + 4 + index * 20}" cy="${titleHeight / 2}" r="6" fill="${colour}"/>`,
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The end of the demo: a table of every account with before, after, outcome and why">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${palette.ground}" stroke="${palette.frame}"/>`,
    ...lights,
    `<text x="${width / 2}" y="${titleHeight / 2 + 4}" text-anchor="middle" font-family="sans-serif" font-size="${fontSize}" fill="${palette.title}">npm run demo</text>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${fontSize}" fill="${palette.text}" xml:space="preserve">`,
    ...body.filter(Boolean),
    "</g>",
    "</svg>",
  ].join("\n")}\n`;
}

/** Each run of one style stands at its own column, and is stretched to its width: so columns line up in every font. */
function svgLine(line: string, y: number): string {
  const texts = runsOf(line).map(({ column, content, style }) => {
    const x = (padding + column * characterWidth).toFixed(1);
    const length = (content.length * characterWidth).toFixed(1);
    const styled = style === "" ? "" : ` style="${style}"`;
    return `<text x="${x}" y="${y.toFixed(1)}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${styled}>${escaped(content)}</text>`;
  });
  return texts.join("");
}

interface Run {
  column: number;
  content: string;
  style: string;
}

/** A line's texts by style; wide gaps between them are left out. */
function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  const active = new Set<string>();
  let column = 0;
  for (const part of line.split(stylePattern())) {
    if (/^\d+$/.test(part) && (part in styles || part in ends) && line.includes(`\u001b[${part}m`)) {
      for (const ended of ends[part] ?? []) active.delete(ended);
      if (part in styles) active.add(part);
      continue;
    }
    const style = [...active].map((code) => styles[code]).join(";");
    for (const { 0: content, index } of part.matchAll(/\S+(?: \S+)*/g))
      runs.push({ column: column + index, content, style });
    column += part.length;
  }
  return runs;
}

function withoutStyles(line: string): string {
  return line.replace(stylePattern(), "");
}

function stylePattern(): RegExp {
  return new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`, "g");
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
