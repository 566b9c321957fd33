import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { type Figure, median } from "./figures.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..", "..");
const functionsOfTheApp = 10;

/**
 * What a child process runs: it injects `@azure/functions-core` as the Functions worker does, loads the app, and says how many functions
 * that registered. Plain JavaScript, so that no time goes into stripping types but for the app's own.
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
import(require("node:url").pathToFileURL(process.argv[1]).href).then(() => {
  process.stdout.write(String(registered));
  process.exit();
});
`;

/** Times a process from its start until the app's functions are registered, beside bare Node and beside the app unbundled. */
export async function measureColdStart(runs: number): Promise<Figure[]> {
  const bundle = path.join(root, "dist", "package", "index.mjs");
  const source = path.join(root, "functions", "index.ts");
  const cacheDirectory = path.join(root, ".local-azure", "compile-cache");
  const starts = {
    bare: () => start("0"),
    bundled: () => startApp(bundle),
    cached: () => startApp(bundle, { NODE_COMPILE_CACHE: cacheDirectory }),
    unbundled: () => startApp(source),
  };
  const times = { bare: [0], bundled: [0], cached: [0], unbundled: [0] };
  for (const name of ["bare", "bundled", "cached", "unbundled"] as const) {
    // The first start fills the caches of the disk and of the compiler.
    await starts[name]();
    times[name] = [];
  }
  // In turns, so that whatever else the machine does meets all of them alike.
  for (let count = 0; count < runs; count += 1) {
    for (const name of ["bare", "bundled", "cached", "unbundled"] as const) times[name].push(await starts[name]());
  }
  const bare = median(times.bare);
  const bundled = median(times.bundled);
  const cached = median(times.cached);
  const unbundled = median(times.unbundled);
  const of = (name: string, value: number, unit: string): Figure => ({ part: "cold start", name, value, unit });
  return [
    of(`bare Node, median of ${runs}`, bare, "ms"),
    of("bundled app, to its functions registered", bundled, "ms"),
    of("bundled app, with NODE_COMPILE_CACHE set", cached, "ms"),
    of("unbundled app, to its functions registered", unbundled, "ms"),
    { ...of("unbundled / bundled", unbundled / bundled, "times"), bound: { kind: "least", value: 2 } },
    { ...of("bundled / bare Node", bundled / bare, "times"), bound: { kind: "most", value: 3 } },
    of("bundled with NODE_COMPILE_CACHE / bare Node", cached / bare, "times"),
  ];
}

async function startApp(entry: string, environment: Record<string, string> = {}): Promise<number> {
  return await start(load, [entry], environment, String(functionsOfTheApp));
}

/** Gives the milliseconds from the start of the process to its end. */
async function start(
  script: string,
  values: readonly string[] = [],
  environment: Record<string, string> = {},
  says = "",
): Promise<number> {
  const begin = performance.now();
  const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", "-e", script, ...values], {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...environment },
  });
  const took = performance.now() - begin;
  if (stdout !== says) throw new Error(`The app registered ${stdout || "no"} functions, and not ${says}.`);
  return took;
}
