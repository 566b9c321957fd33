import * as z from "zod";
import { CodedError } from "../../shared/errors.ts";
import { parseResourceId, type ResourceId } from "../../shared/resources/resource-id.ts";
import { credentialHere, settingsHere } from "../check/azure.ts";
import { jsonLines } from "../check/outputs.ts";
import type { Surroundings } from "../frame/command.ts";
import { type ExitCode, exitCodes, type Output, UsageError } from "../frame/output.ts";
import { localEnvironment } from "../service/local-environment.ts";
import { type AzureSide, openSubscription } from "./azure-side.ts";
import { isBad, type Step, type Subscription } from "./step.ts";
import { groupOf } from "./wanted.ts";

/** The options that `connect` and `disconnect` share. */
export const connectionOptions = {
  subscription: z.guid().meta({ value: "GUID", description: "one subscription" }).optional(),
  "management-group": z
    .string()
    .regex(/^[\w().-]{1,90}$/, "is no id of a management group")
    .meta({ value: "ID", description: "every subscription in a management group, at any depth" })
    .optional(),
  app: z
    .string()
    .meta({
      value: "RESOURCE",
      description:
        "the resource id of the service's function app; else GUARD_APP_ID, else the one that azd's environment names, else that of the local Azure of this folder",
    })
    .optional(),
  storage: z
    .string()
    .meta({
      value: "RESOURCE",
      description:
        "the resource id of the service's storage account, with the queue of events and the dead letters; else GUARD_STORAGE_NAME in the app's group",
    })
    .optional(),
  "dry-run": z.boolean().default(false).describe("says what it would do, and writes nothing"),
  output: z.enum(["table", "json"]).default("table").meta({ value: "FORMAT", description: "how it is printed" }),
};

/** What {@link connectionOptions} say. */
export interface ConnectionOptions {
  subscription?: string | undefined;
  "management-group"?: string | undefined;
  app?: string | undefined;
  storage?: string | undefined;
  output: "table" | "json";
}

/** Which subscriptions were asked for, each open; and the function app. */
export interface Asked {
  subscriptions: AzureSide[];
  app: ResourceId;
  /** The service's storage account, where something names it. */
  storageId: string | undefined;
  /** Where the app runs. */
  location: string;
  /** Object ids of the app's identities. */
  principalIds: string[];
  /** The name of the deployment, as azd gave it; absent where nothing tells it. */
  environmentName: string | undefined;
  /** Nothing from outside of its network reaches the app, Event Grid included. */
  isPrivate: boolean;
}

const siteSchema = z.object({
  location: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  identity: z
    .object({
      principalId: z.string().nullish(),
      userAssignedIdentities: z.record(z.string(), z.object({ principalId: z.string().nullish() })).nullish(),
    })
    .nullish(),
  properties: z.object({ publicNetworkAccess: z.string().nullish() }).nullish(),
});
const descendantsSchema = z.object({
  value: z.array(z.object({ type: z.string(), name: z.string() })),
  nextLink: z.string().nullish(),
});

/** Reads the options and finds the subscriptions. Throws a UsageError where an option is missing, and `azure-refused`. */
export async function askedFor(options: ConnectionOptions, surroundings: Surroundings): Promise<Asked> {
  const { subscription, "management-group": group } = options;
  if ((subscription === undefined) === (group === undefined)) {
    throw new UsageError("Name either --subscription GUID or --management-group ID.");
  }
  const { environment, directory } = surroundings;
  const isNamed = environment.CLOUD !== undefined || environment.ARM_ENDPOINT !== undefined;
  const own = isNamed ? environment : { ...(await localEnvironment(directory)), ...environment };
  const app = appOf(options.app || own.GUARD_APP_ID || deployedApp(environment));
  const settings = await settingsHere(surroundings);
  const credential = await credentialHere(settings, surroundings);
  const open = (id: string) => openSubscription(id, settings.cloud, credential, surroundings.wait);
  const home = open(app.subscriptionId);
  const site = siteSchema.safeParse(await home.ask("GET", `${app.text}?api-version=2024-04-01`));
  if (!site.success) throw new CodedError("azure-refused", `Azure has no function app ${app.text}.`);
  const ids = group === undefined ? [subscription ?? ""] : await subscriptionsIn(home, group);
  return {
    subscriptions: ids.map(open),
    app,
    storageId: options.storage || inOwnGroup(app, "Microsoft.Storage/storageAccounts", environment.GUARD_STORAGE_NAME),
    location: site.data.location,
    principalIds: principalIdsOf(site.data),
    environmentName: site.data.tags?.["azd-env-name"] || environment.AZURE_ENV_NAME || undefined,
    isPrivate: site.data.properties?.publicNetworkAccess === "Disabled",
  };
}

/** Prints what was done, and gives the exit code: 1 where something is not as it was asked for. */
export function printSteps(subscriptions: readonly Subscription[], format: "table" | "json", output: Output): ExitCode {
  const all = subscriptions.flatMap(({ steps }) => steps);
  const lines = format === "json" ? jsonLines({ subscriptions }) : tableLines(subscriptions, all);
  for (const line of lines) output.out(line);
  return all.some(isBad) ? exitCodes.bad : exitCodes.good;
}

function tableLines(subscriptions: readonly Subscription[], all: readonly Step[]): string[] {
  const told = subscriptions.flatMap(({ subscriptionId, steps }) => [subscriptionId, ...steps.map(stepLine)]);
  const isSame = all.every(({ did }) => ["unchanged", "stays", "not connected"].includes(did));
  const failed = all.filter(isBad).length;
  const sum = isSame ? "Nothing to change." : failed === 0 ? "Done." : `${failed} not done.`;
  return [...told, all.some(({ did }) => did.startsWith("would")) ? "Nothing was written: a dry run." : sum];
}

function stepLine({ what, name, did, why }: Step): string {
  return `  ${did.padEnd(16)}  ${what.padEnd(18)}  ${name}${why === undefined ? "" : `: ${why}`}`;
}

/** The id of something of the deployment, which azd knows by its name. */
export function inOwnGroup(app: ResourceId, type: string, name: string | undefined): string | undefined {
  return name ? `${groupOf(app)}/providers/${type}/${name}` : undefined;
}

function principalIdsOf({ identity }: z.infer<typeof siteSchema>): string[] {
  const identities = [identity, ...Object.values(identity?.userAssignedIdentities ?? {})];
  return identities.flatMap((each) => each?.principalId ?? []);
}

/** The app that azd deployed, by the names of its environment. */
function deployedApp(environment: NodeJS.ProcessEnv): string | undefined {
  const { AZURE_SUBSCRIPTION_ID: subscription, AZURE_RESOURCE_GROUP: group, GUARD_FUNCTION_APP: name } = environment;
  if (!subscription || !group || !name) return undefined;
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Web/sites/${name}`;
}

function appOf(text: string | undefined): ResourceId {
  const parsed = parseResourceId(text ?? "");
  if (parsed.ok && parsed.id.type.toLowerCase() === "microsoft.web/sites") return parsed.id;
  throw new UsageError(
    "Name the service's function app by --app or GUARD_APP_ID: /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.Web/sites/NAME.",
  );
}

async function subscriptionsIn(home: AzureSide, group: string): Promise<string[]> {
  const ids: string[] = [];
  const first = `/providers/Microsoft.Management/managementGroups/${group}/descendants?api-version=2020-05-01`;
  for (let next: string | undefined = first; next !== undefined; ) {
    const page = descendantsSchema.safeParse(await home.ask("GET", pathOf(next)));
    if (!page.success) throw new CodedError("azure-refused", `Azure shows no management group ${group}.`);
    ids.push(...page.data.value.flatMap(({ type, name }) => (/subscriptions$/i.test(type) ? [name] : [])));
    next = page.data.nextLink ?? undefined;
  }
  return ids;
}

/** Without the host: a token goes with the request, so it is sent to Azure Resource Manager whatever a page names. */
function pathOf(link: string): string {
  const { pathname, search } = new URL(link, "https://management.azure.com");
  return `${pathname}${search}`;
}
