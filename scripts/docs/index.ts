import { readFile, writeFile } from "node:fs/promises";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { writeBaselinePages } from "./baselines.ts";
import { renderConfigurationPage } from "./configuration.ts";
import { renderErrorsPage, renderOutcomesByEnd } from "./errors.ts";

const docs = new URL("../../docs/", import.meta.url);
const outcomesRegion = /(<!-- outcomes: written by npm run docs -->\n)[\s\S]*?(<!-- end of outcomes -->)/;

/** The generated pages beside those of the baselines, by their file name in docs/. */
export function renderPages(): Map<string, string> {
  return new Map([
    ["configuration.md", renderConfigurationPage(settingDescriptors())],
    ["errors.md", renderErrorsPage()],
  ]);
}

/** docs/architecture.md with its table of outcomes as the code has them; everything else in it is written by hand. */
export function withOutcomes(architecture: string): string {
  if (!outcomesRegion.test(architecture)) throw new Error("docs/architecture.md has no region for its outcomes");
  return architecture.replace(
    outcomesRegion,
    (_region, begin: string, end: string) => `${begin}\n${renderOutcomesByEnd()}\n\n${end}`,
  );
}

async function writePages(): Promise<void> {
  await writeBaselinePages();
  for (const [name, text] of renderPages()) await writeFile(new URL(name, docs), text);
  const architecture = new URL("architecture.md", docs);
  await writeFile(architecture, withOutcomes(await readFile(architecture, "utf8")));
}

if (import.meta.main) await writePages();
