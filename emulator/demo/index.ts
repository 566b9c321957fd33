import path from "node:path";
import { playDemo } from "./play.ts";
import { steps } from "./scenario.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Listened to until the end: a second Ctrl-C must not leave processes behind.
  process.on(signal, () => interruption.abort(new Error("Interrupted")));
}

process.exitCode = await playDemo({
  steps,
  output: process.stdout,
  environment: process.env,
  journalFile: path.join(".local-azure", "journal.jsonl"),
  signal: interruption.signal,
});
// Handlers of signals would keep the process.
process.exit();
