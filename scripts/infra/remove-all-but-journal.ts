import { setTimeout as delay } from "node:timers/promises";
import { ResourceManagementClient } from "@azure/arm-resources";
import * as z from "zod";
import { type Arm, openArm, saidBy } from "../../command/check/arm.ts";
import { assignmentsAt, authorizationVersion } from "../../command/check/assigned-roles.ts";
import { credentialHere, settingsHere } from "../../command/check/azure.ts";
import { isAtOrBelow } from "../../command/check/scope.ts";
import { type Deleting, deleteEach, type Left } from "../../command/remove/delete-each.ts";
import { tokenScope } from "../../shared/policy/clouds.ts";
import {
  deleteResources,
  type GroupResource,
  inOrder,
  type ResourceGroupClient,
  resourcesOf,
} from "./group-resources.ts";
import { journalAccount } from "./journal-account.ts";
import { ownResources } from "./own-resources.ts";
import {
  connectedElsewhere,
  type Deployment,
  deploymentIn,
  groupOf,
  inItsCloud,
  principalOf,
  removeOutsideGroup,
  staying,
} from "./removal.ts";

const groupSchema = z.object({ tags: z.record(z.string(), z.string()).nullish() });
/** Without its identity, nobody could tell in another run whose an assignment was, and that run would refuse to go on. */
const heldBack =
  "It goes last: without it nobody could tell whose the assignments and roles are that Azure refused to delete.";
const identityType = "microsoft.managedidentity/userassignedidentities";

/** Azure, to be removed from. */
export interface Azure extends ResourceGroupClient {
  arm: Arm;
}

/**
 * Removes a deployment and keeps its journal: takes away what `before-down` does, and then every resource of the deployment's resource group that
 * is its own, but the storage account of the journal; and prints what was deleted and what stays, with what others put in the group. A second run finds nothing.
 * Rejects, having deleted nothing, where the group is not this environment's, where the journal can't be told from the rest, and where somebody else was
 * assigned one of the roles. Gives what Azure would not delete.
 * @param environment as azd has it.
 */
export async function removeAllButJournal(
  azure: Azure,
  environment: NodeJS.ProcessEnv,
  dryRun: boolean,
  out: (line: string) => void,
): Promise<Left[]> {
  const { arm } = azure;
  const deployment = deploymentIn(environment);
  await checkGroup(arm, deployment);
  const resources = await resourcesOf(azure.client, deployment.AZURE_RESOURCE_GROUP);
  const journal = await journalAccount(arm, resources, deployment.GUARD_JOURNAL_NAME);
  const known = (each: GroupResource) => isAtOrBelow(each.id, journal.id) || isGiven(each, deployment);
  const own = ownResources(resources, deployment.AZURE_ENV_NAME);
  const going = own.filter((each) => !known(each));
  const others = resources.filter((each) => !own.includes(each) && !known(each));
  const principals = await principalsOf(arm, going);
  const told = new Set<string>();
  const tell = (id: string) => {
    if (told.has(id)) return;
    told.add(id);
    out(`${dryRun ? "would delete" : "deleted"} ${id}`);
  };
  const deleting = { dryRun, told: tell };
  const left = await removeOutsideGroup(arm, deployment, deleting);
  left.push(...(await removeAssignments(arm, groupOf(deployment), principals, left, deleting)));
  const held = left.length > 0 ? going.filter(isIdentity) : [];
  left.push(...held.map(({ id }) => ({ id, why: heldBack })));
  const free = going.filter((each) => !held.includes(each));
  if (dryRun) for (const { id } of inOrder(free)) tell(id);
  else left.push(...(await deleteResources(azure, free, tell)));
  if (told.size === 0 && left.length === 0) out("Nothing to remove.");
  const othersStay = others.map(({ id }) => `${id}, which is somebody else's: it has no tag of this deployment`);
  for (const each of [`the journal: ${journal.id}`, ...othersStay, ...stayingToo(deployment, dryRun)]) {
    out(`stays   ${each}`);
  }
  for (const { id, why } of left) out(`not deleted ${id}\n  ${why}`);
  return left;
}

/** The tag is on what infra/access makes: no other group is emptied, whatever the environment names. */
async function checkGroup(arm: Arm, deployment: Deployment): Promise<void> {
  const answer = await arm.get(`${groupOf(deployment)}?api-version=2022-12-01`);
  const name = deployment.AZURE_RESOURCE_GROUP;
  if (answer.status !== 200)
    throw new Error(`The resource group ${name} is not shown, and nothing was deleted: ${saidBy(answer)}`);
  const tag = groupSchema.safeParse(answer.body).data?.tags?.["azd-env-name"];
  if (tag === deployment.AZURE_ENV_NAME) return;
  throw new Error(
    `The resource group ${name} has not the tag azd-env-name=${deployment.AZURE_ENV_NAME} of this deployment, and nothing was deleted.`,
  );
}

/** What was there before the deployment, should it be in this group: a topic, a log, the network of a subnet. */
function isGiven({ id }: GroupResource, deployment: Deployment): boolean {
  const { EXISTING_TOPIC_ID, EXISTING_WORKSPACE_ID, EXISTING_INSIGHTS_ID } = deployment;
  const { INTEGRATION_SUBNET_ID, ENDPOINT_SUBNET_ID } = deployment;
  const given = [
    EXISTING_TOPIC_ID,
    EXISTING_WORKSPACE_ID,
    EXISTING_INSIGHTS_ID,
    INTEGRATION_SUBNET_ID,
    ENDPOINT_SUBNET_ID,
  ];
  return given.some((each) => isAtOrBelow(each, id));
}

/** Who is nobody any more once the resources are gone. */
async function principalsOf(arm: Arm, resources: readonly GroupResource[]): Promise<Set<string>> {
  const identities = resources.filter(isIdentity);
  const own = await Promise.all(identities.map(({ id }) => principalOf(arm, id)));
  const found = [...own, ...resources.map(({ principalId }) => principalId ?? "")];
  return new Set(found.filter((id) => id !== "").map((id) => id.toLowerCase()));
}

function isIdentity({ type }: GroupResource): boolean {
  return type.toLowerCase() === identityType;
}

/** Before the identities go: afterwards nobody could tell whose these were. */
async function removeAssignments(
  arm: Arm,
  group: string,
  principals: ReadonlySet<string>,
  refused: readonly Left[],
  deleting: Deleting,
): Promise<Left[]> {
  const tried = new Set(refused.map(({ id }) => id));
  const assignments = await assignmentsAt(arm, group);
  const own = assignments.filter(({ scope, principalId }) => isAtOrBelow(scope, group) && principals.has(principalId));
  const ids = own.map(({ id }) => id).filter((id) => !tried.has(id));
  return deleteEach(arm, ids, authorizationVersion, deleting);
}

function stayingToo(deployment: Deployment, dryRun: boolean): string[] {
  const elsewhere = dryRun
    ? connectedElsewhere
    : "in other subscriptions that were not disconnected before, all of it: docs/connect.md says what that is";
  return [
    `the resource group ${deployment.AZURE_RESOURCE_GROUP}, which holds it`,
    ...staying(deployment),
    "deployments in the history of the resource group and of the subscription",
    elsewhere,
  ];
}

async function open(environment: NodeJS.ProcessEnv): Promise<Azure> {
  const { AZURE_SUBSCRIPTION_ID } = deploymentIn(environment);
  const surroundings = {
    environment: inItsCloud(environment),
    directory: process.cwd(),
    now: () => new Date(),
  };
  const settings = await settingsHere(surroundings);
  const credential = await credentialHere(settings, surroundings);
  const client = new ResourceManagementClient(credential, AZURE_SUBSCRIPTION_ID, {
    endpoint: settings.cloud.endpoint,
    credentials: { scopes: [tokenScope(settings.cloud)] },
  });
  const arm = await openArm(surroundings);
  return { arm, client, wait: (milliseconds) => delay(milliseconds), pollMilliseconds: 5_000 };
}

if (import.meta.main) {
  const unknown = process.argv.slice(2).filter((each) => each !== "--dry-run");
  if (unknown.length > 0) throw new Error(`There is no ${unknown.join(" ")}: --dry-run alone.`);
  const dryRun = process.argv.includes("--dry-run");
  const azure = await open(process.env);
  const left = await removeAllButJournal(azure, process.env, dryRun, (line) => void process.stdout.write(`${line}\n`));
  process.exitCode = left.length > 0 ? 1 : 0;
}
