import { gatewayError } from "../../errors.ts";
import { type JsonObject, objectAt, textAt } from "../../json.ts";
import { isAtOrBelow } from "../../resource-id.ts";
import { deleteAtOnce, type PlanContext, type ResourceType, type WritePlan } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { findRole } from "./role-definition.ts";

export const roleAssignmentType = "Microsoft.Authorization/roleAssignments";

/** Role assignments (recording: role-assignment): every PUT answers 201, an update too, and shows no creator; a delete 200 with the assignment. */
export const roleAssignments: ResourceType = {
  name: roleAssignmentType,
  level: "extension",
  apiVersions: ["2022-04-01", "2020-04-01-preview", "2018-01-01-preview", "2015-07-01"],
  list,
  put,
  delete: deleteAtOnce,
  seed: (context) => assignment(context, undefined),
};

/** The scope that an assignment is for. */
export function assignmentScope(assignment: StoredResource): string {
  return textAt(objectAt(assignment.body, "properties"), "scope") ?? "/";
}

/** Those that hold at the scope, inherited ones too, and unless `atScope()` is asked for also those below it. */
function list(scope: string, { store, query, groupsAbove }: PlanContext): StoredResource[] {
  const above = new Set(groupsAbove(scope).map((id) => id.toLowerCase()));
  const filter = query.get("$filter") ?? "";
  const principal = /(?:principalId eq|assignedTo\()\s*'([^']*)'/i.exec(filter)?.[1]?.toLowerCase();
  return store.ofType(roleAssignmentType).filter((each) => {
    const at = assignmentScope(each);
    const inherits = isAtOrBelow(scope, at) || above.has(at.toLowerCase());
    const below = !/atScope\(\)/i.test(filter) && isAtOrBelow(at, scope);
    const holder = textAt(objectAt(each.body, "properties"), "principalId")?.toLowerCase();
    return (inherits || below) && (principal === undefined || principal === holder);
  });
}

function put(context: PlanContext, existing: StoredResource | undefined): WritePlan {
  const sent = objectAt(context.body, "properties");
  const [role, principal] = [textAt(sent, "roleDefinitionId"), textAt(sent, "principalId")];
  if (!role || !principal) {
    throw gatewayError(400, "BadRequestFormat", "The role assignment needs roleDefinitionId and principalId.");
  }
  if (!findRole(context.store, role)) {
    throw gatewayError(
      404,
      "RoleDefinitionDoesNotExist",
      `The specified role definition with ID '${role.split("/").at(-1)}' does not exist.`,
    );
  }
  const resource = assignment(context, existing);
  if (!existing && isDuplicate(context, resource)) {
    throw gatewayError(409, "RoleAssignmentExists", "The role assignment already exists.");
  }
  const properties = { ...objectAt(resource.body, "properties"), createdBy: null };
  return { status: 201, resource, body: { ...resource.body, properties } };
}

function isDuplicate({ store }: PlanContext, wanted: StoredResource): boolean {
  return store.ofType(roleAssignmentType).some((each) => identity(each) === identity(wanted));
}

function identity(assignment: StoredResource): string {
  const { scope, principalId, roleDefinitionId } = objectAt(assignment.body, "properties");
  return [scope, principalId, String(roleDefinitionId).split("/").at(-1)].join("|").toLowerCase();
}

function assignment(context: PlanContext, existing: StoredResource | undefined): StoredResource {
  const { id, name, now, caller } = context;
  const sent = objectAt(context.body, "properties");
  const body: JsonObject = {
    properties: {
      roleDefinitionId: sent.roleDefinitionId ?? "",
      principalId: sent.principalId ?? "",
      principalType: sent.principalType ?? "User",
      scope: id.slice(0, id.toLowerCase().lastIndexOf("/providers/")) || "/",
      condition: sent.condition ?? null,
      conditionVersion: sent.conditionVersion ?? null,
      createdOn: objectAt(existing?.body, "properties").createdOn ?? now,
      updatedOn: now,
      createdBy: objectAt(existing?.body, "properties").createdBy ?? caller?.objectId ?? null,
      updatedBy: caller?.objectId ?? null,
      delegatedManagedIdentityResourceId: null,
      description: sent.description ?? null,
    },
    id,
    type: roleAssignmentType,
    name,
  };
  return { id, type: roleAssignmentType, body };
}
