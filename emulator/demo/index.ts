import path from "node:path";
import { runDemo } from "./run.ts";
import { steps } from "./scenario.ts";
import { styleFor } from "./style.ts";

const journalFile = path.join(".local-azure", "journal.jsonl");
/** What a shell reports for a command that Ctrl-C ended. */
const interruptedCode = 130;

process.exitCode = await main();

/** Plays the demo. Gives 0 where every outcome was the expected one, 1 where one was not or something failed. */
async function main(): Promise<number> {
  const style = styleFor(process.stdout, process.env);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => interrupted.abort(new Error("Interrupted")));
  }
  const begin = Date.now();
  try {
    const differences = await runDemo({
      steps,
      style,
      write: (text) => process.stdout.write(text),
      signal: interrupted.signal,
      journalFile,
    });
    const took = `${((Date.now() - begin) / 1000).toFixed(1)} s`;
    if (differences.length === 0) {
      console.log(`\n${style.good(`Every outcome is the expected one. It took ${took}.`)}`);
      return 0;
    }
    console.error(style.bad(`\nNot as expected, after ${took}:`));
    for (const difference of differences) console.error(style.bad(`  ${difference}`));
    return 1;
  } catch (thrown) {
    if (interrupted.signal.aborted) return interruptedCode;
    console.error(style.bad(`\n${thrown instanceof Error ? thrown.message : String(thrown)}`));
    return 1;
  }
}
