import type { Surroundings } from "../../command/frame/command.ts";
import { runCommand } from "../../command/run-command.ts";

/** What a command line did: its exit code, and what it printed, line by line. */
export interface Ran {
  code: number;
  out: string[];
  error: string[];
  /** What it showed of its progress. */
  progress: string[];
}

/** Runs a command line in this process, in an environment that holds nothing but what is given. */
export async function run(
  line: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  more: Partial<Surroundings> = {},
): Promise<Ran> {
  const [out, error, progress]: [string[], string[], string[]] = [[], [], []];
  const output = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
    progress: (text: string) => void progress.push(text),
  };
  const code = await runCommand(line, environment, output, { wait: async () => undefined, ...more });
  return { code, out, error, progress };
}
