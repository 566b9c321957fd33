#!/usr/bin/env node
import { createInterface } from "node:readline/promises";
import { runCommand } from "./run-command.ts";

const { stdin, stdout, stderr } = process;
const isWatched = stdin.isTTY && stderr.isTTY;
const clear = "\r\u001b[2K";
let shown = "";

// Whoever reads us may have seen enough, as `head` does.
stdout.on("error", () => process.exit());

process.exitCode = await runCommand(
  process.argv.slice(2),
  process.env,
  {
    out: (line) => void stdout.write(`${line}\n`),
    error: (line) => void stderr.write(`${line}\n`),
    ...(stderr.isTTY && {
      progress(line) {
        stderr.write(`${shown === "" ? "" : clear}${line}`);
        shown = line;
      },
    }),
  },
  isWatched ? { ask } : {},
);

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
