import * as z from "zod";
import { type Arm, saidBy } from "../../command/check/arm.ts";
import { assignmentsAt, authorizationVersion } from "../../command/check/assigned-roles.ts";
import { insightsVersion, monitoringMetricsPublisher } from "../../command/check/insights.ts";
import { type Deleting, deleteEach, type Left } from "../../command/remove/delete-each.ts";
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
  EXISTING_WORKSPACE_ID: z.string().default(""),
  EXISTING_INSIGHTS_ID: z.string().default(""),
  GUARDED_MANAGEMENT_GROUP: z.string().default(""),
  ENTRA_CLIENT_ID: z.string().default(""),
  INTEGRATION_SUBNET_ID: z.string().default(""),
  ENDPOINT_SUBNET_ID: z.string().default(""),
  DELETE_JOURNAL: z.enum(["yes", "no", ""]).default("no"),
});

/** A deployment, as its environment in azd tells of it. */
export type Deployment = z.infer<typeof environmentSchema>;

const looking: Deleting = { dryRun: true, told: () => undefined };
const identitySchema = z.object({ properties: z.object({ principalId: z.guid() }) });

/** Throws an Error that names each value that is missing or can't be. */
export function deploymentIn(environment: NodeJS.ProcessEnv): Deployment {
  const parsed = environmentSchema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const told = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`These values of azd's environment are missing or wrong; docs/deployment.md says how to give them.
${told.join("\n")}`);
}

/** The environment that Azure is opened with: of the deployment's cloud, and of that of `CLOUD` only where azd knows of none. */
export function inItsCloud(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, CLOUD: environment.GUARD_CLOUD ?? environment.CLOUD ?? "public" };
}

/** The deployment's own resource group, `/subscriptions/GUID/resourceGroups/NAME`. */
export function groupOf({ AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP }: Deployment): string {
  return `/subscriptions/${AZURE_SUBSCRIPTION_ID}/resourceGroups/${AZURE_RESOURCE_GROUP}`;
}

/**
 * Takes away what a deployment has outside of its resource group: the event subscriptions of a topic of somebody else, the right to log by an
 * Application Insights component of somebody else, and the roles and their assignments, of which some are inside. Goes on where Azure refuses to
 * delete one, such as for a lock on the journal's account, and gives these. Rejects, having deleted nothing, where somebody else was assigned one of the roles.
 */
export async function removeOutsideGroup(arm: Arm, deployment: Deployment, deleting: Deleting): Promise<Left[]> {
  const { AZURE_ENV_NAME: environmentName, GUARD_IDENTITY_NAME: identity, EXISTING_TOPIC_ID: topic } = deployment;
  const group = groupOf(deployment);
  const scopes = scopesOf(deployment);
  const identityId = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identity}`;
  const removal = { environmentName, principalId: await principalOf(arm, identityId) };
  const looked = await Promise.all(scopes.map((scope) => removeRoles(arm, { ...removal, scope }, looking)));
  const othersUse = looked.flatMap((each) => each.othersUse);
  if (othersUse.length > 0) {
    const lines = othersUse.map(({ role, assignment }) => `${assignment.principalId} has ${role}: ${assignment.id}`);
    throw new Error(`Others were assigned roles of this deployment. Remove those first:\n${lines.join("\n")}`);
  }
  const rightsToLog = await rightsToLogBy(arm, deployment.EXISTING_INSIGHTS_ID, removal.principalId);
  const left = topic === "" ? [] : await removeEventSubscriptions(arm, topic, environmentName, group, deleting);
  left.push(...(await deleteEach(arm, rightsToLog, authorizationVersion, deleting)));
  for (const scope of scopes) left.push(...(await removeRoles(arm, { ...removal, scope }, deleting)).left);
  return left;
}

/** The assignments that infra/access/insights-access.bicep made: not other roles of the identity, nor those of others. None where the component is gone. */
async function rightsToLogBy(arm: Arm, insightsId: string, principalId: string): Promise<string[]> {
  if (insightsId === "") return [];
  const { status } = await arm.get(`${insightsId}?api-version=${insightsVersion}`);
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

/** The object id of an identity; empty where it is gone with an earlier run: whatever is still assigned is somebody's to look at. */
export async function principalOf(arm: Arm, identityId: string): Promise<string> {
  const answer = await arm.get(`${identityId}?api-version=2023-01-31`);
  if (answer.status === 404) return "";
  const parsed = identitySchema.safeParse(answer.body);
  if (parsed.success) return parsed.data.properties.principalId;
  throw new Error(`The identity ${identityId} is not shown, so its roles can't be told: ${saidBy(answer)}`);
}

/** For who can still do it: without the app, `disconnect` has nothing to compare with. */
export const connectedElsewhere =
  "in other subscriptions that were connected, all of it: azure-encryption-guard disconnect, before the app is gone";

/** What is somebody else's, or nobody's to delete here, and stays. */
export function staying({
  EXISTING_TOPIC_ID: topic,
  EXISTING_WORKSPACE_ID: workspace,
  EXISTING_INSIGHTS_ID: insights,
  ENTRA_CLIENT_ID: application,
  INTEGRATION_SUBNET_ID: integrationSubnet,
  ENDPOINT_SUBNET_ID: endpointSubnet,
}: Deployment): string[] {
  return [
    ...[topic, workspace].filter((id) => id !== ""),
    ...(insights === "" ? [] : [`${insights}, with the log`]),
    ...(application === "" ? [] : [`the app registration: az ad app delete --id ${application}`]),
    ...[integrationSubnet, endpointSubnet].filter((id) => id !== ""),
    "providers that were registered",
  ];
}

function scopesOf({ AZURE_SUBSCRIPTION_ID, GUARDED_MANAGEMENT_GROUP }: Deployment): string[] {
  const subscription = `/subscriptions/${AZURE_SUBSCRIPTION_ID}`;
  if (GUARDED_MANAGEMENT_GROUP === "") return [subscription];
  return [subscription, `/providers/Microsoft.Management/managementGroups/${GUARDED_MANAGEMENT_GROUP}`];
}
