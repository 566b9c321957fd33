import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The project's top folder. */
export const root = path.resolve(import.meta.dirname, "../..");

/** The layers, in the order in which they are provisioned. */
export const layers = ["access", "core", "events"] as const;

/** Deployed by itself, where the scope is a management group: azd's layers go to a subscription or a resource group. */
export const besideLayers = "management-group";

/** A file of the infrastructure. */
export interface BicepFile {
  /** Relative to the project's top folder. */
  file: string;
  text: string;
}

/** Every Bicep file in infra/. */
export function bicepFiles(): BicepFile[] {
  return readdirSync(path.join(root, "infra"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".bicep"))
    .map((name) => readBicep(name.replaceAll(path.sep, "/")));
}

/** One Bicep file by its path in infra/. */
export function readBicep(name: string): BicepFile {
  return { file: `infra/${name}`, text: readFileSync(path.join(root, "infra", name), "utf8") };
}

/** The strings of a list that a Bicep file gives a name, as in `var queues = ['changes']` or `excludedPaths: ['/']`. */
export function listIn({ file, text }: BicepFile, name: string): string[] {
  const list = new RegExp(`\\b${name}(?: =|:) \\[([^\\]]*)\\]`).exec(text)?.[1];
  if (list === undefined) throw new Error(`${file} has no list ${name}`);
  return [...list.matchAll(/'([^']*)'/g)].map(([, item = ""]) => item);
}
