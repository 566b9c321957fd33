import { execFile } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..", "..");

/** A folder that the Functions host takes for a package, and the file in it that registers the functions. */
export interface Package {
  directory: string;
  entry: string;
}

/** The package that is deployed. */
export const bundled: Package = packageIn(path.join(root, "dist", "package"), "index.mjs");

/** The sources as they stand: Node takes their types away at each start. */
export async function packageOfSources(): Promise<Package> {
  const directory = path.join(root, ".local-azure", "bench", "sources");
  await mkdir(directory, { recursive: true });
  return await describe(directory, path.relative(directory, path.join(root, "functions", "index.ts")));
}

/** JavaScript beside `node_modules`: what would be deployed without a bundler. */
export async function packageOfCompiledSources(): Promise<Package> {
  const directory = path.join(root, ".local-azure", "bench", "compiled");
  await rm(directory, { recursive: true, force: true });
  const compiler = path.join(root, "node_modules", ".bin", "tsc");
  const options = ["--ignoreConfig", "--rootDir", root, "--outDir", directory, "--target", "es2023", "--module"];
  const rest = [
    "nodenext",
    "--rewriteRelativeImportExtensions",
    "--skipLibCheck",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--types",
    "node",
  ];
  await run(compiler, [path.join(root, "functions", "index.ts"), ...options, ...rest], { cwd: root });
  return await describe(directory, path.join("functions", "index.js"));
}

async function describe(directory: string, main: string): Promise<Package> {
  await copyFile(path.join(root, "host.json"), path.join(directory, "host.json"));
  await writeFile(path.join(directory, "package.json"), JSON.stringify({ type: "module", main }));
  return packageIn(directory, main);
}

function packageIn(directory: string, main: string): Package {
  return { directory, entry: path.join(directory, main) };
}
