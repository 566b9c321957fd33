import * as z from "zod";
import type { Surroundings } from "../frame/command.ts";
import { findService, type ServiceOptions } from "../service/find-service.ts";
import { fine, type Line, red, warning } from "./line.ts";

const healthSchema = z.object({
  status: z.string(),
  problems: z.array(z.object({ setting: z.string(), allowed: z.string() })),
  poison: z.object({ count: z.number() }).optional(),
  unreadable: z.object({ count: z.number() }).optional(),
});
const limitMilliseconds = 60_000;

/** What the service says of itself: its settings, its storage, and what it could not handle. Throws a UsageError where nothing names it. */
export async function health(options: ServiceOptions, surroundings: Surroundings): Promise<Line[]> {
  const { url, headers } = await findService(options, surroundings);
  const asked = new URL("/api/health", url);
  const answer = await fetch(asked, {
    headers: await headers(),
    redirect: "error",
    signal: AbortSignal.timeout(limitMilliseconds),
  }).catch(() => undefined);
  if (!answer)
    return [red("service", `${asked.origin} does not answer.`, "azd deploy --all, and look at the app's log")];
  const body: unknown = await answer.json().catch(() => undefined);
  const told = healthSchema.safeParse(body);
  if (!told.success) {
    const todo = "Give FUNCTIONS_KEY a key of the app, or FUNCTIONS_AUDIENCE its app registration";
    return [red("service", `${asked.origin} answers ${answer.status} to who asks.`, todo)];
  }
  const { status, problems, poison, unreadable } = told.data;
  const settings = problems.map(({ setting, allowed }) =>
    red(`setting ${setting}`, "Its value is not allowed.", `Set it to what is allowed: ${allowed}.`),
  );
  return [...settings, standing(status), ...kept("poison", poison), ...kept("unreadable", unreadable)];
}

/** What to do about each status but `healthy`. */
const todos: { readonly [status: string]: string } = {
  "configuration-invalid": "Mend the settings above, then azd provision core",
  "storage-unavailable": "azd provision access: the identity needs its three roles on the storage account",
  "scopes-unknown": "docs/deployment.md, the roles at a management group; else correct the id of the group in SCOPES",
  "policy-missing": "Put an accepted policy file in its place; docs/policy.md",
  "policy-degraded": "Mend the policy file; the last good one is used meanwhile",
};

function standing(status: string): Line {
  const todo = todos[status];
  if (todo === undefined) return fine("service", `It says that it is ${status}; storage answers.`);
  const line = status === "policy-degraded" ? warning : red;
  return line("service", `It says ${status}.`, todo);
}

function kept(queue: string, told: { count: number } | undefined): Line[] {
  if (told === undefined || told.count === 0) return [];
  const todo = "azure-encryption-guard replay, once the cause is mended";
  return [warning(`queue ${queue}`, `${told.count} messages are kept that could not be handled.`, todo)];
}
