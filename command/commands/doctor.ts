import * as z from "zod";
import { baselines } from "../../shared/baselines/index.ts";
import { parseConfiguredScope, scopeText } from "../../shared/policy/scopes.ts";
import { parseResourceId, type ResourceId } from "../../shared/resources/resource-id.ts";
import { openArm } from "../check/arm.ts";
import { lookAtAll } from "../doctor/checks.ts";
import { health } from "../doctor/health.ts";
import type { Line } from "../doctor/line.ts";
import { type Proof, prove } from "../doctor/live.ts";
import type { Look } from "../doctor/look.ts";
import { defineCommand, type Surroundings } from "../frame/command.ts";
import { type ExitCode, exitCodes, type Output, UsageError } from "../frame/output.ts";
import { isServiceNamed, serviceOptions } from "../service/find-service.ts";
import { isThisMachine, localEnvironment } from "../service/local-environment.ts";

const ids = baselines.filter(({ fixPermissions }) => fixPermissions.length > 0).map(({ id }) => id);

const options = z.strictObject({
  subscription: z
    .guid()
    .meta({ value: "GUID", description: "the subscription; else AZURE_SUBSCRIPTION_ID" })
    .optional(),
  location: z
    .string()
    .meta({ value: "REGION", description: "where the service is made; else AZURE_LOCATION" })
    .optional(),
  "node-version": z
    .enum(["22", "24"])
    .meta({ value: "VERSION", description: "the version of Node.js; else GUARD_NODE_VERSION, else 22" })
    .optional(),
  scope: z
    .string()
    .meta({ value: "SCOPE", description: "what is read and fixed; else GUARD_SCOPE, else the subscription" })
    .optional(),
  enforced: z
    .string()
    .meta({ value: "BASELINES", description: "ids of enforced baselines, with commas; else ENFORCED_BASELINES" })
    .optional(),
  network: z
    .enum(["public", "private"])
    .meta({ value: "NETWORK", description: "whether the deployment is meant to be private; else NETWORK, else public" })
    .optional(),
  "resource-group": z
    .string()
    .meta({ value: "NAME", description: "the service's own resource group; else AZURE_RESOURCE_GROUP" })
    .optional(),
  app: z.string().meta({ value: "NAME", description: "the function app; else GUARD_FUNCTION_APP" }).optional(),
  insights: z
    .string()
    .meta({
      value: "ID",
      description: "an Application Insights component that is there already; else EXISTING_INSIGHTS_ID",
    })
    .optional(),
  workspace: z
    .string()
    .meta({
      value: "ID",
      description: "a Log Analytics workspace that is there already; else EXISTING_WORKSPACE_ID",
    })
    .optional(),
  principal: z
    .guid()
    .meta({ value: "GUID", description: "the object id of the service's identity; else that of the app" })
    .optional(),
  live: z
    .boolean()
    .default(false)
    .describe(
      "after the deployment, also ask Azure for what no test could show: command, expected answer, what it proves",
    ),
  ...serviceOptions,
});

/** `doctor`: what would make a deployment fail, and what is wrong with one. Nothing is written. */
export const doctor = defineCommand({
  name: "doctor",
  summary:
    "Looks at what a deployment needs, before it and after: each line with what to do where it is red. It changes nothing.",
  details: [
    "Azure is asked with what this machine is signed in with. Where nothing names a subscription, it is the app that GUARD_APP_ID names, or the local Azure of this folder. Without --app it looks at a deployment to come, with it at what became of it. The service is asked for its health where something names it. Options may stand in the environment, under the names that azd env get-values prints.",
    "It ends with 1 where a line is red, and with 0 where none is: a warning is no error. Each line is described in docs/doctor.md.",
  ],
  arguments: [],
  options,
  examples: [
    { line: 'doctor --subscription "$SUBSCRIPTION_ID" --location westeurope', does: "Before the deployment:" },
    {
      line: 'doctor --subscription "$SUBSCRIPTION_ID" --resource-group rg-encryption-guard-production --app APP',
      does: "After it:",
    },
  ],
  async run(given, _words, surroundings) {
    const asked = lookedAt(given, await environmentOf(surroundings));
    const look = { ...asked, arm: await openArm(surroundings), now: surroundings.now };
    const isLocal = isThisMachine(look.arm.endpoint);
    if (given.live && (look.app === undefined || isLocal)) {
      throw new UsageError("--live asks Azure itself about a deployed app: name it by --app, and no local Azure.");
    }
    const lines = await lookAtAll({ ...look, isLocal });
    const ofService = (await isServiceNamed(given, surroundings)) ? await health(given, surroundings, look) : undefined;
    const code = tell([...lines, ...(ofService ?? [])], surroundings.output);
    if (!given.live) return code;
    const proofs = await prove({ ...look, isLocal }, ofService);
    tellProofs(proofs, surroundings.output);
    return proofs.every(({ holds }) => holds) ? code : exitCodes.bad;
  },
});

/** With what the local Azure of this folder says of itself, unless the environment names another Azure. */
async function environmentOf({ environment, directory }: Surroundings): Promise<NodeJS.ProcessEnv> {
  const isNamed = environment.CLOUD !== undefined || environment.ARM_ENDPOINT !== undefined;
  return isNamed ? environment : { ...(await localEnvironment(directory)), ...environment };
}

/** What azd names in its environment counts where no option says it; where neither names a subscription, the app that GUARD_APP_ID names. */
function lookedAt(
  given: z.output<typeof options>,
  environment: NodeJS.ProcessEnv,
): Omit<Look, "arm" | "now" | "isLocal"> {
  const asked = given.subscription ?? (environment.AZURE_SUBSCRIPTION_ID || undefined);
  const deployed = asked === undefined ? deployedApp(environment.GUARD_APP_ID) : undefined;
  const subscriptionId = asked ?? deployed?.subscriptionId;
  if (!subscriptionId) throw new UsageError("Name the subscription by --subscription GUID or AZURE_SUBSCRIPTION_ID.");
  const subscription = `/subscriptions/${subscriptionId}`;
  const named = given.scope || environment.GUARD_SCOPE || subscription;
  const scope = parseConfiguredScope(named);
  if (!scope) {
    throw new UsageError(
      `${JSON.stringify(named)} is neither a subscription, nor a resource group, nor a management group.`,
    );
  }
  const enforced = (given.enforced ?? environment.ENFORCED_BASELINES ?? "").split(",").flatMap((id) => id.trim() || []);
  const unknown = enforced.find((id) => !ids.includes(id));
  if (unknown !== undefined) {
    throw new UsageError(`${JSON.stringify(unknown)} is no baseline with a fix. There are: ${ids.join(", ")}.`);
  }
  const resourceGroup = given["resource-group"] || environment.AZURE_RESOURCE_GROUP || deployed?.resourceGroup;
  const app = given.app || environment.GUARD_FUNCTION_APP || deployed?.names[0];
  if (app !== undefined && resourceGroup === undefined) {
    throw new UsageError("With --app, name its resource group by --resource-group NAME or AZURE_RESOURCE_GROUP.");
  }
  return {
    subscription,
    scope: scopeText(scope),
    location: given.location || environment.AZURE_LOCATION || undefined,
    nodeVersion: given["node-version"] || environment.GUARD_NODE_VERSION || "22",
    enforced,
    wantsPrivate: (given.network || environment.NETWORK) === "private",
    resourceGroup,
    app,
    insights: thereAlready(
      given.insights || environment.EXISTING_INSIGHTS_ID,
      "Microsoft.Insights/components",
      "an Application Insights component",
    ),
    workspace: thereAlready(
      given.workspace || environment.EXISTING_WORKSPACE_ID,
      "Microsoft.OperationalInsights/workspaces",
      "a Log Analytics workspace",
    ),
    principal: given.principal,
  };
}

/** What is no id of such a resource could name another host, which would get the token. */
function thereAlready(id: string | undefined, type: string, what: string): string | undefined {
  if (!id) return undefined;
  const parsed = parseResourceId(id);
  if (parsed.ok && parsed.id.type.toLowerCase() === type.toLowerCase()) return id;
  throw new UsageError(`${JSON.stringify(id)} is not the resource id of ${what}.`);
}

function deployedApp(id: string | undefined): ResourceId | undefined {
  const parsed = parseResourceId(id ?? "");
  return parsed.ok && parsed.id.type.toLowerCase() === "microsoft.web/sites" ? parsed.id : undefined;
}

const words = { ok: "ok      ", warning: "WARNING ", red: "RED     ", left: "-       " } as const;

function tell(lines: readonly Line[], { out }: Output): ExitCode {
  for (const { about, state, found, todo } of lines) {
    out(`${words[state]}${about}: ${found}`);
    if (todo !== undefined) out(`          do: ${todo}`);
  }
  const count = (state: Line["state"]) => lines.filter((line) => line.state === state).length;
  const warnings = count("warning") === 1 ? "1 warning" : `${count("warning")} warnings`;
  out(`${count("ok")} ok, ${warnings}, ${count("red")} red, ${count("left")} not looked at.`);
  return count("red") === 0 ? exitCodes.good : exitCodes.bad;
}

function tellProofs(proofs: readonly Proof[], { out }: Output): void {
  for (const { command, expected, proves, answer, holds } of proofs) {
    out(`${holds ? "HOLDS   " : "DOES NOT"} ${proves}`);
    out(`          command:  ${command}`);
    out(`          expected: ${expected}`);
    out(`          answer:   ${answer}`);
  }
}
