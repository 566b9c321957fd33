import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import path from "node:path";
import { build, type Plugin } from "esbuild";
import { z } from "zod";
import { billOfMaterials, bundledPackages, licenseList } from "./bundled-packages.ts";

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  license: z.string().optional(),
});

const root = path.resolve(import.meta.dirname, "..");

/**
 * Writes the functions package: what is deployed, and what the demo and the end-to-end tests run. The code is in chunks, each of which is
 * loaded when it is first needed: a door and what it needs at its first invocation, a provider's client at the first request to it.
 * Rejects where the build fails.
 * @param target the folder that it is written to; what was there is gone.
 * @param plugins of esbuild, for builds that are not to be deployed.
 */
export async function buildPackage(target: string, plugins: readonly Plugin[] = []): Promise<void> {
  // Written here first, so that a package that is in use is never seen half done.
  const draft = `${target}-${process.pid}`;
  await mkdir(draft, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { functions: "functions/index.ts" },
    // In a folder of their own: `main` is a glob to the host, and must match the entry alone.
    outdir: path.join(draft, "app"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    mainFields: ["module", "main"],
    platform: "node",
    format: "esm",
    target: "node22",
    // Names stay as they are: stack traces can be read, and esbuild's `keepNames` costs a call for each function at the start.
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
    // The host injects this module; it exists on no disk.
    external: ["@azure/functions-core"],
    // The clients ask of each body whether it is a form, and so much as naming the class makes Node load undici. No form is ever sent.
    define: { FormData: "undefined" },
    banner: { js: banner },
    plugins: [...plugins, requiredBuiltins],
  });
  await writeFile(path.join(draft, "index.mjs"), entry);
  const { name, version, description, license } = packageSchema.parse(await readJson("package.json"));
  const manifest = { name, version, description, license, type: "module", main: "index.mjs", private: true };
  await writeFile(path.join(draft, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(path.join(root, "host.json"), path.join(draft, "host.json"));
  await copyFile(path.join(root, "LICENSE"), path.join(draft, "LICENSE"));
  const packages = await bundledPackages(metafile);
  await writeFile(path.join(draft, "THIRD-PARTY-LICENSES.txt"), licenseList(packages));
  await writeFile(
    path.join(draft, "bill-of-materials.cdx.json"),
    billOfMaterials({ name, version, license }, packages),
  );
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
}

/** So small that nothing of weight is compiled before the compile cache is on. Node 22.0 has none yet. */
const entry = `import module from "node:module";
module.enableCompileCache?.();
await import("./app/functions.mjs");
`;

/** Bundled CommonJS code asks for \`require\`, which an ES module lacks. */
export const banner = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
].join("");

/**
 * Takes Node's own modules by \`require\`: to import one, Node reads all its exports, and those of \`node:http\` load a whole HTTP client
 * (undici) that nothing here uses, which is a third of a start.
 */
const requiredBuiltins: Plugin = {
  name: "required-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === "import-statement" && isBuiltin(path) ? { path, namespace: "builtin" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(root, file), "utf8"));
}
