import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** One file a function, beside the one that loads them. */
const functionsOfTheApp = readdirSync(path.resolve(import.meta.dirname, "..", "..", "functions")).length - 1;

/**
 * What the process runs: it injects `@azure/functions-core` as the Functions worker does, loads the app, and says how many functions that
 * registered. Plain JavaScript, so that no time goes into stripping types but for the app's own.
 */
const load = `
const Module = require("node:module");
let registered = 0;
const core = {
  version: "3.0.0-bench",
  hostVersion: "4.0.0-bench",
  Disposable: class { dispose() {} },
  registerFunction() { registered += 1; return { dispose() {} }; },
  registerHook: () => ({ dispose() {} }),
  setProgrammingModel() {},
  getProgrammingModel() {},
  log() {},
};
const original = Module.prototype.require;
Module.prototype.require = function (id) { return id === "@azure/functions-core" ? core : original.call(this, id); };
import(process.argv[1]).then(() => process.stdout.write(String(registered)));
`;

/**
 * Gives the milliseconds from the start of a process until the app that it loads has registered its functions. Rejects where these are
 * not all.
 * @param temporary the process's folder for temporary files
 */
export async function timeToRegistered(entry: string, temporary: string): Promise<number> {
  const environment = { TMPDIR: temporary };
  return await timeToWord([load, pathToFileURL(entry).href], environment, String(functionsOfTheApp));
}

/** Gives the milliseconds from the start of a process until Node runs the first line in it. */
export async function timeBareNode(): Promise<number> {
  return await timeToWord(['process.stdout.write("0")'], {}, "0");
}

async function timeToWord(
  script: readonly string[],
  environment: Record<string, string>,
  word: string,
): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "-e", ...script], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const said = await firstWord(child);
  const took = performance.now() - begin;
  await ended;
  if (said !== word) throw new Error(`The process said ${JSON.stringify(said)}, and not ${word}.`);
  return took;
}

async function firstWord({ stdout }: ChildProcess): Promise<string> {
  for await (const chunk of stdout ?? []) return String(chunk);
  return "";
}
