import type { GenericResourceExpanded, Provider, ResourceManagementClient } from "@azure/arm-resources";
import { refusalOf } from "../../command/connect/azure-side.ts";
import type { Left } from "../../command/remove/delete-each.ts";

/** One resource of a resource group, as far as its removal goes. */
export interface GroupResource {
  id: string;
  /** As Azure writes it, e.g. Microsoft.Web/sites. Compare it without case. */
  type: string;
  tags: Record<string, string>;
  /** Of an identity that goes with the resource; undefined where it has none. */
  principalId?: string;
}

/** By whom resources are listed and deleted, and at which pace. */
export interface ResourceGroupClient {
  client: ResourceManagementClient;
  wait(milliseconds: number): Promise<void>;
  /** Between two looks at a deletion that goes on; Azure's own Retry-After counts more. */
  pollMilliseconds: number;
}

const siteType = "microsoft.web/sites";

/** Nothing comes before what uses it: what is in this list in its order, then what is not, then identities, which others carry. */
const order = [
  "microsoft.insights/metricalerts",
  "microsoft.insights/scheduledqueryrules",
  "microsoft.alertsmanagement/smartdetectoralertrules",
  "microsoft.insights/actiongroups",
  "microsoft.insights/workbooks",
  "microsoft.eventgrid/systemtopics",
  siteType,
  "microsoft.web/serverfarms",
  "microsoft.network/privateendpoints",
  "microsoft.network/privatednszones/virtualnetworklinks",
  "microsoft.network/privatednszones",
  "microsoft.network/virtualnetworks",
  "microsoft.insights/components",
];
const last = "microsoft.managedidentity/userassignedidentities";

/** What was in use is not free at once: a zone is refused for a while after its links went (Azure/azure-cli#15010). */
const mostPasses = 8;
const pauseMilliseconds = 30_000;
/** Azure's codes for what no waiting changes (learn.microsoft.com, "Troubleshoot common Azure deployment errors"). */
const final =
  /^(ScopeLocked|AuthorizationFailed|LinkedAuthorizationFailed|DenyAssignmentAuthorizationFailed|RequestDisallowedByPolicy): /;
/** For one resource; a network that Azure still looks through is the slowest. */
const limitMilliseconds = 15 * 60_000;

/** All resources of a resource group that Azure lists there. Throws where it refuses. */
export async function resourcesOf(client: ResourceManagementClient, group: string): Promise<GroupResource[]> {
  const found: GroupResource[] = [];
  for await (const each of client.resources.listByResourceGroup(group)) found.push(...groupResource(each));
  return found;
}

function groupResource({ id, type, tags = {}, identity }: GenericResourceExpanded): GroupResource[] {
  if (id === undefined || type === undefined) return [];
  return [{ id, type, tags, ...(identity?.principalId === undefined ? {} : { principalId: identity.principalId }) }];
}

/** In the order in which they are deleted. */
export function inOrder(resources: readonly GroupResource[]): GroupResource[] {
  return resources.toSorted((one, other) => rank(one) - rank(other));
}

function rank({ type }: GroupResource): number {
  const name = type.toLowerCase();
  if (name === last) return order.length + 1;
  const place = order.indexOf(name);
  return place === -1 ? order.length : place;
}

/**
 * Deletes resources, one after the other, and those that Azure refused again, in some passes with a pause between them: what used them may be
 * gone then. Gives up after eight passes, or where waiting helps nobody: a lock, a missing right. Gives what is left, with what Azure said last.
 * Never rejects for a refusal.
 * @param told gets each id once it is gone.
 */
export async function deleteResources(
  azure: ResourceGroupClient,
  resources: readonly GroupResource[],
  told: (id: string) => void,
): Promise<Left[]> {
  const versionOf = newestVersions(azure.client);
  let todo = inOrder(resources);
  let left: Left[] = [];
  for (let pass = 0; pass < mostPasses; pass += 1) {
    if (pass > 0) await azure.wait(pauseMilliseconds);
    left = [];
    for (const resource of todo) {
      const why = await refusalToDelete(azure, resource, versionOf);
      if (why === undefined) told(resource.id);
      else left.push({ id: resource.id, why });
    }
    if (left.every(({ why }) => final.test(why))) return left;
    const refused = new Set(left.map(({ id }) => id));
    todo = todo.filter(({ id }) => refused.has(id));
  }
  return left;
}

/** Undefined once it is gone. */
async function refusalToDelete(
  azure: ResourceGroupClient,
  { id, type }: GroupResource,
  versionOf: (type: string) => Promise<string>,
): Promise<string | undefined> {
  const abortSignal = AbortSignal.timeout(limitMilliseconds);
  try {
    const version = await versionOf(type);
    if (type.toLowerCase() === siteType) await letGoOfSubnet(azure, id, version, abortSignal);
    await deleteById(azure, id, version, abortSignal);
    return undefined;
  } catch (thrown) {
    return abortSignal.aborted ? "Azure was still at it after 15 minutes." : refusalOf(thrown);
  }
}

/** An app that goes with a hold on a subnet leaves it behind, and the subnet can't be changed or deleted any more (docs: "Integrate your app with an Azure virtual network"). */
async function letGoOfSubnet(
  azure: ResourceGroupClient,
  siteId: string,
  version: string,
  abortSignal: AbortSignal,
): Promise<void> {
  const site = await found(azure.client.resources.getById(pathOf(siteId), version, { abortSignal }));
  if (!site?.properties?.virtualNetworkSubnetId) return;
  await deleteById(azure, `${siteId}/networkConfig/virtualNetwork`, version, abortSignal);
}

async function deleteById(
  { client, pollMilliseconds }: ResourceGroupClient,
  id: string,
  version: string,
  abortSignal: AbortSignal,
): Promise<void> {
  await found(client.resources.deleteById(pathOf(id), version, { abortSignal, updateIntervalInMs: pollMilliseconds }));
}

/** The client puts a slash before an id of its own accord: with two, it is another path. */
function pathOf(id: string): string {
  return id.replace(/^\//, "");
}

/** Undefined where it is gone already. */
async function found<T>(asked: PromiseLike<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof Error && "statusCode" in thrown && thrown.statusCode === 404) return undefined;
    throw thrown;
  }
}

/** By the full type, as its provider lists them: the newest version that is no preview, or the newest preview of what has no other. */
function newestVersions(client: ResourceManagementClient): (type: string) => Promise<string> {
  const providers = new Map<string, Provider>();
  return async (type) => {
    const [namespace = "", ...rest] = type.split("/");
    const provider = providers.get(namespace) ?? (await client.providers.get(namespace));
    providers.set(namespace, provider);
    const { resourceTypes = [] } = provider;
    const name = rest.join("/").toLowerCase();
    const { apiVersions = [] } = resourceTypes.find(({ resourceType }) => resourceType?.toLowerCase() === name) ?? {};
    const newestFirst = apiVersions.toSorted().toReversed();
    const version = newestFirst.find((each) => /^\d{4}-\d{2}-\d{2}$/.test(each)) ?? newestFirst[0];
    if (version === undefined) throw new Error(`Azure lists no api-version of ${type}.`);
    return version;
  };
}
