import { mkdir, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { type RegisteredBaseline, readProvider } from "../../shared/baselines/baseline.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { isJsonObject, type JsonObject, valueAt } from "../../shared/json.ts";
import { bullets, code, json, page, table } from "./markdown.ts";

/** Where the pages are: docs/baselines/. */
export const baselinePagesFolder = new URL("../../docs/baselines/", import.meta.url);

/** Every page by its file name: one a baseline, and README.md, the index. */
export function renderBaselinePages(baselines: RegisteredBaseline[]): Map<string, string> {
  const pages = new Map([["README.md", renderBaselineIndex(baselines)]]);
  for (const baseline of baselines) pages.set(pageName(baseline), renderBaselinePage(baseline));
  return pages;
}

/** The index of all pages, in the registry's order. */
export function renderBaselineIndex(baselines: RegisteredBaseline[]): string {
  const rows = baselines.map((baseline) => [
    `[\`${baseline.id}\`](${pageName(baseline)})`,
    baseline.title,
    `\`${baseline.resourceType}\``,
    baseline.modeUnlessSet === undefined ? "the general default" : `\`${baseline.modeUnlessSet}\``,
  ]);
  return page([
    "# Baselines",
    "The rules that resources are held against, the strongest first: fixes that can't share a write are written in this order. These pages are generated from the baselines themselves (`node scripts/docs/baselines.ts`).",
    table(["Baseline", "What it asks", "Resource type", "Mode unless set"], rows),
  ]);
}

/** The page of one baseline, for the operator who decides whether to enforce it. */
export function renderBaselinePage(baseline: RegisteredBaseline): string {
  return page([
    `# ${baseline.title}`,
    `Baseline \`${baseline.id}\`, for \`${baseline.resourceType}\`.`,
    "## What it protects",
    baseline.protects,
    "## What compliant means",
    baseline.compliant,
    "## What the fix sends",
    ...fixSections(baseline),
    "## What the fix can break",
    baseline.mayBreak,
    "## Guards",
    ...guardSections(baseline),
    "## Mode and parameters",
    ...settingSections(baseline),
    "## When it is checked",
    "After an event of one of these operations, in every sweep, and when a re-check is asked for.",
    bullets(baseline.operations.map(operationLine)),
    "## Permissions",
    "To read:",
    bullets(baseline.readPermissions.map(code)),
    "For the fix, beyond reading:",
    baseline.fixPermissions.length === 0 ? "None." : bullets(baseline.fixPermissions.map(permissionLine)),
    "## What the journal shows",
    "The fix changes no property but these, and journal, log and HTTP show the values of these alone.",
    bullets(baseline.owns.map(code)),
    "## Controls",
    ...controlSections(baseline),
  ]);
}

/** The fix of a resource that has nothing set, with every parameter at its default. */
function fixSections(baseline: RegisteredBaseline): string[] {
  if (baseline.fixPermissions.length === 0) return ["Nothing: no fix is made."];
  const binding = baseline.bind({});
  if (!binding.ok) throw new Error(`${baseline.id}: its parameters have no defaults`, { cause: binding.error });
  const changes = binding.baseline.fix({ id: "", body: {}, parts: {} }, {});
  const alone = baseline.writtenAlone
    ? ["It never shares a write with other baselines, because the service may refuse it as a whole."]
    : [];
  return [
    "For a resource that has none of the properties set, with default parameters:",
    ...changes.map(({ part, patch }) => `To ${part === "" ? "the resource" : code(part)}:\n\n${json(patch)}`),
    ...alone,
    ...(baseline.fixPoints === undefined ? [] : [bullets(baseline.fixPoints)]),
  ];
}

function guardSections(baseline: RegisteredBaseline): string[] {
  if (baseline.guards.length === 0) return ["None: the fix is made without further reading."];
  return [
    "Looked at only when there is something to fix. A guard that fires makes the fix wait for a person, in the mode `enforce` too, unless a parameter below allows it; where the fix does not apply to the resource, it is left alone with the reason.",
    bullets(baseline.guards.map(guardLine)),
  ];
}

function guardLine({ id, title, parts }: RegisteredBaseline["guards"][number]): string {
  return `\`${id}\`: ${title}.${parts.length === 0 ? "" : ` Reads ${parts.map(code).join(" and ")}.`}`;
}

function settingSections(baseline: RegisteredBaseline): string[] {
  const mode = baseline.modeUnlessSet;
  const unlessSet = mode === undefined ? "the general default holds" : `the mode is \`${mode}\``;
  const rows = parametersOf(baseline).map(([name, schema]) => [
    code(name),
    parameterType(schema),
    code(JSON.stringify(schema.default)),
    String(schema.description),
  ]);
  const name = settingName(baseline.id);
  const example = [`MODE_${name}=enforce`];
  if (rows.length > 0) example.push(`PARAMETERS_${name}=${JSON.stringify(defaultsOf(baseline))}`);
  return [
    `\`audit\` logs what would change, \`approve\` waits for a person, \`enforce\` fixes. Where no mode is set for this baseline, ${unlessSet}.`,
    rows.length === 0 ? "It has no parameters." : table(["Parameter", "Values", "Default", "Meaning"], rows),
    rows.length === 0
      ? "As app settings:"
      : "As app settings, the parameters being one JSON object (here with their defaults; leave out what should stay):",
    `\`\`\`ini\n${example.join("\n")}\n\`\`\``,
  ];
}

function parametersOf(baseline: RegisteredBaseline): [string, JsonObject][] {
  const schema: unknown = z.toJSONSchema(baseline.parameters, { io: "input" });
  const properties = isJsonObject(schema) ? valueAt(schema, "properties") : undefined;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, value]) => (isJsonObject(value) ? [[name, value]] : []));
}

function defaultsOf(baseline: RegisteredBaseline): JsonObject {
  return Object.fromEntries(parametersOf(baseline).map(([name, schema]) => [name, schema.default ?? null]));
}

function parameterType(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(JSON.stringify(value))).join(", ");
  if (schema.type === "boolean") return "`true`, `false`";
  const { minimum, maximum } = schema;
  return minimum === undefined ? String(schema.type) : `${schema.type}, ${minimum} to ${maximum}`;
}

/** A baseline's id in the name of an app setting: `storage/secure-transfer` gives `STORAGE_SECURE_TRANSFER`. */
function settingName(id: string): string {
  return id.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
}

function permissionLine(permission: string): string {
  return permission === readProvider ? `${code(permission)}, assigned on the subscription` : code(permission);
}

function operationLine({ name, checkAtMostEverySeconds }: RegisteredBaseline["operations"][number]): string {
  if (checkAtMostEverySeconds === undefined) return code(name);
  return `${code(name)} (counted by caller; at most one check in ${checkAtMostEverySeconds} seconds)`;
}

function controlSections({ controls }: RegisteredBaseline): string[] {
  const rows = [
    ["Azure Policy (built-in definition)", controls.azurePolicy],
    ["Microsoft cloud security benchmark", controls.microsoftCloudSecurityBenchmark],
    ["CIS Microsoft Azure Foundations Benchmark", controls.cis],
    ["NIST SP 800-53 Rev. 5", controls.nist80053r5],
    ["PCI DSS 4.0", controls.pciDss4],
    ["ISO/IEC 27001:2013", controls.iso27001],
  ] satisfies [string, string[]][];
  const named = rows.filter(([, ids]) => ids.length > 0);
  if (named.length === 0) return ["No framework's Azure Policy initiative names a control for it."];
  return [
    table(
      ["Framework", "Controls"],
      named.map(([framework, ids]) => [framework, ids.join("; ")]),
    ),
  ];
}

function pageName(baseline: RegisteredBaseline): string {
  return `${baseline.id.replaceAll("/", "-")}.md`;
}

/** Writes all pages anew; what is no baseline's page any more goes. */
export async function writeBaselinePages(): Promise<void> {
  await rm(baselinePagesFolder, { recursive: true, force: true });
  await mkdir(baselinePagesFolder, { recursive: true });
  for (const [name, text] of renderBaselinePages(baselines)) await writeFile(new URL(name, baselinePagesFolder), text);
}

if (import.meta.main) await writeBaselinePages();
