import { afterAll, beforeAll, expect, test } from "vitest";
import { rolesOf } from "../../scripts/infra/roles.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { run } from "../command/run.ts";
import { startTestWebhook } from "../emulator/event-grid/webhook.ts";
import { assign } from "./guard-role.ts";
import { groupId, startWorld, subscriptionId, type World } from "./world.ts";

const { subscription: onSubscription, read, fixes } = rolesOf(baselines);
const subscription = `/subscriptions/${subscriptionId}`;
const fresh = "b0000000-0000-4000-8000-00000000000d";
const builtIn = [
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
];
let world: World;

beforeAll(async () => {
  world = await startWorld({});
  world.azure.arm.seed(groupId("doctored"), { location: "westeurope" });
  world.azure.arm.seed(groupId("rg-guard"), { location: "westeurope" });
});
afterAll(() => world?.close());

test("doctor shows what is red on the local Azure, and once each is mended as it says, nothing red", async () => {
  const id = `${groupId("rg-guard")}/providers/Microsoft.Storage/storageAccounts/stguard`;
  world.azure.arm.seed(id, { location: "westeurope", tags: { "azd-env-name": "production" } });
  const doctor = () =>
    run(
      [
        ...["doctor", "--subscription", subscriptionId, "--scope", groupId("doctored"), "--principal", fresh],
        ...["--resource-group", "rg-guard", "--enforced", "storage/secure-transfer", "--location", "westeurope"],
      ],
      world.azure.environment,
    );

  const first = await doctor();

  expect(first.code).toBe(1);
  const reds = first.out.filter((line) => line.startsWith("RED")).map((line) => line.slice(8).split(": At")[0]);
  expect(reds).toEqual([
    expect.stringContaining("storage: stguard takes shared keys"),
    expect.stringContaining("lacks Storage Blob Data Owner"),
    expect.stringContaining("lacks Storage Queue Data Contributor"),
    expect.stringContaining("lacks Storage Table Data Contributor"),
    "role: look at the subscription",
    "role: read",
    "role: fix storage/secure-transfer",
  ]);
  expect(first.out).toContain(`          do: az storage account update --ids ${id} --allow-shared-key-access false`);

  await world.person.storageAccounts.update("rg-guard", "stguard", { allowSharedKeyAccess: false });
  // As the layer access does.
  for (const role of builtIn) {
    const assignment = `${id}/providers/Microsoft.Authorization/roleAssignments/${role}`;
    const roleDefinitionId = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    world.azure.arm.seed(assignment, { properties: { roleDefinitionId, principalId: fresh, scope: id } });
  }
  assign(world.azure.arm, subscription, fresh, onSubscription);
  assign(world.azure.arm, groupId("doctored"), fresh, read);
  assign(world.azure.arm, groupId("doctored"), fresh, fixes.get("storage/secure-transfer") ?? []);
  const second = await doctor();

  expect(second.out.filter((line) => /^(RED|WARNING)/.test(line))).toEqual([
    "WARNING system topic: The subscription has evgs-local already, and can have no second one.",
  ]);
  expect(second.out).toContain("ok      service: It says that it is healthy; storage answers.");
  expect(second.code).toBe(0);
});

test("doctor looks at the app of GUARD_APP_ID where nothing else is named, and at no storage that is not Azure's", async () => {
  const { out } = await run(["doctor"], world.azure.environment);

  expect(out).toContain("ok      app: azure-encryption-guard runs, with its functions.");
  expect(out).toContain(
    "ok      event subscription azure-encryption-guard: Delivers to the app, and keeps what it can't deliver.",
  );
  expect(out).toContain("-       storage: Not looked at: the local Azure has none.");
});

test("doctor counts what Event Grid gave up on by the metrics of the topic", async () => {
  const webhook = await startTestWebhook();
  await world.azure.eventGrid.subscribe({
    name: "azure-encryption-guard",
    endpoint: webhook.url,
    eventDeliverySchema: "EventGridSchema",
  });
  webhook.answer = () => ({ status: 400 });
  await world.person.storageAccounts.update("rg-guard", "stguard", { tags: { seen: "by nobody" } });
  await world.azure.eventGrid.idle();
  await webhook.close();

  const { out } = await run(
    [
      ...["doctor", "--subscription", subscriptionId, "--resource-group", "rg-encryption-guard"],
      ...["--app", "azure-encryption-guard", "--principal", fresh],
    ],
    world.azure.environment,
  );

  expect(out).toContain("WARNING lost events: In the last 24 hours: 1 dropped, 0 dead-lettered.");
});

test("doctor finds what a private app lacks on the local Azure, and nothing once it is there", async () => {
  const group = groupId("rg-private");
  const site = `${group}/providers/Microsoft.Web/sites/func-guard`;
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/stjournal`;
  const network = `${group}/providers/Microsoft.Network`;
  const subnet = `${network}/virtualNetworks/vnet-guard/subnets/integration`;
  const { arm } = world.azure;
  const doctor = async () => {
    const names = ["--subscription", subscriptionId, "--resource-group", "rg-private", "--app", "func-guard"];
    const { out } = await run(["doctor", ...names, "--network", "private"], world.azure.environment);
    return out.filter((line) => /^\S+ +(?:subnet|private endpoint)/.test(line)).map((line) => line.split(": ")[0]);
  };
  const endpointTo = (target: string, service: string, kind = "privateLinkServiceConnections") => {
    const name = `pe-${service}`;
    const properties = { privateLinkServiceId: target, groupIds: [service] };
    arm.seed(`${network}/privateEndpoints/${name}`, {
      properties: { subnet: { id: subnet }, [kind]: [{ name, properties }] },
    });
    arm.seed(`${network}/privateEndpoints/${name}/privateDnsZoneGroups/default`);
  };
  arm.seed(group, { location: "westeurope" });
  arm.seed(site, { properties: { publicNetworkAccess: "Disabled", virtualNetworkSubnetId: subnet } });
  arm.seed(account, { tags: { "azd-env-name": "production" }, properties: { publicNetworkAccess: "Disabled" } });
  arm.seed(`${network}/virtualNetworks/vnet-guard`);
  arm.seed(subnet, { properties: { addressPrefix: "10.64.0.0/27" } });
  endpointTo(account, "blob", "manualPrivateLinkServiceConnections");

  const first = await doctor();
  arm.seed(subnet, {
    properties: {
      addressPrefix: "10.64.0.0/27",
      delegations: [{ name: "app", properties: { serviceName: "Microsoft.App/environments" } }],
    },
  });
  endpointTo(account, "blob");
  endpointTo(site, "sites");
  const second = await doctor();

  expect(first).toEqual([
    "RED     subnet",
    "RED     private endpoint stjournal blob",
    "RED     private endpoint func-guard sites",
  ]);
  expect(second).toEqual([
    "ok      subnet",
    "ok      private endpoint stjournal blob",
    "ok      private endpoint func-guard sites",
  ]);
});
