import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The project's top folder. */
export const root = path.resolve(import.meta.dirname, "../..");

/** A page that users read. */
export interface Document {
  /** Relative to the project's top folder. */
  file: string;
  text: string;
}

/** README, CONTRIBUTING and every page in docs/. */
export function documents(): Document[] {
  const pages = readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll(path.sep, "/")}`);
  return ["README.md", "CONTRIBUTING.md", ...pages.sort()].map(readDocument);
}

/** One page by its file. */
export function readDocument(file: string): Document {
  return { file, text: readFileSync(path.join(root, file), "utf8") };
}

/** The page without its fenced blocks. */
export function prose(text: string): string {
  return text.replace(/^```.*?^```$/gms, "");
}

/** What stands in `code` within the page's sentences. */
export function inlineCode(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? "");
}
