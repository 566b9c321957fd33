import * as z from "zod";
import { type Arm, openArm, saidBy } from "../../command/check/arm.ts";
import { assignmentsAt, authorizationVersion } from "../../command/check/assigned-roles.ts";
import { removeEventSubscriptions } from "../../command/remove/event-subscriptions.ts";
import { removeRoles } from "../../command/remove/roles.ts";
import { clouds } from "../../shared/policy/clouds.ts";

/** What azd gives its hooks: its own names, the outputs of the layers, and what was set by `azd env set`. */
const environmentSchema = z.object({
  AZURE_ENV_NAME: z.string().min(1),
  AZURE_SUBSCRIPTION_ID: z.guid(),
  AZURE_RESOURCE_GROUP: z.string().min(1),
  GUARD_IDENTITY_NAME: z.string().min(1),
  GUARD_JOURNAL_NAME: z.string().min(1),
  GUARD_CLOUD: z.enum(Object.keys(clouds)).default("public"),
  EXISTING_TOPIC_ID: z.string().default(""),
  EXISTING_INSIGHTS_ID: z.string().default(""),
  GUARDED_MANAGEMENT_GROUP: z.string().default(""),
  ENTRA_CLIENT_ID: z.string().default(""),
  INTEGRATION_SUBNET_ID: z.string().default(""),
  DELETE_JOURNAL: z.enum(["yes", "no", ""]).default("no"),
});

/** Azure's built-in role, by its id. */
const monitoringMetricsPublisher = "3913510d-42f4-4e42-8a64-420c390055eb";
const identitySchema = z.object({ properties: z.object({ principalId: z.guid() }) });

/**
 * Before `azd down`: takes away what it would leave, which is the event subscriptions of a topic of somebody else, the right to log by an
 * Application Insights component of somebody else, the roles and their assignments; and tells what stays. Rejects, having deleted nothing, where the journal would go with the resource group and nobody asked for that, and where
 * somebody else was assigned one of the roles; `azd down` stops then.
 */
export async function beforeDown(arm: Arm, environment: NodeJS.ProcessEnv, out: (line: string) => void): Promise<void> {
  const values = environmentSchema.parse(environment);
  const subscription = `/subscriptions/${values.AZURE_SUBSCRIPTION_ID}`;
  const group = `${subscription}/resourceGroups/${values.AZURE_RESOURCE_GROUP}`;
  if (values.DELETE_JOURNAL !== "yes") {
    throw new Error(
      `azd down deletes the resource group ${values.AZURE_RESOURCE_GROUP}, and in it the storage account ${values.GUARD_JOURNAL_NAME} with the journal. Copy the container journal, then say so: azd env set DELETE_JOURNAL yes`,
    );
  }
  const managementGroup = `/providers/Microsoft.Management/managementGroups/${values.GUARDED_MANAGEMENT_GROUP}`;
  const scopes = values.GUARDED_MANAGEMENT_GROUP === "" ? [subscription] : [subscription, managementGroup];
  const removal = {
    environmentName: values.AZURE_ENV_NAME,
    principalId: await principalOf(arm, group, values.GUARD_IDENTITY_NAME),
  };
  const looked = await Promise.all(scopes.map((scope) => removeRoles(arm, { ...removal, scope, dryRun: true })));
  const othersUse = looked.flatMap((each) => each.othersUse);
  if (othersUse.length > 0) {
    const told = othersUse.map(({ role, assignment }) => `${assignment.principalId} has ${role}: ${assignment.id}`);
    throw new Error(`Others were assigned roles of this deployment. Remove those first:\n${told.join("\n")}`);
  }
  const rightsToLog = await rightsToLogBy(arm, values.EXISTING_INSIGHTS_ID, removal.principalId);
  if (values.EXISTING_TOPIC_ID !== "") {
    const ids = await removeEventSubscriptions(arm, values.EXISTING_TOPIC_ID, values.AZURE_ENV_NAME, group);
    for (const id of ids) out(`deleted ${id}`);
  }
  for (const id of rightsToLog) {
    await arm.delete(`${id}?api-version=${authorizationVersion}`);
    out(`deleted ${id}`);
  }
  for (const scope of scopes) {
    const { deleted } = await removeRoles(arm, { ...removal, scope, dryRun: false });
    for (const id of deleted) out(`deleted ${id}`);
  }
  for (const each of staying(values)) out(`stays   ${each}`);
}

/** The assignments that infra/access/insights-access.bicep made: not other roles of the identity, nor those of others. None where the component is gone. */
async function rightsToLogBy(arm: Arm, insightsId: string, principalId: string): Promise<string[]> {
  if (insightsId === "") return [];
  const { status } = await arm.get(`${insightsId}?api-version=2020-02-02`);
  if (status === 404) return [];
  const assignments = await assignmentsAt(arm, insightsId);
  return assignments
    .filter(
      (each) =>
        each.principalId === principalId.toLowerCase() &&
        each.role === monitoringMetricsPublisher &&
        each.scope.toLowerCase() === insightsId.toLowerCase(),
    )
    .map(({ id }) => id);
}

/** What `azd down` leaves too. */
function staying({
  EXISTING_TOPIC_ID: topic,
  EXISTING_INSIGHTS_ID: insights,
  ENTRA_CLIENT_ID: application,
  INTEGRATION_SUBNET_ID: subnet,
}: z.infer<typeof environmentSchema>): string[] {
  return [
    ...(topic === "" ? [] : [topic]),
    ...(insights === "" ? [] : [`${insights}, with the log`]),
    ...(application === "" ? [] : [`the app registration: az ad app delete --id ${application}`]),
    ...(subnet === "" ? [] : [subnet]),
    "in other subscriptions that were connected, all of it: azure-encryption-guard disconnect, before the app is gone",
    "providers that were registered",
  ];
}

async function principalOf(arm: Arm, group: string, name: string): Promise<string> {
  const path = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  const answer = await arm.get(`${path}?api-version=2023-01-31`);
  // Gone with an earlier run: whatever is still assigned is somebody's to look at.
  if (answer.status === 404) return "";
  const parsed = identitySchema.safeParse(answer.body);
  if (!parsed.success)
    throw new Error(`The identity ${name} is not shown, so its roles can't be told: ${saidBy(answer)}`);
  return parsed.data.properties.principalId;
}

if (import.meta.main) {
  const environment = { ...process.env, CLOUD: process.env.GUARD_CLOUD ?? "public" };
  const arm = await openArm({ environment, directory: process.cwd(), now: () => new Date() });
  await beforeDown(arm, process.env, (line) => void process.stdout.write(`${line}\n`));
}
