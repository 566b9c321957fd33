import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ResourceManagementClient } from "@azure/arm-resources";
import { type Arm, openArm } from "../../../command/check/arm.ts";
import type { Azure } from "../../../scripts/infra/remove-all-but-journal.ts";
import type { LocalArm } from "../../emulator/arm/local-arm.ts";

export const subscriptionId = "a0000000-0000-4000-8000-000000000001";
export const subscription = `/subscriptions/${subscriptionId}`;
export const group = `${subscription}/resourceGroups/rg-encryption-guard-production`;
const others = `${subscription}/resourceGroups/shared`;
export const topic = `${others}/providers/Microsoft.EventGrid/systemTopics/theirs`;
const authorization = "providers/Microsoft.Authorization";
export const guard = "b0000000-0000-4000-8000-000000000001";
export const somebody = "b0000000-0000-4000-8000-000000000002";
const delivery = "b0000000-0000-4000-8000-000000000003";
const ownOfTopic = "b0000000-0000-4000-8000-000000000004";

export const providers = `${group}/providers`;
export const journal = `${providers}/Microsoft.Storage/storageAccounts/stjournal`;
export const storage = `${providers}/Microsoft.Storage/storageAccounts/stguard`;
const site = `${providers}/Microsoft.Web/sites/app`;
const plan = `${providers}/Microsoft.Web/serverfarms/plan`;
const network = `${providers}/Microsoft.Network/virtualNetworks/vnet`;
export const zone = `${providers}/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net`;
export const components = `${providers}/Microsoft.Insights/components/appi`;
const role = `${subscription}/${authorization}/roleDefinitions/d0000000-0000-4000-8000-000000000001`;
const readerOfJournal = `${journal}/${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000009`;
const blobDataReader = `${subscription}/${authorization}/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1`;

/** As azd has it after the three layers. */
export const environment = {
  AZURE_ENV_NAME: "production",
  AZURE_SUBSCRIPTION_ID: subscriptionId,
  AZURE_RESOURCE_GROUP: "rg-encryption-guard-production",
  GUARD_IDENTITY_NAME: "id-guard",
  GUARD_JOURNAL_NAME: "stjournal",
  EXISTING_TOPIC_ID: topic,
};

/** What stays, by id: the journal with what is in it and an auditor's right to it, and all that is not in the group. */
export const kept = [
  group,
  journal,
  `${journal}/blobServices/default`,
  `${journal}/blobServices/default/containers/journal`,
  readerOfJournal,
  others,
  topic,
  `${topic}/eventSubscriptions/audit`,
  `${others}/providers/Microsoft.Storage/storageAccounts/theirs`,
];

/** What a private deployment leaves of its roles and events, and all that it makes in its resource group; each id in the order in which it goes. */
export const going = [
  `${topic}/eventSubscriptions/guard-production-0`,
  `${subscription}/${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000001`,
  role,
  `${group}/${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000002`,
  `${storage}/blobServices/default/containers/dead-letters/${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000003`,
  `${storage}/${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000004`,
  `${providers}/Microsoft.Insights/metricAlerts/guard-dropped-events`,
  `${providers}/Microsoft.Insights/scheduledQueryRules/guard-sweep-late`,
  `${providers}/Microsoft.Insights/actionGroups/ag`,
  `${providers}/Microsoft.Insights/workbooks/page`,
  `${providers}/Microsoft.EventGrid/systemTopics/evgs`,
  site,
  plan,
  `${providers}/Microsoft.Network/privateEndpoints/pe-stjournal-blob`,
  `${zone}/virtualNetworkLinks/link`,
  zone,
  network,
  components,
  storage,
  `${providers}/Microsoft.Network/networkInterfaces/pe-stjournal-blob.nic`,
  `${providers}/Microsoft.EventGrid/topics/evgt`,
  `${providers}/Microsoft.OperationalInsights/workspaces/log`,
  `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/id-guard`,
  `${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/id-guard-delivery`,
];

/** Puts all of it into the local Azure, with what somebody else has beside it. */
export function seedDeployment({ arm }: LocalArm): void {
  const subnet = `${network}/subnets/integration`;
  const toApp = { destination: { properties: { resourceId: `${site}/functions/resource-changed` } } };
  const tags = { "azd-env-name": "production" };
  arm.seed(group, { tags });
  arm.seed(storage, { tags });
  arm.seed(`${storage}/blobServices/default/containers/dead-letters`);
  arm.seed(journal, { tags });
  arm.seed(`${journal}/blobServices/default/containers/journal`);
  arm.seed(`${others}/providers/Microsoft.Storage/storageAccounts/theirs`);
  arm.seed(topic, { properties: { source: subscription } });
  arm.seed(`${topic}/eventSubscriptions/guard-production-0`, { properties: toApp });
  arm.seed(`${topic}/eventSubscriptions/audit`, { properties: toApp });
  arm.seed(`${providers}/Microsoft.EventGrid/systemTopics/evgs`, { tags, identity: { principalId: ownOfTopic } });
  arm.seed(network, { tags });
  arm.seed(subnet);
  arm.seed(`${providers}/Microsoft.Network/privateEndpoints/pe-stjournal-blob`, {
    tags,
    properties: { subnet: { id: `${network}/subnets/endpoints` } },
  });
  arm.seed(zone, { tags });
  arm.seed(plan, { tags });
  arm.seed(site, { tags, properties: { serverFarmId: plan, virtualNetworkSubnetId: subnet } });
  for (const [name, principalId] of [
    ["id-guard", guard],
    ["id-guard-delivery", delivery],
  ] as const) {
    arm.seed(`${providers}/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`, {
      tags,
      properties: { principalId },
    });
  }
  for (const id of going) if (isPlain(id) && !arm.resources.get(id)) arm.seed(id, { tags });
  const roleName = "Azure Encryption Guard production: read (abc123)";
  arm.seed(role, { properties: { roleName, assignableScopes: [subscription] } });
  const [ofRole = "", onGroup = "", onLetters = "", onStorage = ""] = going.filter((id) =>
    id.includes("/roleAssignments/"),
  );
  arm.seed(ofRole, { properties: { principalId: guard, roleDefinitionId: role } });
  arm.seed(onGroup, { properties: { principalId: guard, roleDefinitionId: blobDataReader } });
  arm.seed(onLetters, { properties: { principalId: delivery, roleDefinitionId: blobDataReader } });
  arm.seed(onStorage, { properties: { principalId: ownOfTopic, roleDefinitionId: blobDataReader } });
  arm.seed(readerOfJournal, { properties: { principalId: somebody, roleDefinitionId: blobDataReader } });
}

/** What nothing else is said of; the network interface comes with its endpoint. */
function isPlain(id: string): boolean {
  return id.startsWith(`${providers}/`) && !id.includes("/roleAssignments/") && !id.endsWith(".nic");
}

/** The end of a network interface's name is made by chance. */
export function withoutChance(id: string): string {
  return id.replace(/\.nic\..*$/, ".nic");
}

/** The local Azure as the commands open it, with the real clients; `waits` holds each pause that was asked for, none of which is kept. */
export async function openLocally(local: LocalArm): Promise<Azure & { waits: number[] }> {
  const waits: number[] = [];
  const client = new ResourceManagementClient(local.credential, subscriptionId, {
    endpoint: local.arm.endpoint,
    tlsOptions: local.tlsOptions,
  });
  const wait = async (milliseconds: number) => void waits.push(milliseconds);
  return { arm: await openLocalArm(local), client, wait, pollMilliseconds: 1, waits };
}

/** The local Azure Resource Manager, by path. */
export async function openLocalArm({ arm: { endpoint }, tlsOptions }: LocalArm): Promise<Arm> {
  return inFolder(tlsOptions.ca, (directory, CA_CERT) =>
    openArm({
      environment: { ARM_ENDPOINT: endpoint, ACCESS_TOKEN: "ops", CA_CERT },
      directory,
      now: () => new Date(),
    }),
  );
}

/** Runs something in a folder of its own that holds the certificate to trust. */
export async function inFolder<T>(ca: string, run: (directory: string, certificate: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), "removal-"));
  const certificate = path.join(directory, "ca.pem");
  await writeFile(certificate, ca);
  try {
    return await run(directory, certificate);
  } finally {
    await rm(directory, { recursive: true });
  }
}
