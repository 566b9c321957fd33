import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Metafile } from "esbuild";
import { z } from "zod";

const root = path.resolve(import.meta.dirname, "..");
const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });

/** A package of npm whose code is in a bundle. */
export interface BundledPackage {
  name: string;
  version: string;
  /** An SPDX expression; left out where the package names none. */
  license?: string | undefined;
  /** Its text; left out where the package holds none. */
  licenseText?: string | undefined;
}

/** The packages that a bundle took code from, by folder. Rejects where one has no readable package.json. */
export async function bundledPackages({ inputs }: Metafile): Promise<BundledPackage[]> {
  const folders = new Set(Object.keys(inputs).flatMap(packageFolder));
  return await Promise.all([...folders].sort().map(readPackage));
}

/** Name, version, licence and licence text of every package, for people. */
export function licenseList(packages: readonly BundledPackage[]): string {
  const entries = packages.map(({ name, version, license, licenseText }) => {
    const text = licenseText ?? "(the package holds no licence text)\n";
    return `${name} ${version}\n${license ?? "(no licence named)"}\n\n${text}`;
  });
  return entries.join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * The CycloneDX bill of materials, for scanners. It holds neither a time nor a random number: the same sources give the same package.
 * Source: https://cyclonedx.org/docs/1.6/json/
 */
export function billOfMaterials(
  own: { name: string; version: string; license?: string | undefined },
  packages: readonly BundledPackage[],
): string {
  const bill = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: component("application", own) },
    components: unique(packages).map((each) => component("library", each)),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function component(type: string, { name, version, license }: BundledPackage) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const licenses = license === undefined ? {} : { licenses: [{ expression: license }] };
  return { type, "bom-ref": purl, name, version, ...licenses, purl };
}

/** The same version can be there twice, below two packages that need it. */
function unique(packages: readonly BundledPackage[]): BundledPackage[] {
  return [...new Map(packages.map((each) => [`${each.name}@${each.version}`, each])).values()];
}

function packageFolder(input: string): string[] {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  return match?.[1] === undefined ? [] : [match[1]];
}

async function readPackage(folder: string): Promise<BundledPackage> {
  const directory = path.join(root, folder);
  const manifest = manifestSchema.parse(JSON.parse(await readFile(path.join(directory, "package.json"), "utf8")));
  const file = (await readdir(directory)).find((each) => /^licen[cs]e/i.test(each));
  return {
    ...manifest,
    licenseText: file === undefined ? undefined : await readFile(path.join(directory, file), "utf8"),
  };
}
