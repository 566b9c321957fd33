import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { CodedError, messageOf } from "../errors.ts";
import type { Outbox } from "../events/queue.ts";
import { type InvocationLogger, jsonLinesLog, type Log } from "../log.ts";
import type { GroupStanding } from "../policy/kept-scopes.ts";
import type { PolicyStanding } from "../policy/policy-keeper.ts";
import type { SettingProblem } from "../policy/settings.ts";
import { type Service, service, storage } from "../service/service.ts";
import { isNewer, ownFormat, type StoredFormat } from "../service/stored-format.ts";
import { seenConnectionsSchema } from "../sweep/connections.ts";
import { answering, type HttpAnswer } from "./http-answer.ts";

const mostShown = 8;
const keptSchema = z.object({ reason: z.string(), code: z.string().optional() });

/**
 * How the service stands: settings, the policy file, which subscriptions are not connected, queues, what is kept because it can't be read,
 * counters, the stop switch.
 * `GET /api/health`: status 200 where it works, also by the last good policy; 503 where a setting is wrong, no policy was ever accepted or
 * this app can't read it, it can't be told what a management group of its scopes holds, its storage does not answer, or a newer app wrote there.
 */
export function health(logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    const problems = configured.ok ? [] : configured.problems;
    const configuration = configured.ok
      ? await configurationHealth(configured.service, jsonLinesLog(logger))
      : undefined;
    const stored = await storageHealth();
    const status = statusOf(problems, stored, configuration);
    const told = { version: packageJson.version, ...configuration?.told, ...stored.told };
    return { status: working.has(status) ? 200 : 503, jsonBody: { status, problems, ...told } };
  });
}

type Status =
  | "healthy"
  | "policy-degraded"
  | "policy-missing"
  | "policy-unusable"
  | "configuration-invalid"
  | "storage-unavailable"
  | "scopes-unknown"
  | "format-newer";

const working: ReadonlySet<Status> = new Set(["healthy", "policy-degraded"]);

function statusOf(
  problems: readonly SettingProblem[],
  stored: StorageHealth,
  configuration: ConfigurationHealth | undefined,
): Status {
  if (problems.length > 0) return "configuration-invalid";
  if (stored.ok && isNewer(stored.told.format.stored)) return "format-newer";
  if (!stored.ok || configuration?.policy === "unknown") return "storage-unavailable";
  if (configuration?.groups.some(({ readAt }) => readAt === undefined)) return "scopes-unknown";
  const policy = configuration?.policy;
  if (policy === undefined) return "healthy";
  if (!policy.holds) return "policy-missing";
  if (policy.unusable !== undefined) return "policy-unusable";
  return policy.unreadable === undefined && policy.problems.length === 0 ? "healthy" : "policy-degraded";
}

/** What is configured, and how the policy file stands; absent where app settings decide. */
interface ConfigurationHealth {
  policy: PolicyStanding | "unknown" | undefined;
  groups: readonly GroupStanding[];
  told: object;
}

async function configurationHealth({ settings, policy, scopes }: Service, log: Log): Promise<ConfigurationHealth> {
  const { baselines, writesStopped } = settings;
  await scopes.current(log);
  const groups = scopes.groups();
  const told = {
    scopes: settings.scopes,
    ...(groups.length === 0 ? {} : { managementGroups: groups }),
    writesStoppedBySetting: writesStopped,
  };
  if (!policy.standing) {
    const modes = Object.fromEntries(baselines.map(({ baseline, mode }) => [baseline.id, mode]));
    return { policy: undefined, groups, told: { ...told, modes } };
  }
  try {
    const standing = await policy.standing(log);
    return { policy: standing, groups, told: { ...told, policy: standing } };
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    return { policy: "unknown", groups, told };
  }
}

type StorageHealth =
  | { ok: true; told: { format: { own: StoredFormat; stored: StoredFormat }; [name: string]: unknown } }
  | { ok: false; told: object };

async function storageHealth(): Promise<StorageHealth> {
  try {
    const { changes, events, sweeps, poison, eventsPoison, sweepsPoison, unreadable, control, format } = storage();
    const [seen, stored, waiting, delivered, pages, poisoned, poisonedEvents, poisonedPages, kept] = await Promise.all([
      control.lastConnections(),
      format.stored(),
      changes.peek(1),
      events.peek(1),
      sweeps.peek(1),
      keptIn(poison),
      keptIn(eventsPoison),
      keptIn(sweepsPoison),
      keptIn(unreadable),
    ]);
    const queues = { changes: waiting.count, events: delivered.count, sweeps: pages.count };
    const poisons = { poison: poisoned, poisonOfEvents: poisonedEvents, poisonOfSweeps: poisonedPages };
    const connections = seen === undefined ? {} : { connections: seenConnectionsSchema.parse(JSON.parse(seen)) };
    const told = { format: { own: ownFormat, stored }, ...connections, queues, ...poisons, unreadable: kept };
    return {
      ok: true,
      told: { ...told, counters: await control.counters(), writesStopped: await control.writesStopped() },
    };
  } catch (thrown) {
    return { ok: false, told: { storage: messageOf(thrown) } };
  }
}

/** What is kept in a queue, with the reasons of the first few; the host's own poison messages come without one. */
async function keptIn(queue: Outbox): Promise<{ count: number; reasons: string[] }> {
  const { count, messages } = await queue.peek(mostShown);
  return { count, reasons: messages.map(reasonIn) };
}

function reasonIn(message: string): string {
  try {
    const kept = keptSchema.safeParse(JSON.parse(message));
    if (kept.success) return kept.data.reason;
  } catch {
    return "It is no JSON.";
  }
  return "It failed each time it was tried; the log has the error.";
}
