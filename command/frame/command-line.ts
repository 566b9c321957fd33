import { parseArgs } from "node:util";
import type { Option, RegisteredCommand } from "./command.ts";
import { UsageError } from "./output.ts";

/** A command line, taken apart. */
export type ParsedLine =
  | { kind: "help"; command?: RegisteredCommand }
  | { kind: "version" }
  | {
      kind: "run";
      command: RegisteredCommand;
      options: { readonly [name: string]: string | true | string[] };
      words: readonly string[];
    };

/**
 * Takes a command line apart: its command (the longest name that it begins with), options and words. Throws a UsageError that names what
 * is allowed. Node's own `parseArgs` splits it; a library would add nothing that {@link RegisteredCommand} does not tell already.
 */
export function parseCommandLine(commandLine: readonly string[], commands: readonly RegisteredCommand[]): ParsedLine {
  const [first] = commandLine;
  if (first === "--version") return { kind: "version" };
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const named = commandLine.slice(1);
    return named.length === 0 ? { kind: "help" } : { kind: "help", command: commandNamed(named, commands) };
  }
  const command = commandNamed(commandLine, commands);
  const rest = commandLine.slice(command.name.split(" ").length);
  const { tokens } = parseArgs({
    args: [...rest],
    options: Object.fromEntries([
      ["help", { type: "boolean", short: "h" } as const],
      ...command.options.map(
        ({ name, value }) => [name, { type: value === undefined ? "boolean" : "string" }] as const,
      ),
    ]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = new Map<string, string | true | string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help") return { kind: "help", command };
    const option = optionNamed(token.name, token.rawName, command);
    options.set(option.name, valueGiven(option, token.value, options.get(option.name)));
  }
  checkWords(words, command);
  return { kind: "run", command, options: Object.fromEntries(options), words };
}

/** How a command is written, e.g. `check RESOURCE|SCOPE|FILE [options]`. */
export function usageOf({ name, arguments: expected, options }: RegisteredCommand): string {
  const words = expected.map((each) => (each.optional ? `[${each.name}]` : each.name));
  return [name, ...words, ...(options.length === 0 ? [] : ["[options]"])].join(" ");
}

function commandNamed(line: readonly string[], commands: readonly RegisteredCommand[]): RegisteredCommand {
  const fitting = commands.filter(({ name }) => {
    const words = name.split(" ");
    return words.every((word, index) => line[index] === word);
  });
  const [longest] = fitting.sort((a, b) => b.name.length - a.name.length);
  if (longest) return longest;
  const [word = ""] = line;
  const below = commands.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name);
  if (below.length > 0) throw new UsageError(`${JSON.stringify(word)} is one of: ${below.join(", ")}.`);
  const names = [...new Set(commands.map(({ name }) => name.split(" ")[0]))];
  throw new UsageError(`There is no command ${JSON.stringify(word)}. There are: ${names.join(", ")}.`);
}

function optionNamed(name: string, asTyped: string, command: RegisteredCommand): Option {
  const option = command.options.find((each) => each.name === name);
  if (option) return option;
  const allowed = [...command.options.map((each) => `--${each.name}`), "--help"].join(", ");
  throw new UsageError(`${command.name} has no option ${asTyped}. It has: ${allowed}.`);
}

function valueGiven(
  { name, value: placeholder, many }: Option,
  given: string | undefined,
  before: string | true | string[] | undefined,
): string | true | string[] {
  if (placeholder === undefined) {
    if (given !== undefined) throw new UsageError(`--${name} is a switch and takes no value.`);
    return true;
  }
  if (given === undefined) throw new UsageError(`--${name} takes a value: --${name} ${placeholder}.`);
  if (many) return [...(Array.isArray(before) ? before : []), given];
  if (before !== undefined) throw new UsageError(`--${name} may be given once.`);
  return given;
}

function checkWords(words: readonly string[], command: RegisteredCommand): void {
  const needed = command.arguments.filter(({ optional }) => !optional).length;
  if (words.length >= needed && words.length <= command.arguments.length) return;
  const extra = words[command.arguments.length];
  const wrong =
    extra === undefined
      ? `${command.arguments[words.length]?.name} is missing`
      : `${JSON.stringify(extra)} is too much`;
  throw new UsageError(`${wrong}: azure-encryption-guard ${usageOf(command)}`);
}
