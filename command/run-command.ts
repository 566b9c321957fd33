import packageJson from "../package.json" with { type: "json" };
import { CodedError, messageOf } from "../shared/errors.ts";
import { commands } from "./commands/index.ts";
import type { RegisteredCommand, Surroundings } from "./frame/command.ts";
import { parseCommandLine, usageOf } from "./frame/command-line.ts";
import { helpOf, helpOfAll } from "./frame/help.ts";
import { type ExitCode, exitCodes, type Output, safeOutput, UsageError } from "./frame/output.ts";
import { ServiceError } from "./service/service-client.ts";

/**
 * Runs one command line and gives its exit code. Nothing is thrown: what goes wrong is said in one line.
 * @param environment where the commands find storage account, service and Azure.
 * @param more what tests put in the place of the clock, the working folder and the person at the terminal.
 */
export async function runCommand(
  commandLine: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: Output,
  more: Partial<Surroundings> = {},
): Promise<ExitCode> {
  const safe = safeOutput(output);
  try {
    const parsed = parseCommandLine(commandLine, commands);
    if (parsed.kind === "help") return printed(parsed.command ? helpOf(parsed.command) : helpOfAll(commands), safe);
    if (parsed.kind === "version") return printed([packageJson.version], safe);
    const { command, options, words } = parsed;
    const surroundings = { ...surroundingsOf(environment), ...more, output: safe };
    const ended = await command.run(options, words, surroundings);
    return typeof ended === "number" ? ended : wrongOptions(ended.wrong.issues, options, command, safe);
  } catch (thrown) {
    safe.error(thrown instanceof CodedError ? `${thrown.code}: ${thrown.message}` : messageOf(thrown));
    for (const detail of detailsOf(thrown)) safe.error(`  ${detail}`);
    if (thrown instanceof UsageError) safe.error("azure-encryption-guard --help lists all commands.");
    return exitCodes.unable;
  }
}

function detailsOf(thrown: unknown): readonly string[] {
  if (thrown instanceof ServiceError || thrown instanceof UsageError) return thrown.details;
  return thrown instanceof CodedError ? thrown.details.map(({ target, message }) => `${target}: ${message}`) : [];
}

function surroundingsOf(environment: NodeJS.ProcessEnv): Omit<Surroundings, "output"> {
  return {
    environment,
    directory: process.cwd(),
    now: () => new Date(),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

function printed(lines: readonly string[], { out }: Output): ExitCode {
  for (const line of lines) out(line);
  return exitCodes.good;
}

function wrongOptions(
  issues: readonly { path: PropertyKey[]; message: string }[],
  given: { readonly [name: string]: unknown },
  command: RegisteredCommand,
  { error }: Output,
): ExitCode {
  for (const { path, message } of issues) {
    const name = String(path[0]);
    error(Object.hasOwn(given, name) ? `--${name}: ${message}` : `--${name} is missing.`);
  }
  error(`azure-encryption-guard ${usageOf(command)}`);
  return exitCodes.unable;
}
