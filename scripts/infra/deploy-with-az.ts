import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod";

/** A step of the deployment: a layer of infra/, the roles at a management group, or the package. */
export type Step = "access" | "management-group" | "core" | "package" | "events";

const steps: readonly Step[] = ["access", "management-group", "core", "package", "events"];
const root = path.resolve(import.meta.dirname, "../..");
const parametersSchema = z.object({ parameters: z.record(z.string(), z.object({ value: z.string() })) });
const outputsSchema = z.record(z.string(), z.object({ value: z.string() })).nullable();

/**
 * The arguments of the one `az` call that makes a step, from the parameter files and names that azd uses.
 * Throws where a name without a default is not set.
 * @param environment what azd would keep in its environment: what somebody set, and the outputs of the layers before.
 */
export function azArguments(step: Step, environment: NodeJS.ProcessEnv): string[] {
  if (step === "access") {
    const location = wanted("AZURE_LOCATION", environment);
    const name = `guard-access-${wanted("AZURE_ENV_NAME", environment)}`;
    return ["deployment", "sub", "create", "--name", name, "--location", location, ...template(step, environment)];
  }
  if (step === "management-group") {
    const name = `guard-roles-${wanted("AZURE_ENV_NAME", environment)}`;
    const group = ["--management-group-id", wanted("GUARDED_MANAGEMENT_GROUP", environment)];
    const where = ["--location", wanted("AZURE_LOCATION", environment)];
    return ["deployment", "mg", "create", "--name", name, ...group, ...where, ...template(step, environment)];
  }
  const group = ["--resource-group", wanted("AZURE_RESOURCE_GROUP", environment)];
  if (step === "package") {
    const app = ["--name", wanted("GUARD_FUNCTION_APP", environment)];
    return ["functionapp", "deployment", "source", "config-zip", ...group, ...app, "--src", "dist/package.zip"];
  }
  return ["deployment", "group", "create", "--name", `guard-${step}`, ...group, ...template(step, environment)];
}

/** What a layer put out, as lines `NAME=value`: for a shell, or for the file that GITHUB_ENV names. One that puts out nothing gives none. */
export function outputLines(outputs: unknown): string {
  return Object.entries(outputsSchema.parse(outputs) ?? {})
    .map(([name, { value }]) => `${name.toUpperCase()}=${value}\n`)
    .join("");
}

function template(layer: string, environment: NodeJS.ProcessEnv): string[] {
  const file = path.join(root, "infra", layer, "main.parameters.json");
  const { parameters } = parametersSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const bicep = readFileSync(path.join(root, "infra", layer, "main.bicep"), "utf8");
  const values = Object.entries(parameters).map(([name, { value }]) => {
    const mayBeEmpty = bicep.includes(`\nparam ${name} string = ''\n`);
    return `${name}=${filledIn(value, mayBeEmpty, environment)}`;
  });
  const output = ["--query", "properties.outputs", "--output", "json"];
  return ["--template-file", `infra/${layer}/main.bicep`, "--parameters", ...values, ...output];
}

/** azd's own way to write it: `${NAME}`, or `${NAME=default}`. */
function filledIn(text: string, mayBeEmpty: boolean, environment: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{([A-Z_]+)(?:=(\w+))?\}/, (_, name: string, otherwise: string | undefined) => {
    if (otherwise !== undefined) return environment[name] || otherwise;
    return mayBeEmpty ? (environment[name] ?? "") : wanted(name, environment);
  });
}

function wanted(name: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[name];
  if (!value) throw new Error(`Set ${name}: docs/pipelines.md says where it comes from.`);
  return value;
}

async function deploy(named: string | undefined): Promise<void> {
  const step = steps.find((each) => each === named);
  if (step === undefined) throw new Error(`Name one step: ${steps.join(", ")}.`);
  const { stdout, stderr } = await promisify(execFile)("az", azArguments(step, process.env), { cwd: root });
  process.stderr.write(stderr);
  if (step !== "package" && stdout.trim() !== "") process.stdout.write(outputLines(JSON.parse(stdout)));
}

if (import.meta.main) await deploy(process.argv[2]);
