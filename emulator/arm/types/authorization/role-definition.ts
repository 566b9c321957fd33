import { gatewayError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import { isAtOrBelow, nameOf } from "../../resource-id.ts";
import {
  type DeletePlan,
  deleteAtOnce,
  type PlanContext,
  type ResourceType,
  type WritePlan,
} from "../../resource-type.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";

const roleDefinitionType = "Microsoft.Authorization/roleDefinitions";

/** The built-in roles that are offered, with ids and permissions as Microsoft documents them (docs: Azure built-in roles). */
const builtIn = [
  role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", ["*"], []),
  role(
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Contributor",
    ["*"],
    [
      "Microsoft.Authorization/*/Delete",
      "Microsoft.Authorization/*/Write",
      "Microsoft.Authorization/elevateAccess/Action",
      "Microsoft.Blueprint/blueprintAssignments/write",
      "Microsoft.Blueprint/blueprintAssignments/delete",
      "Microsoft.Compute/galleries/share/action",
      "Microsoft.Purview/consents/write",
      "Microsoft.Purview/consents/delete",
    ],
  ),
  role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", ["*/read"], []),
  role(
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "User Access Administrator",
    ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
    [],
  ),
  role(
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Data Owner",
    [
      "Microsoft.Storage/storageAccounts/blobServices/containers/*",
      "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
    ],
    [],
    ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"],
  ),
  role(
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "Storage Queue Data Contributor",
    ["delete", "read", "write"].map((verb) => `Microsoft.Storage/storageAccounts/queueServices/queues/${verb}`),
    [],
    ["delete", "read", "write", "process/action"].map(
      (verb) => `Microsoft.Storage/storageAccounts/queueServices/queues/messages/${verb}`,
    ),
  ),
  role(
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "Storage Table Data Contributor",
    ["read", "write", "delete"].map((verb) => `Microsoft.Storage/storageAccounts/tableServices/tables/${verb}`),
    [],
    ["read", "write", "delete", "add/action", "update/action"].map(
      (verb) => `Microsoft.Storage/storageAccounts/tableServices/tables/entities/${verb}`,
    ),
  ),
];

/** Role definitions (recording: role-definition): every PUT answers 201 with no creator, a delete 200 with the role; the id never keeps a group's scope. */
export const roleDefinitions: ResourceType = {
  name: roleDefinitionType,
  level: "extension",
  apiVersions: ["2022-05-01-preview", "2022-04-01", "2018-01-01-preview", "2015-07-01"],
  list: (scope, context) =>
    [
      ...builtIn.map((each) => stored(scope, each)),
      ...customRoles(context.store).filter((each) => isListed(each, scope, context)),
    ].filter((definition) => matchesFilter(definition, context.query.get("$filter"))),
  implicit: ({ id, name, store }) => {
    const custom = customRoles(store).find((each) => nameOf(each.id).toLowerCase() === name.toLowerCase());
    const found = builtIn.find((each) => each.name === name.toLowerCase());
    return custom ?? (found && stored(subscriptionOf(id), found));
  },
  put,
  delete: deleteUnused,
  seed: (context) => definition(context, undefined),
};

/** The role that an assignment's roleDefinitionId names, by its GUID: built-in ones are the same at every scope. */
export function findRole(store: ResourceStore, roleDefinitionId: string): JsonObject | undefined {
  const name = nameOf(roleDefinitionId).toLowerCase();
  const custom = customRoles(store).find((each) => nameOf(each.id).toLowerCase() === name);
  return custom?.body ?? builtIn.find((each) => each.name === name);
}

/** Those that can be assigned there, and with `atScopeAndBelow()` below it too (docs: "List Azure role definitions"). */
function isListed({ body }: StoredResource, scope: string, { query, groupsAbove }: PlanContext): boolean {
  const scopes = objectAt(body, "properties").assignableScopes;
  const isBelowAsked = /atScopeAndBelow\(\)/i.test(query.get("$filter") ?? "");
  const above = new Set(groupsAbove(scope).map((id) => id.toLowerCase()));
  return (Array.isArray(scopes) ? scopes : []).some((each) => {
    if (typeof each !== "string") return false;
    return isAtOrBelow(scope, each) || above.has(each.toLowerCase()) || (isBelowAsked && isAtOrBelow(each, scope));
  });
}

/** Code and message: docs, "Azure custom roles", find role assignments to delete a custom role. */
function deleteUnused(context: PlanContext, existing: StoredResource): DeletePlan {
  const isUsed = context.store
    .ofType("Microsoft.Authorization/roleAssignments")
    .some(({ body }) => nameOf(textAt(objectAt(body, "properties"), "roleDefinitionId") ?? "") === nameOf(existing.id));
  if (!isUsed) return deleteAtOnce(context, existing);
  throw gatewayError(
    400,
    "RoleDefinitionHasAssignments",
    "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).",
  );
}

function customRoles(store: ResourceStore): StoredResource[] {
  return store.ofType(roleDefinitionType);
}

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const sent = objectAt(context.body, "properties");
  const roleName = textAt(sent, "roleName");
  if (!roleName || !Array.isArray(sent.assignableScopes)) {
    throw gatewayError(400, "InvalidRoleDefinition", "A role definition needs roleName and assignableScopes.");
  }
  const other = customRoles(context.store).find(
    ({ id, body }) =>
      textAt(objectAt(body, "properties"), "roleName")?.toLowerCase() === roleName.toLowerCase() &&
      nameOf(id).toLowerCase() !== context.name.toLowerCase(),
  );
  if (other) {
    throw gatewayError(
      409,
      "RoleDefinitionWithSameNameExists",
      `A custom role with the same name already exists in this directory. Use a different name '${roleName}'.`,
    );
  }
  const resource = definition(context, existing);
  const properties = { ...objectAt(resource.body, "properties"), createdBy: null };
  return { status: 201, resource, body: { ...resource.body, properties } };
}

function definition(context: PlanContext, existing: StoredResource | undefined): StoredResource {
  const { name, now, caller } = context;
  const sent = objectAt(context.body, "properties");
  const id = `${subscriptionOf(context.id)}/providers/${roleDefinitionType}/${name}`;
  const permissions = Array.isArray(sent.permissions) ? sent.permissions : [];
  const body: JsonObject = {
    properties: {
      roleName: sent.roleName ?? name,
      type: "CustomRole",
      description: sent.description ?? null,
      assignableScopes: sent.assignableScopes ?? [],
      permissions: permissions.map(wholePermission),
      createdOn: objectAt(existing?.body, "properties").createdOn ?? now,
      updatedOn: now,
      createdBy: objectAt(existing?.body, "properties").createdBy ?? caller?.objectId ?? null,
      updatedBy: caller?.objectId ?? null,
    },
    id,
    type: roleDefinitionType,
    name,
  };
  return { id, type: roleDefinitionType, body };
}

function wholePermission(permission: Json): JsonObject {
  const sent = isJsonObject(permission) ? permission : {};
  return { actions: [], notActions: [], dataActions: [], notDataActions: [], ...sent };
}

function role(name: string, roleName: string, actions: string[], notActions: string[], dataActions: string[] = []) {
  const time = "2015-02-02T21:55:09.8806423Z";
  return {
    properties: {
      roleName,
      type: "BuiltInRole",
      description: `The built-in role ${roleName}.`,
      assignableScopes: ["/"],
      permissions: [{ actions, notActions, dataActions, notDataActions: [] }],
      createdOn: time,
      updatedOn: time,
      createdBy: null,
      updatedBy: null,
    },
    type: roleDefinitionType,
    name,
  };
}

function stored(scope: string, definition: { name: string } & JsonObject): StoredResource {
  const id = `${subscriptionOf(scope)}/providers/${roleDefinitionType}/${definition.name}`;
  return { id, type: roleDefinitionType, body: { ...definition, id } };
}

function subscriptionOf(id: string): string {
  return /^\/subscriptions\/[^/]+/i.exec(id)?.[0] ?? "";
}

/** `roleName eq 'reader'` and `type eq 'CustomRole'`, compared without case as the service does (recorded: role-assignment). */
function matchesFilter(definition: StoredResource, filter: string | null): boolean {
  const properties = objectAt(definition.body, "properties");
  return [...(filter ?? "").matchAll(/(roleName|type) eq '([^']*)'/gi)].every(
    ([, name = "", value = ""]) =>
      textAt(properties, name === "type" ? "type" : "roleName")?.toLowerCase() === value.toLowerCase(),
  );
}
