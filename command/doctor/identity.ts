import * as z from "zod";
import { type Arm, saidBy } from "../check/arm.ts";
import { allows, rolesHeldAt } from "../check/assigned-roles.ts";
import { fine, type Line, red } from "./line.ts";
import { isManagementGroupPath, type Look } from "./look.ts";

const claimsSchema = z.object({ oid: z.string(), tid: z.string(), upn: z.string().optional() });
const subscriptionSchema = z.object({ displayName: z.string(), state: z.string(), tenantId: z.string() });
/** What the layer `access` does that a contributor may not. */
const toAssign = ["Microsoft.Authorization/roleDefinitions/write", "Microsoft.Authorization/roleAssignments/write"];
/** What it does in the resource group of a component that is there already, each with the role to ask for: neither holds both. */
const rolesToAssignThere = {
  "Microsoft.Resources/deployments/write": "Contributor",
  "Microsoft.Authorization/roleAssignments/write": "User Access Administrator",
};

/** Who asks, and in which tenant: as the token says, whose signature is Azure's to check. */
export async function identity({ arm }: Look): Promise<Line[]> {
  const claims = claimsOf(await arm.token());
  if (!claims) return [fine("identity", "Signed in with a token that does not say who it is for.")];
  const name = claims.upn === undefined ? "" : ` (${claims.upn})`;
  return [fine("identity", `Signed in as ${claims.oid}${name} in the tenant ${claims.tid}.`)];
}

/** Whether the subscription is there, enabled, and shown to who asks. */
export async function subscription({ arm, subscription: path }: Look): Promise<Line[]> {
  const answer = await arm.get(`${path}?api-version=2022-12-01`);
  const parsed = subscriptionSchema.safeParse(answer.body);
  if (answer.status !== 200 || !parsed.success) {
    return [
      red("subscription", saidBy(answer), "az login --tenant TENANT, with an account that sees the subscription"),
    ];
  }
  const { displayName, state, tenantId } = parsed.data;
  if (state !== "Enabled") {
    return [red("subscription", `${displayName} is ${state}.`, "Have it enabled by who pays for it, or take another.")];
  }
  return [fine("subscription", `${displayName}, of the tenant ${tenantId}.`)];
}

/** Before the deployment: whether who asks may make roles and assign them, in the subscription and on a management group that is the scope. */
export async function mayAssignRoles({ arm, subscription: path, scope }: Look): Promise<Line[]> {
  const oid = claimsOf(await arm.token())?.oid;
  if (oid === undefined) return [];
  const places = isManagementGroupPath(scope) ? [path, scope] : [path];
  return await Promise.all(places.map((place) => mayAssignAt(arm, place, oid)));
}

/** The same where the log goes by a component that is there already: the layer `access` deploys its role into the group of that component. */
export async function mayAssignForLog({ arm, insights }: Look): Promise<Line[]> {
  const oid = claimsOf(await arm.token())?.oid;
  if (oid === undefined || insights === undefined) return [];
  const group = insights.split("/").slice(0, 5).join("/");
  const held = await rolesHeldAt(arm, group, oid);
  const missing = Object.entries(rolesToAssignThere).filter(([action]) => !held.some((role) => allows(role, action)));
  if (missing.length === 0) return [fine("may assign roles", "Can be deployed: the role on the component of the log.")];
  const actions = missing.map(([action]) => action).join(", ");
  const commands = missing.map(
    ([, role]) => `az role assignment create --assignee ${oid} --role "${role}" --scope ${group}`,
  );
  const found = `No role of yours on ${group} allows ${actions}: the service's identity gets its role there.`;
  return [
    red("may assign roles", found, `${commands.join("; ")} (by its owner), or have the layer access deployed by them`),
  ];
}

async function mayAssignAt(arm: Arm, path: string, oid: string): Promise<Line> {
  const isGroup = isManagementGroupPath(path);
  const held = await rolesHeldAt(arm, path, oid);
  const missing = toAssign.filter((action) => !held.some((role) => allows(role, action)));
  const made = isGroup ? "the roles of the management group" : "the layer access";
  if (missing.length === 0) return fine("may assign roles", `Can be deployed: ${made}.`);
  return red(
    "may assign roles",
    `No role of yours on the ${isGroup ? "management group" : "subscription"} allows ${missing.join(", ")}.`,
    `az role assignment create --assignee ${oid} --role "User Access Administrator" --scope ${path} (by its owner), or have ${made} deployed by them`,
  );
}

function claimsOf(token: string): z.infer<typeof claimsSchema> | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return claimsSchema.safeParse(payload).data;
  } catch {
    return undefined;
  }
}
