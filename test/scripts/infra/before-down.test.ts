import { expect, test } from "vitest";
import { beforeDown } from "../../../scripts/infra/before-down.ts";
import { provisionLocally } from "../../../scripts/infra/provision-locally.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { armOf } from "../../command/arm-of.ts";
import { startLocalArm } from "../../emulator/arm/local-arm.ts";
import { readBicep } from "../../infra/bicep-files.ts";
import { openLocalArm } from "./deployment-in-azure.ts";

const subscriptionId = "a0000000-0000-4000-8000-000000000001";
const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/rg-encryption-guard-production`;
const guard = "b0000000-0000-4000-8000-000000000001";
const somebody = "b0000000-0000-4000-8000-000000000002";
const topic = `${subscription}/resourceGroups/shared/providers/Microsoft.EventGrid/systemTopics/theirs`;
const insightsId =
  "/subscriptions/a0000000-0000-4000-8000-000000000002/resourceGroups/shared/providers/Microsoft.Insights/components/theirs";
const role = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/d0000000-0000-4000-8000-000000000001`;
const assignment = `${subscription}/providers/Microsoft.Authorization/roleAssignments/e0000000-0000-4000-8000-000000000001`;
const environment = {
  AZURE_ENV_NAME: "production",
  AZURE_SUBSCRIPTION_ID: "a0000000-0000-4000-8000-000000000001",
  AZURE_RESOURCE_GROUP: "rg-encryption-guard-production",
  GUARD_IDENTITY_NAME: "id-guard",
  GUARD_JOURNAL_NAME: "stguard",
  EXISTING_TOPIC_ID: topic,
};

test("refuses to let the journal go with the resource group, names the command that keeps it, and deletes nothing", async () => {
  const arm = azureWith(guard);

  const down = beforeDown(arm, environment, () => undefined);

  await expect(down).rejects.toThrow(/npm run remove-all-but-journal .*\n.*: azd env set DELETE_JOURNAL yes$/);
  expect(arm.deleted).toEqual([]);
});

test("names each value that azd's environment lacks, and deletes nothing", async () => {
  const arm = azureWith(guard);

  const down = beforeDown(arm, { ...environment, AZURE_ENV_NAME: "", GUARD_JOURNAL_NAME: undefined }, () => undefined);

  await expect(down).rejects.toThrow(/AZURE_ENV_NAME: .*\nGUARD_JOURNAL_NAME: /);
  expect(arm.deleted).toEqual([]);
});

test("takes away its event subscriptions of a topic that stays, then assignments and roles, and says what stays", async () => {
  const arm = azureWith(guard);
  const out: string[] = [];

  const set = { ...environment, ENTRA_CLIENT_ID: guard, INTEGRATION_SUBNET_ID: "/spoke/subnets/guard" };
  await beforeDown(arm, { ...set, DELETE_JOURNAL: "yes" }, (line) => out.push(line));

  expect(arm.deleted).toEqual([`${topic}/eventSubscriptions/guard-production-0`, assignment, role]);
  expect(out.filter((line) => line.startsWith("stays"))).toEqual([
    `stays   ${topic}`,
    `stays   the app registration: az ad app delete --id ${guard}`,
    "stays   /spoke/subnets/guard",
    "stays   providers that were registered",
    expect.stringContaining("azure-encryption-guard disconnect, before the app is gone"),
  ]);
});

test("takes away its right to log by a component that stays, and no other right there", async () => {
  const publisher = "3913510d-42f4-4e42-8a64-420c390055eb";
  const value = [
    assignedAt(insightsId, "own-publisher", guard, publisher),
    assignedAt(insightsId, "own-reader", guard, "acdd72a7-3385-48ef-bd42-f606fba81ae7"),
    assignedAt(insightsId, "of-somebody", somebody, publisher),
    assignedAt(insightsId.split("/providers/")[0] ?? "", "inherited", guard, publisher),
  ];
  const assignments = `${insightsId}/providers/Microsoft.Authorization/roleAssignments`;
  const arm = azureWith(guard, "", guard, { [insightsId]: {}, [assignments]: { value } });
  const out: string[] = [];

  const set = { ...environment, EXISTING_TOPIC_ID: "", EXISTING_INSIGHTS_ID: insightsId, DELETE_JOURNAL: "yes" };
  await beforeDown(arm, set, (line) => out.push(line));

  expect(arm.deleted).toEqual([`${insightsId}/own-publisher`, assignment, role]);
  expect(readBicep("access/insights-access.bicep").text).toContain(`'${publisher}'`);
  expect(out).toContain(`stays   ${insightsId}, with the log`);
});

test("deletes nothing anywhere while Azure does not show who may log by that component", async () => {
  const arm = azureWith(guard, "", guard, { [insightsId]: {} });
  const set = { ...environment, EXISTING_INSIGHTS_ID: insightsId, DELETE_JOURNAL: "yes" };

  await expect(beforeDown(arm, set, () => undefined)).rejects.toThrow("ResourceNotFound");
  expect(arm.deleted).toEqual([]);
});

test("does not miss a component that is gone", async () => {
  const arm = azureWith(guard);
  const set = { ...environment, EXISTING_TOPIC_ID: "", EXISTING_INSIGHTS_ID: insightsId, DELETE_JOURNAL: "yes" };

  await beforeDown(arm, set, () => undefined);

  expect(arm.deleted).toEqual([assignment, role]);
});

test("stops azd down where a lock keeps an assignment, names it, and has taken away the rest", async () => {
  const said = { error: { code: "ScopeLocked", message: "Locked." } };
  const arm = azureWith(guard, "", guard, {}, (path) => (path === assignment ? said : undefined));
  const out: string[] = [];

  const down = beforeDown(arm, { ...environment, DELETE_JOURNAL: "yes" }, (line) => out.push(line));

  await expect(down).rejects.toThrow(`${assignment}\n  Azure Resource Manager: ScopeLocked: Locked.`);
  expect(out).toEqual([`deleted ${topic}/eventSubscriptions/guard-production-0`, `deleted ${role}`]);
});

test("does not miss a topic that is gone", async () => {
  const arm = azureWith(guard);

  const gone = { EXISTING_TOPIC_ID: `${topic}-gone`, DELETE_JOURNAL: "yes" };
  await beforeDown(arm, { ...environment, ...gone }, () => undefined);

  expect(arm.deleted).toEqual([assignment, role]);
});

test("takes away what it made at a management group too", async () => {
  const lines = "/providers/Microsoft.Management/managementGroups/lines";
  const arm = azureWith(guard, lines);
  const set = { ...environment, DELETE_JOURNAL: "yes", EXISTING_TOPIC_ID: "", GUARDED_MANAGEMENT_GROUP: "lines" };

  await beforeDown(arm, set, () => undefined);

  const authorization = `${lines}/providers/Microsoft.Authorization`;
  expect(arm.deleted).toEqual([
    assignment,
    role,
    `${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000002`,
    `${authorization}/roleDefinitions/d0000000-0000-4000-8000-000000000002`,
  ]);
});

test("deletes nothing anywhere while somebody else has a role of the management group", async () => {
  const lines = "/providers/Microsoft.Management/managementGroups/lines";
  const arm = azureWith(guard, lines, somebody);
  const set = { ...environment, DELETE_JOURNAL: "yes", GUARDED_MANAGEMENT_GROUP: "lines" };

  await expect(beforeDown(arm, set, () => undefined)).rejects.toThrow(`${somebody} has Azure Encryption Guard`);
  expect(arm.deleted).toEqual([]);
});

test("deletes nothing while somebody else has one of the roles, and names who", async () => {
  const arm = azureWith(somebody);

  const down = beforeDown(arm, { ...environment, DELETE_JOURNAL: "yes" }, () => undefined);

  await expect(down).rejects.toThrow(`${somebody} has Azure Encryption Guard production: read (abc123)`);
  expect(arm.deleted).toEqual([]);
});

test("goes through where Azure refuses to delete a role that is assigned, and leaves no role and no assignment", async () => {
  const local = await startLocalArm({ subscriptions: [{ subscriptionId, displayName: "Cruises" }] });
  const site = `${group}/providers/Microsoft.Web/sites/app`;
  local.arm.seed(site, { identity: { type: "UserAssigned", userAssignedIdentities: { id: { principalId: guard } } } });
  local.arm.seed(`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-guard`, {
    properties: { principalId: guard },
  });
  const arm = await openLocalArm(local);
  await provisionLocally(arm, { GUARD_APP_ID: site, ENFORCED_BASELINES: "storage/minimum-tls" }, () => undefined);
  const foreign = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/d0000000-0000-4000-8000-00000000000f`;
  local.arm.seed(foreign, { properties: { roleName: "Theirs", assignableScopes: [subscription] } });
  const made = local.arm.resources.ofType("Microsoft.Authorization/roleDefinitions").length;

  const set = { ...environment, AZURE_ENV_NAME: "local", EXISTING_TOPIC_ID: "", DELETE_JOURNAL: "yes" };
  await beforeDown(arm, set, () => undefined);

  const scopes = local.arm.resources
    .ofType("Microsoft.Authorization/roleAssignments")
    .map(({ id }) => id.slice(0, id.indexOf("/providers/Microsoft.Authorization")));
  const roles = local.arm.resources.ofType("Microsoft.Authorization/roleDefinitions").map(({ id }) => id);
  await local.arm.close();
  expect(made).toBe(4);
  expect(roles).toEqual([foreign]);
  // Those on the storage account go with the resource group.
  expect(new Set(scopes)).toEqual(new Set([`${group}/providers/Microsoft.Storage/storageAccounts/stguardlocal`]));
});

/**
 * A deployment whose role this principal has, on a topic with event subscriptions of others.
 * @param lines a management group with a role of the deployment, and who has it there.
 * @param more what else it answers.
 * @param refusal what it says to who deletes this, where it refuses.
 */
function azureWith(
  principalId: string,
  lines = "",
  principalAtGroup = principalId,
  more: { [path: string]: JsonObject } = {},
  refusal?: (path: string) => JsonObject | undefined,
) {
  const authorization = `${lines}/providers/Microsoft.Authorization`;
  const guid = "d0000000-0000-4000-8000-000000000002";
  const roleDefinitionId = `/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
  const atGroup = {
    [`${authorization}/roleDefinitions`]: {
      value: [
        {
          id: roleDefinitionId,
          name: guid,
          properties: {
            roleName: "Azure Encryption Guard production: read (def456)",
            type: "CustomRole",
            assignableScopes: [lines],
            permissions: [{ actions: ["Microsoft.Storage/storageAccounts/read"], notActions: [] }],
          },
        },
      ],
    },
    [`${authorization}/roleAssignments`]: {
      value: [
        {
          id: `${authorization}/roleAssignments/e0000000-0000-4000-8000-000000000002`,
          properties: { principalId: principalAtGroup, roleDefinitionId, scope: lines },
        },
      ],
    },
  };
  return armOf(
    {
      ...(lines === "" ? {} : atGroup),
      ...more,
      [`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-guard`]: {
        properties: { principalId: guard },
      },
      [`${subscription}/providers/Microsoft.Authorization/roleDefinitions`]: {
        value: [
          {
            id: role,
            name: "d0000000-0000-4000-8000-000000000001",
            properties: {
              roleName: "Azure Encryption Guard production: read (abc123)",
              type: "CustomRole",
              assignableScopes: [subscription],
              permissions: [{ actions: ["Microsoft.Storage/storageAccounts/read"], notActions: [] }],
            },
          },
        ],
      },
      [`${subscription}/providers/Microsoft.Authorization/roleAssignments`]: {
        value: [{ id: assignment, properties: { principalId, roleDefinitionId: role, scope: subscription } }],
      },
      [topic]: {},
      [`${topic}/eventSubscriptions`]: {
        value: [
          eventSubscription(
            "guard-production-0",
            `${group}/providers/Microsoft.Web/sites/app/functions/resource-changed`,
          ),
          eventSubscription(
            "guard-production-1",
            `${subscription}/resourceGroups/other/providers/Microsoft.Web/sites/app`,
          ),
          eventSubscription("audit", `${group}/providers/Microsoft.Web/sites/app/functions/resource-changed`),
        ],
      },
    },
    refusal,
  );
}

function assignedAt(scope: string, name: string, principalId: string, roleName: string) {
  const roleDefinitionId = `/providers/Microsoft.Authorization/roleDefinitions/${roleName}`;
  return { id: `${insightsId}/${name}`, properties: { principalId, roleDefinitionId, scope } };
}

function eventSubscription(name: string, resourceId: string) {
  return {
    id: `${topic}/eventSubscriptions/${name}`,
    name,
    properties: { destination: { properties: { resourceId } } },
  };
}
