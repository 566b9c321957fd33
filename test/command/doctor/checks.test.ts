import { describe, expect, test } from "vitest";
import { lookAtAll } from "../../../command/doctor/checks.ts";
import type { Line } from "../../../command/doctor/line.ts";
import { exitCodes } from "../../../command/frame/output.ts";
import { rolesOf } from "../../../scripts/infra/roles.ts";
import { baselines } from "../../../shared/baselines/index.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { armOf } from "../arm-of.ts";
import { run } from "../run.ts";

const now = () => new Date("2026-11-23T08:00:00.000Z");
const subscription = "/subscriptions/a0000000-0000-4000-8000-000000000001";
const group = `${subscription}/resourceGroups/rg-guard`;
const site = `${group}/providers/Microsoft.Web/sites/func-guard`;
const account = `${group}/providers/Microsoft.Storage/storageAccounts/stguard`;
const topic = `${group}/providers/Microsoft.EventGrid/systemTopics/evgs-guard`;
const authorization = "providers/Microsoft.Authorization";
const givenWorkspace =
  "/subscriptions/a0000000-0000-4000-8000-000000000002/resourceGroups/monitoring/providers/Microsoft.OperationalInsights/workspaces/all";
const guard = "b0000000-0000-4000-8000-000000000001";
const person = "c0000000-0000-4000-8000-000000000001";
const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const claims = { oid: person, tid: "11111111-1111-4111-8111-111111111111", upn: "alex@polaris.example" };
const token = `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`;
const namespaces = ["Web", "Storage", "ManagedIdentity", "EventGrid", "Insights", "OperationalInsights"];
const { managementGroup, subscription: onSubscription, read, fixes } = rolesOf(baselines);
const dataRoles = [
  "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
];

/** An Azure in which everything is as it should be, before and after the deployment. */
const good: { [path: string]: JsonObject } = {
  [subscription]: { displayName: "Cruises", state: "Enabled", tenantId: claims.tid },
  ...Object.fromEntries(
    namespaces.map((name) => [`${subscription}/providers/Microsoft.${name}`, { registrationState: "Registered" }]),
  ),
  [`${subscription}/providers/Microsoft.Web/geoRegions`]: { value: [{ name: "West Europe" }, { name: "East US" }] },
  "/providers/Microsoft.Web/locations/westeurope/functionAppStacks": { value: [stack("20"), stack("22")] },
  [`${subscription}/providers/Microsoft.EventGrid/systemTopics`]: { value: [] },
  [`${subscription}/${authorization}/roleDefinitions`]: {
    value: [
      role(owner, "Owner", ["*"]),
      role("r1", "look at the subscription", onSubscription),
      role("r2", "read", read),
    ],
  },
  [`${subscription}/${authorization}/roleAssignments`]: {
    value: [assigned(person, owner), assigned(guard, "r1"), assigned(guard, "r2")],
  },
};
const excludedPaths = ["/runtime/webhooks/EventGrid", "/api/health"];
const deployed: { [path: string]: JsonObject } = {
  ...good,
  [`${subscription}/${authorization}/roleAssignments`]: { value: [assigned(guard, "r1"), assigned(guard, "r2")] },
  [`${subscription}/providers/Microsoft.EventGrid/systemTopics`]: { value: [systemTopic()] },
  [`${topic}/eventSubscriptions`]: { value: [eventSubscription({ deadLetterWithResourceIdentity: {} })] },
  [`${topic}/providers/Microsoft.Insights/metrics`]: lostEvents(0, 0),
  [site]: {
    properties: { state: "Running" },
    identity: { userAssignedIdentities: { "/id": { principalId: guard, clientId: "x" } } },
  },
  [`${site}/functions/resource-changed`]: {},
  [`${site}/config/authsettingsV2`]: authentication(excludedPaths),
  [`${group}/providers/Microsoft.Storage/storageAccounts`]: { value: [storageAccount(false)] },
  [`${account}/${authorization}/roleAssignments`]: { value: dataRoles.map((name) => assigned(guard, name)) },
};

describe("before a deployment, doctor", () => {
  test("finds nothing red where nothing is", async () => {
    expect(notOk(await lookBefore({}))).toEqual([]);
  });

  test.each<[string, { [path: string]: JsonObject }, Partial<Line>]>([
    [
      "a provider that is not registered",
      { [`${subscription}/providers/Microsoft.Web`]: { registrationState: "NotRegistered" } },
      {
        about: "provider Microsoft.Web",
        state: "red",
        todo: "az provider register --namespace Microsoft.Web --subscription a0000000-0000-4000-8000-000000000001 --wait",
      },
    ],
    [
      "a region without Flex Consumption",
      { [`${subscription}/providers/Microsoft.Web/geoRegions`]: { value: [{ name: "East US" }] } },
      { about: "region", state: "red", todo: "azd env set AZURE_LOCATION REGION, one of eastus" },
    ],
    [
      "a region that lists Node 24 alone",
      { "/providers/Microsoft.Web/locations/westeurope/functionAppStacks": { value: [stack("24")] } },
      { about: "node version", state: "red", todo: "azd env set GUARD_NODE_VERSION 24" },
    ],
    [
      "a system topic that is there already",
      { [`${subscription}/providers/Microsoft.EventGrid/systemTopics`]: { value: [systemTopic()] } },
      { about: "system topic", state: "warning", todo: `azd env set EXISTING_TOPIC_ID ${topic}` },
    ],
    [
      "somebody who may not assign roles",
      { [`${subscription}/${authorization}/roleAssignments`]: { value: [] } },
      { about: "may assign roles", state: "red" },
    ],
    [
      "somebody who may assign roles in one group alone",
      { [`${subscription}/${authorization}/roleAssignments`]: { value: [assigned(person, owner, group)] } },
      { about: "may assign roles", state: "red" },
    ],
    [
      "a subscription that is disabled",
      { [subscription]: { displayName: "Cruises", state: "Disabled", tenantId: claims.tid } },
      { about: "subscription", state: "red" },
    ],
  ])("names %s, and what to do", async (_, changed, line) => {
    expect(notOk(await lookBefore(changed))).toMatchObject([line]);
  });

  test("asks for the providers of networks where the deployment is meant to be private", async () => {
    const lines = await lookAtAll({ ...look(good), wantsPrivate: true });

    expect(notOk(lines)).toMatchObject([
      { about: "provider Microsoft.Network", state: "red" },
      { about: "provider Microsoft.App", state: "red" },
    ]);
  });

  test("goes on where Azure does not show one thing, and tells that", async () => {
    const { [`${subscription}/providers/Microsoft.Web/geoRegions`]: _hidden, ...rest } = good;

    const lines = await lookAtAll({ ...look(rest), location: "westeurope" });

    expect(notOk(lines)).toMatchObject([{ about: "region", state: "red" }]);
    expect(lines.at(-1)).toMatchObject({ about: "system topic", state: "ok" });
  });
});

describe("after a deployment, doctor", () => {
  test("finds nothing red where nothing is", async () => {
    expect(notOk(await lookAfter({}))).toEqual([]);
  });

  test.each<[string, { [path: string]: JsonObject }, Partial<Line>]>([
    ["an app that is stopped", { [site]: stopped() }, { about: "app", state: "red" }],
    [
      "Event Grid's path behind the sign-in",
      { [`${site}/config/authsettingsV2`]: authentication(["/api/health"]) },
      { about: "authentication", state: "red", todo: "azd provision core" },
    ],
    [
      "a sign-in that takes no tokens that the Azure CLI asked for, nor any other application",
      { [`${site}/config/authsettingsV2`]: authentication(excludedPaths, ["guard"]) },
      {
        about: "authentication",
        state: "warning",
        todo: "azd env set ALLOWED_APPLICATIONS 04b07795-8ddb-461a-bbee-02f9e1bf7b46, then azd provision core",
      },
    ],
    [
      "events that go elsewhere",
      { [`${topic}/eventSubscriptions`]: { value: [eventSubscription({}, `${group}/other`)] } },
      {
        about: "event subscriptions",
        state: "red",
        todo: "azd provision events, or azure-encryption-guard connect",
      },
    ],
    [
      "that there is no system topic",
      { [`${subscription}/providers/Microsoft.EventGrid/systemTopics`]: { value: [] } },
      { about: "system topic", state: "red", todo: "azd provision events, or azure-encryption-guard connect" },
    ],
    [
      "what can't be delivered being dropped",
      { [`${topic}/eventSubscriptions`]: { value: [eventSubscription({})] } },
      { about: "event subscription guard-production-0", state: "warning" },
    ],
    [
      "events that Event Grid gave up on",
      { [`${topic}/providers/Microsoft.Insights/metrics`]: lostEvents(2, 3) },
      {
        about: "lost events",
        state: "warning",
        found: "In the last 24 hours: 2 dropped, 3 dead-lettered.",
        todo: "Look why the app refused them; azure-encryption-guard sweep finds what they told of",
      },
    ],
    [
      "metrics that are not shown",
      { [`${topic}/providers/Microsoft.Insights/metrics`]: {} },
      { about: "lost events", state: "warning", found: expect.stringContaining("not shown") },
    ],
    [
      "a storage account that takes shared keys",
      { [`${group}/providers/Microsoft.Storage/storageAccounts`]: { value: [storageAccount(true)] } },
      {
        about: "storage",
        state: "red",
        todo: `az storage account update --ids ${account} --allow-shared-key-access false`,
      },
    ],
    [
      "a role on storage that is missing",
      {
        [`${account}/${authorization}/roleAssignments`]: {
          value: dataRoles.slice(1).map((each) => assigned(guard, each)),
        },
      },
      { about: "storage", state: "red", todo: "azd provision access" },
    ],
    [
      "a reading role that is missing",
      { [`${subscription}/${authorization}/roleAssignments`]: { value: [assigned(guard, "r1")] } },
      { about: "role: read", state: "red", todo: "azd provision access" },
    ],
    [
      "what the service's identity has too much",
      {
        [`${subscription}/${authorization}/roleAssignments`]: {
          value: [assigned(guard, "r1"), assigned(guard, "r2"), assigned(guard, owner)],
        },
      },
      { about: "roles: no more", state: "warning", found: "Not needed: * by Owner." },
    ],
  ])("names %s, and what to do", async (_, changed, line) => {
    expect(notOk(await lookAfter(changed))).toMatchObject([line]);
  });

  test("takes events for delivered that come by the queue of the account beside the app", async () => {
    const byQueue = (id: string) => ({
      destination: null,
      deliveryWithResourceIdentity: { destination: { properties: { resourceId: id, queueName: "events" } } },
      deadLetterWithResourceIdentity: {},
    });
    const own = { [`${topic}/eventSubscriptions`]: { value: [eventSubscription(byQueue(account))] } };
    const elsewhere = account.replace("rg-guard", "rg-others");
    const others = { [`${topic}/eventSubscriptions`]: { value: [eventSubscription(byQueue(elsewhere))] } };

    expect(notOk(await lookAfter(own))).toEqual([]);
    expect(notOk(await lookAfter(others))).toMatchObject([{ about: "event subscriptions", state: "red" }]);
  });

  test("finds events that come by the queue", async () => {
    const destination = { endpointType: "StorageQueue", properties: { resourceId: account, queueName: "events" } };
    const byQueue = (properties: JsonObject) => ({
      [`${topic}/eventSubscriptions`]: {
        value: [
          eventSubscription({
            destination: null,
            deliveryWithResourceIdentity: { identity: { type: "SystemAssigned" }, destination: properties },
            deadLetterWithResourceIdentity: {},
          }),
        ],
      },
    });

    expect(notOk(await lookAfter(byQueue(destination)))).toEqual([]);
    const elsewhere = { ...destination, properties: { resourceId: account, queueName: "others" } };
    expect(notOk(await lookAfter(byQueue(elsewhere)))).toMatchObject([{ about: "event subscriptions", state: "red" }]);
  });

  test("misses the role of a fix that is enforced, until it is assigned", async () => {
    const enforced = ["storage/minimum-tls"];
    const actions = fixes.get("storage/minimum-tls") ?? [];
    const withRole = {
      [`${subscription}/${authorization}/roleDefinitions`]: {
        value: [role("r1", "look", onSubscription), role("r2", "read", read), role("r3", "fix", actions)],
      },
      [`${subscription}/${authorization}/roleAssignments`]: {
        value: [assigned(guard, "r1"), assigned(guard, "r2"), assigned(guard, "r3")],
      },
    };

    expect(notOk(await lookAfter({}, enforced))).toMatchObject([
      { about: "role: fix storage/minimum-tls", state: "red" },
    ]);
    expect(notOk(await lookAfter(withRole, enforced))).toEqual([]);
  });
});

describe("where the log goes by a component that is there already, doctor", () => {
  const insights =
    "/subscriptions/a0000000-0000-4000-8000-000000000002/resourceGroups/monitoring/providers/Microsoft.Insights/components/all";
  const publisher = "3913510d-42f4-4e42-8a64-420c390055eb";
  const component = (properties: JsonObject) => ({
    properties: { WorkspaceResourceId: givenWorkspace, DisableLocalAuth: true, ...properties },
  });
  const roles = `${insights}/${authorization}/roleAssignments`;
  const itsGroup = insights.slice(0, insights.indexOf("/providers/"));
  const userAccessAdministrator = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";
  const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
  /** Azure before the deployment, in which somebody has these roles in the component's resource group. */
  const withRolesThere = (...names: string[]) => ({
    ...good,
    [insights]: component({}),
    [`${itsGroup}/${authorization}/roleDefinitions`]: {
      value: [
        role(userAccessAdministrator, "User Access Administrator", ["*/read", "Microsoft.Authorization/*"]),
        role(contributor, "Contributor", ["*"], ["Microsoft.Authorization/*/Write"]),
      ],
    },
    [`${itsGroup}/${authorization}/roleAssignments`]: { value: names.map((name) => assigned(person, name, itsGroup)) },
  });
  const seenBefore = (azure: { [path: string]: JsonObject }) => lookAtAll({ ...look(azure), insights });
  const seenAfter = (azure: { [path: string]: JsonObject }) =>
    lookAtAll({ ...look({ ...deployed, ...azure }), insights, resourceGroup: "rg-guard", app: "func-guard" });
  const published = { value: [assigned(guard, publisher, insights)] };

  test("says where it goes, before a deployment and after it", async () => {
    const expected = { about: "log", state: "ok", found: expect.stringContaining(givenWorkspace) };
    const before = await seenBefore(withRolesThere(userAccessAdministrator, contributor));
    const after = await seenAfter({ [insights]: component({}), [roles]: published });

    for (const lines of [before, after]) {
      expect(lines).toContainEqual(expected);
      expect(notOk(lines)).toEqual([]);
    }
  });

  test.each<[string, string[], string, string]>([
    [
      "to make deployments",
      [userAccessAdministrator],
      "Microsoft.Resources/deployments/write",
      `az role assignment create --assignee ${person} --role "Contributor" --scope ${itsGroup} (by its owner), or have the layer access deployed by them`,
    ],
    [
      "to assign roles",
      [contributor],
      "Microsoft.Authorization/roleAssignments/write",
      `az role assignment create --assignee ${person} --role "User Access Administrator" --scope ${itsGroup} (by its owner), or have the layer access deployed by them`,
    ],
    [
      "to do either",
      [],
      "Microsoft.Resources/deployments/write, Microsoft.Authorization/roleAssignments/write",
      `az role assignment create --assignee ${person} --role "Contributor" --scope ${itsGroup}; az role assignment create --assignee ${person} --role "User Access Administrator" --scope ${itsGroup} (by its owner), or have the layer access deployed by them`,
    ],
  ])("misses the right %s in its resource group, beforehand", async (_, held, missing, todo) => {
    expect(notOk(await seenBefore(withRolesThere(...held)))).toEqual([
      {
        about: "may assign roles",
        state: "red",
        found: `No role of yours on ${itsGroup} allows ${missing}: the service's identity gets its role there.`,
        todo,
      },
    ]);
  });

  test("tells that who asks may not see who has roles in its resource group, and looks at the rest", async () => {
    const lines = await seenBefore({ ...good, [insights]: component({}) });

    expect(notOk(lines)).toMatchObject([
      { about: "may assign roles", state: "red", found: expect.stringContaining(`${itsGroup}/`) },
    ]);
    expect(lines).toContainEqual(expect.objectContaining({ about: "log", state: "ok" }));
  });

  test("is red where a workspace is given too, since the layer core is refused once the layer access is there", async () => {
    const azure = withRolesThere(userAccessAdministrator, contributor);
    const lines = await lookAtAll({ ...look({ ...azure, [givenWorkspace]: {} }), insights, workspace: givenWorkspace });

    expect(notOk(lines)).toMatchObject([
      { about: "log", state: "red", todo: expect.stringContaining('azd env set EXISTING_WORKSPACE_ID ""') },
    ]);
  });

  test("misses the right to log there, until it is assigned on the component or above it", async () => {
    const elsewhere = { value: [assigned(guard, publisher, group)] };
    const above = { value: [assigned(guard, publisher, insights.split("/providers/")[0])] };

    expect(notOk(await seenAfter({ [insights]: component({}), [roles]: elsewhere }))).toMatchObject([
      { about: "log", state: "red", todo: "azd provision access" },
    ]);
    expect(notOk(await seenAfter({ [insights]: component({}), [roles]: above }))).toEqual([]);
  });

  test("warns of one that takes lines without a token", async () => {
    const azure = { [insights]: component({ DisableLocalAuth: false }), [roles]: published };

    expect(notOk(await seenAfter(azure))).toMatchObject([{ about: "log", state: "warning" }]);
  });

  test.each<[string, { [path: string]: JsonObject }, string]>([
    ["is not shown", {}, "ResourceNotFound"],
    ["has no workspace", { [insights]: { properties: {} } }, "classic"],
  ])("finds one red that %s", async (_, azure, said) => {
    expect(notOk(await seenAfter(azure))).toMatchObject([
      { about: "log", state: "red", found: expect.stringContaining(said) },
    ]);
  });

  test("is told of it by its resource id alone, since another address would get the token", async () => {
    const environment = { EXISTING_INSIGHTS_ID: "https://elsewhere.example/components/all" };
    const args = ["doctor", "--subscription", subscription.slice("/subscriptions/".length)];

    const { code, error } = await run(args, environment);

    expect(code).toBe(exitCodes.unable);
    expect(error.join()).toContain("is not the resource id of an Application Insights component");
  });
});

describe("where the log goes to a workspace that is there already, doctor", () => {
  const seen = (azure: { [path: string]: JsonObject }) =>
    lookAtAll({ ...look({ ...good, ...azure }), workspace: givenWorkspace });

  test("says where it goes", async () => {
    const lines = await seen({ [givenWorkspace]: {} });

    expect(notOk(lines)).toEqual([]);
    expect(lines).toContainEqual({ about: "log", state: "ok", found: expect.stringContaining(givenWorkspace) });
  });

  test("finds one red that is not shown", async () => {
    expect(notOk(await seen({}))).toMatchObject([
      { about: "log", state: "red", found: expect.stringContaining("ResourceNotFound") },
    ]);
  });

  test.each([
    ["by the environment", [], { EXISTING_WORKSPACE_ID: "https://elsewhere.example/workspaces/all" }],
    ["by an option", ["--workspace", `${group}/providers/Microsoft.Insights/components/all`], {}],
  ])("is told of it by its resource id alone, %s", async (_, args, environment) => {
    const { code, error } = await run(
      ["doctor", "--subscription", subscription.slice("/subscriptions/".length), ...args],
      environment,
    );

    expect(code).toBe(exitCodes.unable);
    expect(error.join()).toContain("is not the resource id of a Log Analytics workspace");
  });
});

describe("where a management group is the scope, doctor", () => {
  const lines = "/providers/Microsoft.Management/managementGroups/lines";
  const atGroup = (principal: string, role: string) => assigned(principal, role, lines);
  /** Azure with these assignments on the group; on the subscription the service's identity has none. */
  function azureWith(assignments: JsonObject[]): { [path: string]: JsonObject } {
    return {
      ...deployed,
      [`${subscription}/${authorization}/roleAssignments`]: { value: [assigned(person, owner)] },
      [`${lines}/${authorization}/roleDefinitions`]: {
        value: [
          role(owner, "Owner", ["*"]),
          role("r4", "read", [...managementGroup, ...onSubscription, ...read]),
          role("r5", "read without the group", [...onSubscription, ...read]),
        ],
      },
      [`${lines}/${authorization}/roleAssignments`]: { value: assignments },
    };
  }
  const seenAfter = async (assignments: JsonObject[]) =>
    notOk(
      await lookAtAll({ ...look(azureWith(assignments)), scope: lines, resourceGroup: "rg-guard", app: "func-guard" }),
    );

  test("finds nothing red where the one role hangs at the group alone", async () => {
    expect(await seenAfter([atGroup(guard, "r4")])).toEqual([]);
  });

  test("misses the right to see what is in the group, and says how the roles are deployed there", async () => {
    expect(await seenAfter([atGroup(guard, "r5")])).toMatchObject([
      {
        about: "role: read",
        state: "red",
        found: `At ${lines} nothing allows Microsoft.Management/managementGroups/descendants/read.`,
        todo: expect.stringContaining("deploy-with-az -- management-group"),
      },
    ]);
  });

  test("asks beforehand for the right to assign roles on the group too", async () => {
    const seenBefore = async (assignments: JsonObject[]) => {
      const topics = { [`${subscription}/providers/Microsoft.EventGrid/systemTopics`]: { value: [] } };
      const azure = { ...azureWith(assignments), ...topics };
      return notOk(await lookAtAll({ ...look(azure), scope: lines, location: "westeurope" }));
    };

    expect(await seenBefore([atGroup(person, owner)])).toEqual([]);
    expect(await seenBefore([])).toMatchObject([
      { about: "may assign roles", state: "red", todo: expect.stringContaining(`--scope ${lines}`) },
    ]);
  });
});

function lookBefore(changed: { [path: string]: JsonObject }): Promise<Line[]> {
  return lookAtAll({ ...look({ ...good, ...changed }), location: "westeurope" });
}

function lookAfter(changed: { [path: string]: JsonObject }, enforced: string[] = []): Promise<Line[]> {
  return lookAtAll({ ...look({ ...deployed, ...changed }), resourceGroup: "rg-guard", app: "func-guard", enforced });
}

function look(answers: { [path: string]: JsonObject }) {
  const arm = armOf(answers, undefined, token);
  return {
    arm,
    now,
    isLocal: false,
    subscription,
    scope: subscription,
    nodeVersion: "22",
    enforced: [],
    wantsPrivate: false,
  };
}

function notOk(lines: readonly Line[]): Line[] {
  return lines.filter(({ state }) => state !== "ok");
}

function stack(version: string): JsonObject {
  const Sku = [{ skuCode: "FC1", functionAppConfigProperties: { runtime: { name: "node", version } } }];
  const minorVersions = [{ stackSettings: { linuxRuntimeSettings: { runtimeVersion: `Node|${version}`, Sku } } }];
  return { name: "node", properties: { majorVersions: [{ minorVersions }] } };
}

function role(name: string, roleName: string, actions: string[], notActions: string[] = []): JsonObject {
  const permissions = [{ actions, notActions }];
  const properties = { roleName, type: "CustomRole", assignableScopes: [subscription], permissions };
  return { id: `${subscription}/${authorization}/roleDefinitions/${name}`, name, properties };
}

function assigned(principalId: string, roleName: string, scope = subscription): JsonObject {
  const roleDefinitionId = `${subscription}/${authorization}/roleDefinitions/${roleName}`;
  return { id: `/assignments/${roleName}`, properties: { principalId, roleDefinitionId, scope } };
}

function systemTopic(): JsonObject {
  const properties = {
    topicType: "Microsoft.Resources.Subscriptions",
    source: subscription,
    provisioningState: "Succeeded",
  };
  return { id: topic, name: "evgs-guard", properties };
}

function eventSubscription(more: JsonObject, resourceId = `${site}/functions/resource-changed`): JsonObject {
  const properties = { provisioningState: "Succeeded", destination: { properties: { resourceId } }, ...more };
  return { name: "guard-production-0", properties };
}

/** In the shape of the swagger's examples, GetMetric and GetMetricError. */
function lostEvents(dropped: number, deadLettered: number): JsonObject {
  const metric = (name: string, total: number) => ({
    id: `${topic}/providers/Microsoft.Insights/metrics/${name}`,
    type: "Microsoft.Insights/metrics",
    name: { value: name, localizedValue: name },
    unit: "Count",
    timeseries: total === 0 ? [] : [{ metadatavalues: [], data: [{ timeStamp: "2026-11-22T08:00:00Z", total }] }],
    errorCode: "Success",
  });
  const value = [metric("DeadLetteredCount", deadLettered), metric("DroppedEventCount", dropped)];
  return { cost: 0, timespan: "2026-11-22T08:00:00Z/2026-11-23T08:00:00Z", interval: "PT24H", value };
}

function authentication(excludedPaths: string[], allowedApplications = ["guard", "pipeline"]): JsonObject {
  const validation = { defaultAuthorizationPolicy: { allowedApplications } };
  const azureActiveDirectory = { registration: { clientId: "guard" }, validation };
  return {
    properties: {
      platform: { enabled: true },
      globalValidation: { excludedPaths },
      identityProviders: { azureActiveDirectory },
    },
  };
}

function storageAccount(allowSharedKeyAccess: boolean): JsonObject {
  return { id: account, name: "stguard", tags: { "azd-env-name": "production" }, properties: { allowSharedKeyAccess } };
}

function stopped(): JsonObject {
  const identity = { userAssignedIdentities: { "/id": { principalId: guard } } };
  return { properties: { state: "Stopped" }, identity };
}
