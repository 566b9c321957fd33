import { rolesOf } from "../../scripts/infra/roles.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { allows, type Role, rolesHeldAt } from "../check/assigned-roles.ts";
import { principalsOf } from "./app.ts";
import { fine, type Line, red, warning } from "./line.ts";
import { isManagementGroupPath, type Look } from "./look.ts";

/** What the service's identity needs at a scope, and what for. */
interface Need {
  about: string;
  scope: string;
  actions: readonly string[];
  todo: string;
}

/** Where the scope is a management group: a deployment of a subscription can't make roles there. */
const rolesAtGroup = "npm run deploy-with-az -- management-group, as docs/deployment.md has it";

/** Whether the service's identity may do at each scope what it needs there: the roles to read, and the fix of each enforced baseline; and no more. */
export async function serviceRoles(look: Look): Promise<Line[]> {
  const [principal] = look.principal === undefined ? await principalsOf(look.arm, look) : [look.principal];
  if (principal === undefined) return [red("roles", "The app has no identity.", "azd provision core")];
  const needs = needsOf(look);
  const lines = await Promise.all(needs.map((need) => lineOf(look, principal, need)));
  const needed = needs.flatMap(({ actions }) => actions);
  return [...lines, excess(principal, await rolesHeldAt(look.arm, look.scope, principal), needed)];
}

function needsOf({ subscription: path, scope, enforced }: Look): Need[] {
  const { managementGroup, subscription, read, fixes } = rolesOf(baselines);
  const isGroup = isManagementGroupPath(scope);
  const todo = isGroup ? rolesAtGroup : "azd provision access";
  const reading = isGroup
    ? [{ about: "role: read", scope, actions: [...managementGroup, ...subscription, ...read], todo }]
    : [
        { about: "role: look at the subscription", scope: path, actions: subscription, todo },
        { about: "role: read", scope, actions: read, todo },
      ];
  return [
    ...reading,
    ...enforced.map((id) => ({
      about: `role: fix ${id}`,
      scope,
      actions: fixes.get(id) ?? [],
      todo: `azd env set ENFORCED_BASELINES ${enforced.join(",")}, then ${todo}`,
    })),
  ];
}

async function lineOf(look: Look, principal: string, { about, scope, actions, todo }: Need): Promise<Line> {
  const held = await rolesHeldAt(look.arm, scope, principal);
  const missing = actions.filter((action) => !held.some((role) => allows(role, action)));
  if (missing.length === 0) return fine(about, `Held at ${scope}.`);
  return red(about, `At ${scope} nothing allows ${missing.join(", ")}.`, todo);
}

/** Where somebody gave it Contributor once, the promise that it can only read is gone. */
function excess(principal: string, held: readonly Role[], needed: readonly string[]): Line {
  const isNeeded = new Set(needed.map((action) => action.toLowerCase()));
  const tooMuch = held.flatMap(({ roleName, permissions }) =>
    permissions
      .flatMap(({ actions }) => actions)
      .filter((action) => !isNeeded.has(action.toLowerCase()))
      .map((action) => `${action} by ${roleName}`),
  );
  if (tooMuch.length === 0) return fine("roles: no more", "It may do nothing at the scope that it does not need.");
  const todo = `az role assignment delete --ids ID of each; az role assignment list --all --assignee ${principal} names them`;
  return warning("roles: no more", `Not needed: ${tooMuch.join("; ")}.`, todo);
}
