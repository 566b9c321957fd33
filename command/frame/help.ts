import type { Option, RegisteredCommand } from "./command.ts";
import { usageOf } from "./command-line.ts";
import { exitCodeMeanings, exitCodes } from "./output.ts";

const program = "azure-encryption-guard";

/** The help of all commands: each with one line, and the exit codes. */
export function helpOfAll(commands: readonly RegisteredCommand[]): string[] {
  const lines = columns(commands.map((command) => [usageWithoutOptions(command), command.summary]));
  return [
    `Usage: ${program} COMMAND`,
    "",
    ...lines.map((line) => `  ${line}`),
    "",
    `${program} COMMAND --help tells more of one command, with examples.`,
    "",
    ...exitCodeLines(),
  ];
}

/** The help of one command: how it is written, its arguments and options, and examples. */
export function helpOf(command: RegisteredCommand): string[] {
  const { summary, details = [], arguments: words, options, examples } = command;
  return [
    `Usage: ${program} ${usageOf(command)}`,
    "",
    ...wrapped(summary),
    ...details.flatMap((paragraph) => ["", ...wrapped(paragraph)]),
    ...(words.length === 0 ? [] : ["", ...columns(words.map(({ name, meaning }) => [name, meaning])).map(indented)]),
    ...(options.length === 0
      ? []
      : ["", ...columns(options.map((option) => [optionUsage(option), optionMeaning(option)])).map(indented)]),
    "",
    examples.length === 1 ? "Example:" : "Examples:",
    ...examples.flatMap(({ line, does }) => ["", ...wrapped(does).map(indented), indented(`${program} ${line}`)]),
  ];
}

/** The exit codes, one a line. */
function exitCodeLines(): string[] {
  const rows = Object.entries(exitCodes).map(([name, code]): [string, string] => [String(code), meaningOf(name)]);
  return ["Exit codes:", ...columns(rows).map(indented)];
}

function meaningOf(name: string): string {
  return Object.entries(exitCodeMeanings).find(([each]) => each === name)?.[1] ?? "";
}

/** An option as it is typed, e.g. `--output FORMAT`. */
export function optionUsage({ name, value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

/** An option's meaning, with what is allowed and what holds where it is not given. */
export function optionMeaning({ meaning, choices, byDefault, many }: Option): string {
  const more = [
    ...(choices ? [choices.join(", ")] : []),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
    ...(many ? ["may be given more than once"] : []),
  ];
  return more.length === 0 ? meaning : `${meaning} (${more.join("; ")})`;
}

function usageWithoutOptions(command: RegisteredCommand): string {
  return usageOf(command).replace(/ \[options\]$/, "");
}

const lineWidth = 100;

/** Two columns; the second is wrapped. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(Math.max(...rows.map(([first]) => first.length)), 40);
  return rows.flatMap(([first, second]) => {
    const [line = "", ...more] = wrapped(second, lineWidth - width - 4);
    const rest = more.map((each) => `${" ".repeat(width)}  ${each}`);
    if (first.length > width) return [first, `${" ".repeat(width)}  ${line}`, ...rest];
    return [`${first.padEnd(width)}  ${line}`, ...rest];
  });
}

function wrapped(text: string, width = lineWidth): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function indented(line: string): string {
  return `  ${line}`;
}
