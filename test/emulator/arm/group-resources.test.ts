import { type GenericResourceExpanded, ResourceManagementClient } from "@azure/arm-resources";
import { afterEach, beforeEach, expect, test } from "vitest";
import { account, errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";

const providers = `${group}/providers`;
const site = `${providers}/Microsoft.Web/sites/app`;
const plan = `${providers}/Microsoft.Web/serverfarms/plan`;
const network = `${providers}/Microsoft.Network/virtualNetworks/sea`;
const endpoint = `${providers}/Microsoft.Network/privateEndpoints/pe`;
const zone = `${providers}/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net`;
/** Seeded alone, and held by nothing. */
const plain = [
  "Microsoft.Web/serverfarms",
  "Microsoft.ManagedIdentity/userAssignedIdentities",
  "Microsoft.OperationalInsights/workspaces",
  "Microsoft.Insights/components",
  "Microsoft.Insights/scheduledQueryRules",
  "Microsoft.Insights/metricAlerts",
  "Microsoft.Insights/actionGroups",
  "Microsoft.Insights/workbooks",
  "Microsoft.EventGrid/topics",
  "Microsoft.EventGrid/systemTopics",
  "Microsoft.Network/privateDnsZones",
  "Microsoft.Storage/storageAccounts",
].map((type) => `${providers}/${type}/one`);

let local: LocalArm;
let client: ResourceManagementClient;

beforeEach(async () => {
  local = await startLocalArm();
  client = new ResourceManagementClient(local.credential, subscriptionId, {
    endpoint: local.arm.endpoint,
    tlsOptions: local.tlsOptions,
    retryOptions: { maxRetries: 0 },
  });
});
afterEach(() => local.arm.close());

async function entries(): Promise<GenericResourceExpanded[]> {
  const found: GenericResourceExpanded[] = [];
  for await (const each of client.resources.listByResourceGroup("rg1")) found.push(each);
  return found;
}

async function listed(): Promise<(string | undefined)[]> {
  return (await entries()).map(({ id }) => id);
}

/** The client puts a slash before the id of its own accord. */
async function deleted(id: string): Promise<void> {
  await client.resources.deleteById(id.slice(1), "2024-01-01", { updateIntervalInMs: 1 });
}

test("what a deployment makes is listed in its group, and deleted by id, by the real client", async () => {
  for (const id of plain) local.arm.seed(id);

  const before = await listed();
  for (const id of plain) await deleted(id);

  expect(before.toSorted()).toEqual(plain.toSorted());
  expect(await listed()).toEqual([]);
});

test("a provider tells the api-versions of its types, newest first, previews among them", async () => {
  const { resourceTypes = [] } = await client.providers.get("Microsoft.Insights");

  const rules = resourceTypes.find(({ resourceType }) => resourceType === "scheduledQueryRules");
  expect(rules?.apiVersions?.slice(0, 2)).toEqual(["2024-01-01-preview", "2023-12-01"]);
});

test("a list tells the principal of a resource that has an identity of its own", async () => {
  local.arm.seed(account, { identity: { type: "SystemAssigned", principalId: "p", tenantId: "t" } });

  const [first] = await entries();

  expect(first).toMatchObject({ id: account, identity: { principalId: "p" } });
});

test("a plan with apps is refused, and goes with the last of them", async () => {
  local.arm.seed(plan);
  local.arm.seed(site, { properties: { serverFarmId: plan } });

  await expect(deleted(plan)).rejects.toMatchObject({
    statusCode: 409,
    code: "Conflict",
    message: "Server farm 'plan' cannot be deleted because it has web app(s) app assigned to it.",
  });
  await deleted(site);

  expect(await listed()).toEqual([]);
});

test("a network is refused while an app holds a subnet, and not once it let go", async () => {
  const integration = `${network}/subnets/integration`;
  local.arm.seed(network);
  local.arm.seed(integration);
  local.arm.seed(site, { properties: { virtualNetworkSubnetId: integration } });
  const held = await client.resources.getById(site.slice(1), "2024-04-01");

  await expect(deleted(network)).rejects.toMatchObject({ statusCode: 400, code: "InUseSubnetCannotBeDeleted" });
  await deleted(`${site}/networkConfig/virtualNetwork`);
  const free = await client.resources.getById(site.slice(1), "2024-04-01");
  await deleted(network);

  expect(held.properties?.virtualNetworkSubnetId).toBe(integration);
  expect(free.properties).not.toHaveProperty("virtualNetworkSubnetId");
  expect(await listed()).toEqual([site]);
});

test("a network and the network interface are refused while a private endpoint is there, which takes the interface with it", async () => {
  local.arm.seed(network);
  local.arm.seed(endpoint, { properties: { subnet: { id: `${network}/subnets/endpoints` } } });
  const networkInterface = (await listed()).find((id) => id?.includes("/networkInterfaces/")) ?? "";

  await expect(deleted(networkInterface)).rejects.toMatchObject({ code: "NicInUseWithPrivateEndpoint" });
  await expect(deleted(network)).rejects.toMatchObject({ code: "InUseSubnetCannotBeDeleted" });
  await deleted(endpoint);
  await deleted(network);

  expect(networkInterface).toContain("/pe.nic.");
  expect(await listed()).toEqual([]);
});

test("a private DNS zone is refused while it has a link", async () => {
  const link = `${zone}/virtualNetworkLinks/sea`;
  local.arm.seed(link);

  const refused = await local.send("DELETE", `${zone}?api-version=2024-06-01`);
  await deleted(link);
  await deleted(zone);

  expect(refused.status).toBe(409);
  expect(errorOf(refused)).toMatchObject({
    code: "CannotDeleteResource",
    message: expect.stringContaining("virtualNetworkLinks/sea'. Please delete all nested resources"),
  });
  expect(await listed()).toEqual([]);
});

test("a group that is not there has no list", async () => {
  const answer = await local.send("GET", `${group}-other/resources?api-version=2021-04-01`);

  expect(errorOf(answer).code).toBe("ResourceGroupNotFound");
});
