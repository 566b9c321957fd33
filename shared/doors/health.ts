import * as z from "zod";
import { messageOf } from "../errors.ts";
import type { Outbox } from "../events/queue.ts";
import type { InvocationLogger } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { answering, type HttpAnswer } from "./http-answer.ts";

const mostShown = 8;
const keptSchema = z.object({ reason: z.string(), code: z.string().optional() });

/**
 * How the service stands: settings, queues, what is kept because it can't be read, counters, the stop switch. `GET /api/health`
 * Status 200 where it works, 503 where a setting is wrong or its storage does not answer.
 */
export function health(logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    const problems = configured.ok ? [] : configured.problems;
    const settings = configured.ok
      ? {
          scopes: configured.service.settings.scopes,
          modes: Object.fromEntries(
            configured.service.settings.baselines.map(({ baseline, mode }) => [baseline.id, mode]),
          ),
          writesStoppedBySetting: configured.service.settings.writesStopped,
        }
      : {};
    const stored = await storageHealth();
    const status = problems.length > 0 ? "configuration-invalid" : stored.ok ? "healthy" : "storage-unavailable";
    return { status: status === "healthy" ? 200 : 503, jsonBody: { status, problems, ...settings, ...stored.told } };
  });
}

async function storageHealth(): Promise<{ ok: boolean; told: object }> {
  try {
    const { changes, sweeps, poison, sweepsPoison, unreadable, control } = storage();
    const [waiting, pages, poisoned, poisonedPages, kept] = await Promise.all([
      changes.peek(1),
      sweeps.peek(1),
      keptIn(poison),
      keptIn(sweepsPoison),
      keptIn(unreadable),
    ]);
    const queues = { changes: waiting.count, sweeps: pages.count };
    const told = { queues, poison: poisoned, poisonOfSweeps: poisonedPages, unreadable: kept };
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
