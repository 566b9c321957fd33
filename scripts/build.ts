import { writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { banner, buildPackage } from "./build-package.ts";
import { bundledPackages, licenseList } from "./bundled-packages.ts";
import { zipFolder } from "./zip-folder.ts";

const root = path.resolve(import.meta.dirname, "..");

/** Writes dist/command: the command `azure-encryption-guard` as one file, for `npx` and for machines without this folder. */
async function buildCommand(): Promise<void> {
  const folder = path.join(root, "dist", "command");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["command/index.ts"],
    outfile: path.join(folder, "azure-encryption-guard.mjs"),
    bundle: true,
    mainFields: ["module", "main"],
    platform: "node",
    format: "esm",
    target: "node22",
    legalComments: "inline",
    metafile: true,
    logLevel: "warning",
    banner: { js: banner },
  });
  await writeFile(path.join(folder, "THIRD-PARTY-LICENSES.txt"), licenseList(await bundledPackages(metafile)));
}

await buildPackage(path.join(root, "dist", "package"));
// What az deploys; azd makes its own of the folder.
await writeFile(path.join(root, "dist", "package.zip"), await zipFolder(path.join(root, "dist", "package")));
await buildCommand();
