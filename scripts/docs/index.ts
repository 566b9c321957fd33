import { readFile, writeFile } from "node:fs/promises";
import { baselines } from "../../shared/baselines/index.ts";
import { policyJsonSchema } from "../../shared/policy/policy-schema.ts";
import { settingDescriptors } from "../../shared/policy/setting-definitions.ts";
import { renderBaselinesModule } from "../infra/baselines-module.ts";
import { writeBaselinePages } from "./baselines.ts";
import { renderCommands } from "./commands.ts";
import { renderConfigurationPage } from "./configuration.ts";
import { renderErrorsPage, renderOutcomesByEnd } from "./errors.ts";
import { renderNotificationKinds, renderNotificationSchema } from "./notifications.ts";
import { renderPermissions } from "./permissions.ts";

const docs = new URL("../../docs/", import.meta.url);

/** What the infrastructure knows of the baselines. */
export const baselinesModule = new URL("../../infra/baselines.bicep", import.meta.url);

/** Parts of pages that are written by hand otherwise, by the page's file name: the region's name, and what stands in it. */
export const regions: { readonly [page: string]: { name: string; render(): string } } = {
  "architecture.md": { name: "outcomes", render: renderOutcomesByEnd },
  "command.md": { name: "commands", render: renderCommands },
  "deployment.md": { name: "permissions", render: () => renderPermissions(baselines) },
  "notifications.md": { name: "kinds", render: renderNotificationKinds },
};

/** For editors, beside the page about the policy file. */
const schemaFile = "guard.policy.schema.json";

/** The generated pages beside those of the baselines, by their file name in docs/. */
export function renderPages(): Map<string, string> {
  return new Map([
    ["configuration.md", renderConfigurationPage(settingDescriptors())],
    ["errors.md", renderErrorsPage()],
    ["notification.schema.json", renderNotificationSchema()],
    [schemaFile, `${JSON.stringify(policyJsonSchema(schemaFile), null, 2)}\n`],
  ]);
}

/** A page with its region as the code has it. Throws where the page has no such region. */
export function withRegion(page: string, text: string): string {
  const region = regions[page];
  if (!region) throw new TypeError(`No region is known of docs/${page}`);
  const pattern = new RegExp(
    `(<!-- ${region.name}: written by npm run docs -->\n)[\\s\\S]*?(<!-- end of ${region.name} -->)`,
  );
  if (!pattern.test(text)) throw new Error(`docs/${page} has no region for its ${region.name}`);
  return text.replace(pattern, (_all, begin: string, end: string) => `${begin}\n${region.render()}\n\n${end}`);
}

async function writePages(): Promise<void> {
  await writeBaselinePages();
  await writeFile(baselinesModule, renderBaselinesModule(baselines));
  for (const [name, text] of renderPages()) await writeFile(new URL(name, docs), text);
  for (const page of Object.keys(regions)) {
    const file = new URL(page, docs);
    await writeFile(file, withRegion(page, await readFile(file, "utf8")));
  }
}

if (import.meta.main) await writePages();
