import { runDemo } from "./run.ts";
import type { Step } from "./scenario.ts";
import { styleFor } from "./style.ts";

/** Where the demo is told, and how it is ended early. */
export interface PlayOptions {
  steps: readonly Step[];
  output: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  environment: NodeJS.ProcessEnv;
  /** Where the journal's copy goes. */
  journalFile: string;
  signal: AbortSignal;
}

/** What a shell reports for a command that Ctrl-C ended. */
const interrupted = 130;

/** Plays the demo. Gives the exit code: 0 where every outcome was the expected one, 1 where one was not or something failed. */
export async function playDemo({ steps, output, environment, journalFile, signal }: PlayOptions): Promise<number> {
  const style = styleFor(output, environment);
  const write = (text: string): void => {
    output.write(text);
  };
  const begin = Date.now();
  try {
    const differences = await runDemo({ steps, style, write, signal, journalFile });
    const took = `${((Date.now() - begin) / 1000).toFixed(1)} s`;
    if (differences.length === 0) {
      write(`\n${style.good(`Every outcome is the expected one. All of it took ${took}.`)}\n`);
      return 0;
    }
    const told = differences.map((difference) => `  ${difference}\n`).join("");
    write(style.bad(`\nNot as expected, after ${took}:\n${told}`));
    return 1;
  } catch (thrown) {
    if (signal.aborted) {
      write("\nInterrupted: everything is ended.\n");
      return interrupted;
    }
    write(style.bad(`\n${thrown instanceof Error ? thrown.message : String(thrown)}\n`));
    return 1;
  }
}
