import { expect, test } from "vitest";
import type { Line } from "../../../command/doctor/line.ts";
import type { Look } from "../../../command/doctor/look.ts";
import { network } from "../../../command/doctor/network.ts";
import { storage } from "../../../command/doctor/storage.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { armOf } from "../arm-of.ts";

const now = () => new Date("2026-11-23T08:00:00.000Z");

type Answers = { readonly [path: string]: JsonObject };

const subscription = "/subscriptions/a0000000-0000-4000-8000-000000000001";
const group = `${subscription}/resourceGroups/rg-guard`;
const site = `${group}/providers/Microsoft.Web/sites/func-guard`;
const accounts = `${group}/providers/Microsoft.Storage/storageAccounts`;
const endpoints = `${group}/providers/Microsoft.Network/privateEndpoints`;
const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-guard/subnets/integration`;

/** A private deployment as it should be. */
const deployed: Answers = {
  [site]: { properties: { state: "Running", publicNetworkAccess: "Disabled", virtualNetworkSubnetId: subnet } },
  [subnet]: subnetOf("10.64.0.0/27", "Microsoft.App/environments"),
  [accounts]: {
    value: [
      account("stguard", { publicNetworkAccess: "Enabled", networkAcls: { defaultAction: "Deny" } }),
      account("stjournal", { publicNetworkAccess: "Disabled" }),
    ],
  },
  ...endpointsTo([
    ["stguard", "blob"],
    ["stguard", "queue"],
    ["stguard", "table"],
    ["stjournal", "blob"],
    ["func-guard", "sites"],
  ]),
};

test("finds a subnet that fits, and an endpoint for the app and each service of its storage", async () => {
  const lines = await network(look(deployed));

  expect(lines.map(({ about, state }) => `${state} ${about}`)).toEqual([
    "ok subnet",
    "ok private endpoint stguard blob",
    "ok private endpoint stguard queue",
    "ok private endpoint stguard table",
    "ok private endpoint stjournal blob",
    "ok private endpoint func-guard sites",
  ]);
});

test("looks at nothing where the app is public and is meant to be", async () => {
  const open = { [site]: { properties: { state: "Running", publicNetworkAccess: "Enabled" } } };

  expect(await network(look(open))).toEqual([]);
  expect(await network({ ...look(open), wantsPrivate: true })).toMatchObject([
    { about: "network", state: "red", todo: "azd provision core" },
  ]);
});

test.each<[string, Answers, Partial<Line>]>([
  [
    "a subnet that is delegated to something else",
    { [subnet]: subnetOf("10.64.0.0/27", "Microsoft.Web/serverFarms") },
    {
      about: "subnet",
      state: "red",
      todo: `az network vnet subnet update --ids ${subnet} --delegations Microsoft.App/environments`,
    },
  ],
  [
    "a subnet that is smaller than Flex Consumption asks for",
    { [subnet]: subnetOf("10.64.0.0/28", "Microsoft.App/environments") },
    { about: "subnet", state: "warning" },
  ],
  [
    "an app in no subnet",
    { [site]: { properties: { state: "Running", publicNetworkAccess: "Disabled" } } },
    { about: "subnet", state: "red", todo: "azd provision core" },
  ],
  [
    "an endpoint that nobody accepted yet",
    endpointsTo(
      [
        ["stguard", "blob"],
        ["stguard", "table"],
        ["stjournal", "blob"],
        ["func-guard", "sites"],
      ],
      [["stguard", "queue"]],
    ),
    { about: "private endpoint stguard queue", state: "red", found: "pe-stguard-queue is Pending." },
  ],
  [
    "a service of storage without an endpoint",
    endpointsTo([
      ["stguard", "blob"],
      ["stguard", "queue"],
      ["stguard", "table"],
      ["func-guard", "sites"],
    ]),
    { about: "private endpoint stjournal blob", state: "red", todo: "azd provision access" },
  ],
  [
    "an endpoint whose name is in no zone",
    { [`${endpoints}/pe-func-guard-sites/privateDnsZoneGroups`]: { value: [] } },
    { about: "private endpoint func-guard sites", state: "warning" },
  ],
])("names %s", async (_, changed, line) => {
  const lines = await network(look({ ...deployed, ...changed }));

  expect(lines.filter(({ state }) => state !== "ok")).toMatchObject([line]);
});

test("takes a subnet that Azure does not show for missing, and says what Azure said", async () => {
  const { [subnet]: _gone, ...rest } = deployed;

  expect((await network(look(rest)))[0]).toMatchObject({
    about: "subnet",
    state: "red",
    found: expect.stringContaining("ResourceNotFound"),
  });
});

test("a firewall of storage is a warning only where the app is in no network", async () => {
  const warnings = async (answers: Answers) =>
    (await storage(look(answers))).filter(({ state }) => state === "warning").map(({ found }) => found);
  const outside = { ...deployed, [site]: { properties: { state: "Running" } } };

  expect(await warnings(deployed)).toEqual([]);
  expect(await warnings(outside)).toEqual([
    "stguard has a firewall: an app outside of it is refused.",
    "stjournal has a firewall: an app outside of it is refused.",
  ]);
});

test("asks for the roles on the service's own account alone: on the journal the role is on the container", async () => {
  const lines = await storage({ ...look(deployed), principal: "b0000000-0000-4000-8000-000000000001" });
  const red = lines.filter(({ state }) => state === "red").map(({ found }) => found);

  expect(red).toHaveLength(3);
  for (const found of red) expect(found).toContain("On stguard the service's identity lacks");
});

function look(answers: Answers): Look {
  const noRoles = { value: [] };
  const roles = {
    [`${accounts}/stguard/providers/Microsoft.Authorization/roleAssignments`]: noRoles,
    [`${subscription}/providers/Microsoft.Authorization/roleDefinitions`]: noRoles,
    [`${accounts}/stguard/providers/Microsoft.Authorization/roleDefinitions`]: noRoles,
  };
  return {
    arm: armOf({ ...roles, ...answers }),
    now,
    isLocal: false,
    subscription,
    scope: subscription,
    nodeVersion: "22",
    enforced: [],
    wantsPrivate: false,
    resourceGroup: "rg-guard",
    app: "func-guard",
  };
}

function account(name: string, properties: JsonObject): JsonObject {
  return {
    id: `${accounts}/${name}`,
    name,
    tags: { "azd-env-name": "production" },
    properties: { allowSharedKeyAccess: false, ...properties },
  };
}

function subnetOf(addressPrefix: string, serviceName: string): JsonObject {
  return { name: "integration", properties: { addressPrefix, delegations: [{ properties: { serviceName } }] } };
}

/** The list of endpoints, and for each its zone group. */
function endpointsTo(approved: [string, string][], pending: [string, string][] = []): Answers {
  const made = [
    ...approved.map(([target, service]) => endpointTo(target, service, "Approved")),
    ...pending.map(([target, service]) => endpointTo(target, service, "Pending")),
  ];
  const groups = made.map(({ id }) => [`${id}/privateDnsZoneGroups`, { value: [{ name: "default" }] }] as const);
  return { [endpoints]: { value: made }, ...Object.fromEntries(groups) };
}

function endpointTo(target: string, service: string, status: string): JsonObject & { id: string } {
  const name = `pe-${target}-${service}`;
  const properties = {
    privateLinkServiceId: service === "sites" ? site : `${accounts}/${target}`,
    groupIds: [service],
    privateLinkServiceConnectionState: { status, description: "" },
  };
  return {
    id: `${endpoints}/${name}`,
    name,
    properties: { provisioningState: "Succeeded", privateLinkServiceConnections: [{ name, properties }] },
  };
}
