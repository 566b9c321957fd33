import { CodedError } from "../../shared/errors.ts";
import { app, authentication } from "./app.ts";
import { delivery, existingTopic } from "./events.ts";
import { identity, mayAssignForLog, mayAssignRoles, subscription } from "./identity.ts";
import { type Line, red } from "./line.ts";
import { existingLog } from "./log.ts";
import type { Check, Look } from "./look.ts";
import { network } from "./network.ts";
import { nodeVersion, providers, region } from "./region.ts";
import { serviceRoles } from "./service-roles.ts";
import { storage } from "./storage.ts";

const always: readonly [string, Check][] = [
  ["identity", identity],
  ["subscription", subscription],
  ["providers", providers],
  ["region", region],
  ["node version", nodeVersion],
];
const before: readonly [string, Check][] = [
  ["may assign roles", mayAssignRoles],
  ["may assign roles", mayAssignForLog],
  ["system topic", existingTopic],
];
const after: readonly [string, Check][] = [
  ["app", app],
  ["authentication", authentication],
  ["event subscriptions", delivery],
  ["network", network],
];

/** Everything that can be looked at: the deployment to come where no app is named, else what became of it. */
export async function lookAtAll(look: Look): Promise<Line[]> {
  const isDeployed = look.app !== undefined;
  const checks = [
    ...always,
    ...(isDeployed ? after : before),
    ["log", existingLog] as const,
    ...named(look.resourceGroup !== undefined, "storage", storage),
    ...named(isDeployed || look.principal !== undefined, "roles", serviceRoles),
  ];
  const lines: Line[] = [];
  // One after the other: a person reads them in this order, and Azure is asked a few dozen times at most.
  for (const [about, check] of checks) lines.push(...(await looked(about, check, look)));
  return lines;
}

function named(isWanted: boolean, about: string, check: Check): [string, Check][] {
  return isWanted ? [[about, check]] : [];
}

/** What Azure does not show is told, and the rest is looked at nevertheless. */
async function looked(about: string, check: Check, look: Look): Promise<Line[]> {
  try {
    return await check(look);
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    const todo = `az role assignment create --assignee YOU --role Reader --scope ${look.subscription}, or the scope that Azure names, where it refused to show it`;
    return [red(about, thrown.message, todo)];
  }
}
