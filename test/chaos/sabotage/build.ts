import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Plugin } from "esbuild";
import { buildPackage } from "../../../scripts/build-package.ts";
import type { Sabotage } from "./sabotages.ts";

const root = path.resolve(import.meta.dirname, "..", "..", "..");

/** Builds the package with one rule switched off. Rejects where a text that it replaces is not found, or stands there twice. */
export async function buildSabotaged(sabotage: Sabotage, target: string): Promise<void> {
  const sources = await sabotagedSources(sabotage);
  const replaceSources: Plugin = {
    name: "sabotage",
    setup({ onLoad }) {
      for (const [file, contents] of sources) {
        const filter = new RegExp(`/${file.replaceAll(/[.]/g, "[.]")}$`);
        onLoad({ filter }, () => ({ contents, loader: "ts" }));
      }
    },
  };
  await buildPackage(target, [replaceSources]);
}

/** The source files as a sabotage leaves them, by their paths. Throws where a text that it replaces does not stand in its file once. */
export async function sabotagedSources({ name, changes }: Sabotage): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const { file, text, by } of changes) {
    const source = sources.get(file) ?? (await readFile(path.join(root, file), "utf8"));
    const [before, after, ...more] = source.split(text);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`The sabotage ${name} needs this once in ${file}, and it stands there otherwise: ${text}`);
    }
    sources.set(file, `${before}${by}${after}`);
  }
  return sources;
}
