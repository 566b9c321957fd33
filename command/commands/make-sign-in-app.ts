import * as z from "zod";
import { type Role, roles } from "../../shared/access/caller.ts";
import { messageOf } from "../../shared/errors.ts";
import { jsonLines } from "../check/outputs.ts";
import { defineCommand } from "../frame/command.ts";
import { type ExitCode, exitCodes, type Output, UsageError } from "../frame/output.ts";
import { openGraph } from "../sign-in-app/graph.ts";
import { makeApplication } from "../sign-in-app/make-application.ts";
import { type Assignment, makeServicePrincipal } from "../sign-in-app/service-principal.ts";
import { type Step, stepLine } from "../sign-in-app/step.ts";
import { type Application, azureCli } from "../sign-in-app/wanted.ts";

/** azd's own rule allows parentheses too, which a unique name in a path had better not have. */
const environmentName = /^[A-Za-z0-9._-]{1,64}$/;

/** What was asked for, done, and is to be done with it. */
interface Made {
  tenantId: string;
  /** Absent where there is none. */
  application: Application | undefined;
  /** For `azd env set`. */
  settings: { [name: string]: string };
  steps: Step[];
}

/** `make-sign-in-app`: makes the app registration that callers of the service sign in to. It writes to Microsoft Entra as who is signed in. */
export const makeSignInApp = defineCommand({
  name: "make-sign-in-app",
  summary: "Makes the app registration in Microsoft Entra that callers of the service sign in to, with its roles.",
  details: [
    "It finds its own again by a unique name, and adds what is missing: a second run changes nothing, roles keep their ids, and an application of somebody else is not touched, whatever it is called. It makes no secret. Then it prints what the deployment has to be told.",
    "It writes with what this machine is signed in with, in the directory of that login, and needs the role Application Administrator there. It ends with 1 where something could not be done.",
  ],
  arguments: [],
  options: z.strictObject({
    environment: z
      .string()
      .regex(environmentName, "is no name of an azd environment")
      .meta({ value: "NAME", description: "the azd environment that it is for; else AZURE_ENV_NAME" })
      .optional(),
    assign: z
      .array(z.string())
      .meta({
        value: "ROLE=GUID",
        description: `also gives a role (${roles.join(", ")}) to a person, group or service principal, by object id`,
      })
      .optional(),
    "without-azure-cli": z
      .boolean()
      .default(false)
      .describe("does not let the Azure CLI ask for tokens without anybody's consent"),
    "dry-run": z.boolean().default(false).describe("says what it would do, and writes nothing"),
    output: z.enum(["table", "json"]).default("table").meta({ value: "FORMAT", description: "how it is printed" }),
  }),
  examples: [
    { line: "make-sign-in-app --environment production --dry-run", does: "What would be done:" },
    {
      line: 'make-sign-in-app --environment production --assign "Admin=$OBJECT_ID"',
      does: "Make it, and give somebody a role:",
    },
  ],
  async run(options, _words, surroundings) {
    const { environment } = surroundings;
    const name = options.environment ?? environment.AZURE_ENV_NAME ?? "";
    if (!environmentName.test(name)) {
      throw new UsageError("Name the azd environment that it is for, by --environment or AZURE_ENV_NAME.");
    }
    const assignments = (options.assign ?? []).map(assignmentIn);
    const dryRun = options["dry-run"];
    const letsAzureCliIn = !options["without-azure-cli"];
    const graph = await openGraph(surroundings);
    const { tenantId } = graph;
    const surface = { graph, wait: surroundings.wait };
    const steps: Step[] = [{ what: "directory", name: tenantId, did: "unchanged" }];
    const uniqueName = `azure-encryption-guard-${name}`;
    let application: Application | undefined;
    try {
      const wanted = { uniqueName, displayName: `Azure Encryption Guard ${name}`, letsAzureCliIn, dryRun };
      application = await makeApplication(surface, wanted, steps);
      await makeServicePrincipal(surface, application, assignments, dryRun, steps);
    } catch (thrown) {
      steps.push({ what: "application", name: uniqueName, did: "failed", why: messageOf(thrown) });
    }
    const settings = application ? settingsFor(application, letsAzureCliIn, environment.ALLOWED_APPLICATIONS) : {};
    return print({ tenantId, application, settings, steps }, options.output, surroundings.output);
  },
});

function assignmentIn(text: string): Assignment {
  const [name, id, ...rest] = text.split("=");
  const role = roles.find((each) => each === name);
  const principalId = z.guid().safeParse(id);
  if (!role || !principalId.success || rest.length > 0) throw new UsageError(wrongAssignment(text, roles));
  return { role, principalId: principalId.data.toLowerCase() };
}

function wrongAssignment(text: string, allowed: readonly Role[]): string {
  return `--assign ${text} is not ROLE=GUID, with one of the roles ${allowed.join(", ")} and an object id.`;
}

/** App Service authentication takes only tokens that an application of a list asked for, and the Azure CLI is one like any other. */
function settingsFor(
  { appId }: Application,
  letsAzureCliIn: boolean,
  allowed: string | undefined,
): { [name: string]: string } {
  const others = (allowed ?? "").split(",").map((id) => id.trim());
  const all = [...new Set([...others, ...(letsAzureCliIn ? [azureCli] : [])])].filter((id) => id !== "");
  return { ENTRA_CLIENT_ID: appId, ...(all.length > 0 ? { ALLOWED_APPLICATIONS: all.join(",") } : {}) };
}

function print({ application, settings, steps, tenantId }: Made, format: "table" | "json", output: Output): ExitCode {
  const hasFailed = steps.some(({ did }) => did === "failed");
  const clientId = application?.appId;
  const lines =
    format === "json"
      ? jsonLines({ tenantId, ...(clientId !== undefined && { clientId }), steps, settings })
      : [...steps.map(stepLine), sumOf(steps, hasFailed), ...linesFor(settings, hasFailed)];
  for (const line of lines) output.out(line);
  return hasFailed ? exitCodes.bad : exitCodes.good;
}

function sumOf(steps: readonly Step[], hasFailed: boolean): string {
  if (hasFailed) return "Not done.";
  if (steps.some(({ did }) => did.startsWith("would"))) return "Nothing was written: a dry run.";
  return steps.every(({ did }) => did === "unchanged" || did === "stays") ? "Nothing to change." : "Done.";
}

function linesFor(settings: Made["settings"], hasFailed: boolean): string[] {
  const names = Object.entries(settings);
  if (hasFailed || names.length === 0) return [];
  return [
    "Tell the deployment:",
    ...names.map(([name, value]) => `azd env set ${name} ${value}`),
    "azd provision core",
  ];
}
