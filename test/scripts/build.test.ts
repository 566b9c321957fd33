import { execFile } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..", "..");
const directory = path.join(root, "dist", "package");

/** Loads files as the Functions worker does, and tells what came of it. */
const load = `
const module = require("node:module");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const registered = [];
const loaded = [];
const core = {
  registerFunction: ({ name }) => { registered.push(name); return {}; },
  registerHook: () => ({}),
  setProgrammingModel() {},
};
const original = module.prototype.require;
module.prototype.require = function (id) { return id === "@azure/functions-core" ? core : original.call(this, id); };
module.registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
Promise.all(process.argv.slice(1).map((file) => import(pathToFileURL(file)))).then(() => {
  const files = loaded.filter((url) => url.startsWith("file:")).map((url) => path.basename(url));
  process.stdout.write(JSON.stringify({ registered, files, builtins: process.moduleLoadList }));
});
`;
const loadedSchema = z.object({
  registered: z.array(z.string()),
  files: z.array(z.string()),
  builtins: z.array(z.string()),
});

test("the host finds one entry, and no chunk, by the package's main", () => {
  const { main } = z.object({ main: z.string() }).parse(JSON.parse(read("package.json")));

  expect(globSync(main, { cwd: directory })).toEqual(["index.mjs"]);
});

test("a start registers health before all others, so that it can tell what is wrong", async () => {
  const { registered } = await loadInProcess("index.mjs");

  expect(registered[0]).toBe("health");
  // One file a function, and index.ts which names them.
  expect(registered).toHaveLength(readdirSync(path.join(root, "functions")).length - 1);
});

test("a start loads neither a client nor zod: each comes with the first invocation that needs it", async () => {
  const { files } = await loadInProcess("index.mjs");

  const code = files.map((file) => read(file === "index.mjs" ? file : path.join("app", file))).join("\n");
  expect(code).toContain("resource-changed");
  expect(code).not.toMatch(
    /ZodError|BlobServiceClient|QueueServiceClient|TableClient|ManagedIdentity|ManagementClient/,
  );
});

test("nothing in the package loads undici, which would take as long as bare Node's start", async () => {
  const { builtins } = await loadInProcess("index.mjs", ...chunks());

  expect(builtins).toContain("NativeModule http");
  expect(builtins).not.toContain("NativeModule internal/deps/undici/undici");
});

test("the licence of each dependency is in the package, whatever chunk it went to, or beside the command that alone has it", () => {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")));

  const licences = read("THIRD-PARTY-LICENSES.txt");
  const ofCommand = readFileSync(path.join(root, "dist/command/THIRD-PARTY-LICENSES.txt"), "utf8");
  const missing = Object.entries(dependencies).filter(([name, version]) => !licences.includes(`${name} ${version}\n`));
  expect(missing.map(([name]) => name)).toEqual(["@azure/arm-eventgrid", "jsonc-parser"]);
  for (const [name, version] of missing) expect(ofCommand).toContain(`${name} ${version}\n`);
});

async function loadInProcess(...files: string[]): Promise<z.infer<typeof loadedSchema>> {
  const paths = files.map((file) => path.join(directory, file));
  const { stdout } = await run(process.execPath, ["-e", load, ...paths]);
  return loadedSchema.parse(JSON.parse(stdout));
}

function chunks(): string[] {
  return readdirSync(path.join(directory, "app")).map((file) => path.join("app", file));
}

function read(file: string): string {
  return readFileSync(path.join(directory, file), "utf8");
}
