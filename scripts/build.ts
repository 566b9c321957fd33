import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
import { z } from "zod";

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  license: z.string().optional(),
});

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "dist", "package");
/** Written here first, so that a package that is in use is never seen half done. */
const draft = `${target}-${process.pid}`;

/** Writes dist/package: what is deployed, and what the demo and the end-to-end tests run. */
async function buildPackage(): Promise<void> {
  await mkdir(draft, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["functions/index.ts"],
    outfile: path.join(draft, "index.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    minify: true,
    keepNames: true,
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
    // The host injects this module; it exists on no disk.
    external: ["@azure/functions-core"],
    banner: { js: banner },
  });
  const { name, version, description, license } = packageSchema.parse(await readJson("package.json"));
  const manifest = { name, version, description, license, type: "module", main: "index.mjs", private: true };
  await writeFile(path.join(draft, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(path.join(root, "host.json"), path.join(draft, "host.json"));
  await copyFile(path.join(root, "LICENSE"), path.join(draft, "LICENSE"));
  await writeFile(path.join(draft, "THIRD-PARTY-LICENSES.txt"), await licenseList(metafile));
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
}

/** Bundled CommonJS code asks for `require`, which an ES module lacks; the compile cache makes cold starts shorter. */
const banner = [
  'import { createRequire as __createRequire, enableCompileCache as __enableCompileCache } from "node:module";',
  "__enableCompileCache?.();",
  "const require = __createRequire(import.meta.url);",
].join("");

/** Name, version, licence and licence text of every package that is in the bundle. */
async function licenseList(metafile: Metafile): Promise<string> {
  const folders = new Set(Object.keys(metafile.inputs).flatMap(packageFolder));
  const entries = await Promise.all([...folders].sort().map(licenseOf));
  return entries.join(`\n${"-".repeat(80)}\n\n`);
}

function packageFolder(input: string): string[] {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  return match?.[1] === undefined ? [] : [match[1]];
}

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license } = packageSchema.parse(await readJson(path.join(folder, "package.json")));
  const files = await readdir(path.join(root, folder));
  const file = files.find((each) => /^licen[cs]e/i.test(each));
  const text = file ? await readFile(path.join(root, folder, file), "utf8") : "(the package holds no licence text)\n";
  return `${name} ${version}\n${license ?? "(no licence named)"}\n\n${text}`;
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(root, file), "utf8"));
}

await buildPackage();
