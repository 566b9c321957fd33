import * as z from "zod";
import { isNewer, ownFormat, type StoredFormat } from "../../shared/service/stored-format.ts";
import { seenConnectionsSchema } from "../../shared/sweep/connections.ts";
import type { Surroundings } from "../frame/command.ts";
import { findService, type ServiceOptions } from "../service/find-service.ts";
import { connections } from "./connections.ts";
import { fine, type Line, red, warning } from "./line.ts";
import type { Look } from "./look.ts";

const formatSchema = z.object({ journal: z.number(), tables: z.number() });
const healthSchema = z.object({
  status: z.string(),
  version: z.string().optional(),
  problems: z.array(z.object({ setting: z.string(), allowed: z.string() })),
  format: z.object({ own: formatSchema, stored: formatSchema }).optional(),
  connections: seenConnectionsSchema.optional(),
  poison: z.object({ count: z.number() }).optional(),
  poisonOfEvents: z.object({ count: z.number() }).optional(),
  poisonOfSweeps: z.object({ count: z.number() }).optional(),
  unreadable: z.object({ count: z.number() }).optional(),
});
const limitMilliseconds = 60_000;

/**
 * What the service says of itself: its settings, its storage and the format of what is stored, what it could not handle, and which
 * subscriptions are not connected. Throws a UsageError where nothing names it.
 */
export async function health(
  options: ServiceOptions,
  surroundings: Pick<Surroundings, "environment" | "directory">,
  look: Pick<Look, "arm" | "app">,
): Promise<Line[]> {
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
  const parsed = healthSchema.safeParse(body);
  if (!parsed.success) {
    const todo = "Give FUNCTIONS_KEY a key of the app, or FUNCTIONS_AUDIENCE its app registration";
    return [red("service", `${asked.origin} answers ${answer.status} to who asks.`, todo)];
  }
  const { status, version, problems, format, poison, poisonOfEvents, poisonOfSweeps, unreadable } = parsed.data;
  const settings = problems.map(({ setting, allowed }) =>
    red(`setting ${setting}`, "Its value is not allowed.", `Set it to what is allowed: ${allowed}.`),
  );
  return [
    ...settings,
    standing(status),
    ...(version === undefined ? [] : [fine("app version", `${version} runs.`)]),
    ...(format ? [storedFormat(format)] : []),
    // While its storage does not answer, nothing is known of sweeps.
    ...(format ? await connections(look, parsed.data.connections) : []),
    ...kept("poison", poison),
    ...kept("poison of events", poisonOfEvents),
    ...kept("poison of sweeps", poisonOfSweeps),
    ...kept("unreadable", unreadable),
  ];
}

const newerTodo = "Deploy the newer version again, by azd deploy --all from its commit; docs/upgrade.md";

/** What to do about each status but `healthy`. */
const todos: { readonly [status: string]: string } = {
  "configuration-invalid": "Mend the settings above, then azd provision core",
  "storage-unavailable": "azd provision access: the identity needs its three roles on the storage account",
  "format-newer": newerTodo,
  "scopes-unknown": "docs/deployment.md, the roles at a management group; else correct the id of the group in SCOPES",
  "policy-missing": "Put an accepted policy file in its place; docs/policy.md",
  "policy-unusable":
    "Deploy the version of the app that accepted the policy, or put a file in its place that this one reads",
  "policy-degraded": "Mend the policy file; the last good one is used meanwhile",
};

function standing(status: string): Line {
  const todo = todos[status] ?? "Ask GET /api/health; docs/http.md";
  if (status === "healthy") return fine("service", "It says that it is healthy; storage answers.");
  const line = status === "policy-degraded" ? warning : red;
  return line("service", `It says ${status}.`, todo);
}

/** An app leaves alone what a newer one wrote: so does the one that runs, and so would one that is deployed from here. */
function storedFormat({ own, stored }: { own: StoredFormat; stored: StoredFormat }): Line {
  const about = "stored format";
  if (isNewer(stored, own)) {
    return red(about, `Written by a newer app: ${told(stored)}. The app that runs knows ${told(own)}.`, newerTodo);
  }
  if (isNewer(stored, ownFormat)) {
    const todo = "Don't deploy this version: it would leave everything alone. Take the one that runs, or a newer one";
    return warning(about, `Stored is ${told(stored)}; an app from here knows ${told(ownFormat)}.`, todo);
  }
  return fine(about, `Stored is ${told(stored)}, which the app reads and writes.`);
}

/** Nothing is written with version 0: it stands where there is no mark yet. */
function told({ journal, tables }: StoredFormat): string {
  return `journal ${journal || "unwritten"}, tables ${tables || "unwritten"}`;
}

function kept(queue: string, told: { count: number } | undefined): Line[] {
  if (told === undefined || told.count === 0) return [];
  const todo = "azure-encryption-guard replay, once the cause is mended";
  return [warning(`queue ${queue}`, `${told.count} messages are kept that could not be handled.`, todo)];
}
