import { readFile } from "node:fs/promises";
import process from "node:process";
import { z } from "zod";

const positionSchema = z.object({ line: z.number(), column: z.number() });

/** What is used of the report of mutants that Stryker writes, see github.com/stryker-mutator/mutation-testing-elements. */
const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string().optional(),
          status: z.string(),
          location: z.object({ start: positionSchema, end: positionSchema }),
        }),
      ),
    }),
  ),
});

type Report = z.infer<typeof reportSchema>;
type ReportedFile = Report["files"][string];
type Mutant = ReportedFile["mutants"][number];

/**
 * The score of each file and the mutants that no test noticed, as Markdown. Takes the texts of one or more of Stryker's reports; a file that
 * is in several counts as in the last. The last column leaves out what only changes a text. Mutants that Stryker left out, since they run only when a module loads, count nowhere. Throws where a
 * text is no such report.
 */
export function renderMutants(texts: readonly string[]): string {
  const files = texts.flatMap((text) => Object.entries(reportSchema.parse(JSON.parse(text)).files));
  const latest = [...new Map(files)].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = latest.map(([name, { mutants }]) => ({ name, counts: countsOf(mutants) }));
  const survivors = latest.flatMap(([name, file]) => survivorsOf(name, file));
  return [
    "| File | Killed | Of | Score | Without texts |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map((row) => `| \`${row.name}\` | ${scoresOf(row.counts)} |`),
    `| all | ${scoresOf(countsOf(latest.flatMap(([, { mutants }]) => mutants)))} |`,
    "",
    ...survivors,
    "",
  ].join("\n");
}

interface Count {
  killed: number;
  all: number;
}

interface Counts {
  all: Count;
  /** Without those that only change a text: a sentence for people, or a name. */
  withoutTexts: Count;
}

function countsOf(mutants: readonly Mutant[]): Counts {
  const withoutTexts = mutants.filter(({ mutatorName }) => mutatorName !== "StringLiteral");
  return { all: countOf(mutants), withoutTexts: countOf(withoutTexts) };
}

function countOf(mutants: readonly Mutant[]): Count {
  const killed = mutants.filter(({ status }) => status === "Killed" || status === "Timeout").length;
  return { killed, all: killed + mutants.filter(isSurvivor).length };
}

function scoresOf({ all, withoutTexts }: Counts): string {
  return `${all.killed} | ${all.all} | ${percent(all)} | ${percent(withoutTexts)}`;
}

function isSurvivor({ status }: Mutant): boolean {
  return status === "Survived" || status === "NoCoverage";
}

function survivorsOf(name: string, { source, mutants }: ReportedFile): string[] {
  const inOrder = mutants.filter(isSurvivor).sort((a, b) => a.location.start.line - b.location.start.line);
  return inOrder.map((mutant) => {
    const { start } = mutant.location;
    const replaced = code(mutant.replacement ?? "");
    return `- ${name}:${start.line} ${mutant.mutatorName}: ${code(originalOf(source, mutant))} became ${replaced}`;
  });
}

function originalOf(source: string, { location: { start, end } }: Mutant): string {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  const last = lines.length - 1;
  const offset = last === 0 ? start.column - 1 : 0;
  return lines
    .map((line, index) => (index === 0 ? line.slice(start.column - 1) : line))
    .map((line, index) => (index === last ? line.slice(0, end.column - 1 - offset) : line))
    .join("\n");
}

/** One line is enough to find the place. */
function code(text: string): string {
  const short = text.replaceAll(/\s+/g, " ").trim();
  return short === "" ? "nothing" : `\`\` ${short.length > 90 ? `${short.slice(0, 90)}…` : short} \`\``;
}

function percent({ killed, all }: Count): string {
  return all === 0 ? "" : `${((100 * killed) / all).toFixed(1)} %`;
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  const files = named.length === 0 ? ["dist/mutation/report.json"] : named;
  process.stdout.write(renderMutants(await Promise.all(files.map((file) => readFile(file, "utf8")))));
}
