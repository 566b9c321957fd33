import { CodedError, messageOf } from "../shared/errors.ts";
import { showHistory, verifyChains } from "./journal.ts";
import { replayKept } from "./replay.ts";
import { exitCodes, type Output, UsageError, usage } from "./usage.ts";

/**
 * Runs one command line and gives its exit code. Nothing is thrown: what goes wrong is said in one line.
 * @param environment where the commands find storage account and service.
 */
export async function runCommand(
  commandLine: readonly string[],
  environment: NodeJS.ProcessEnv,
  output: Output,
): Promise<number> {
  const [command, action, ...rest] = commandLine;
  try {
    if (command === undefined || command === "--help" || action === "--help") {
      output.out(usage);
      return exitCodes.good;
    }
    if (command === "journal" && action === "verify") return await verifyChains(rest, environment, output);
    if (command === "journal" && action === "show") return await showHistory(rest, environment, output);
    if (command === "replay" && action === undefined) return await replayKept(environment, output);
    throw new UsageError(`There is no command ${JSON.stringify(commandLine.slice(0, 2).join(" "))}.`);
  } catch (thrown) {
    output.error(thrown instanceof CodedError ? `${thrown.code}: ${thrown.message}` : messageOf(thrown));
    if (thrown instanceof UsageError) output.error(`\n${usage}`);
    return exitCodes.unable;
  }
}
