import type { ChangeMessage } from "../events/cause.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { service } from "../service/service.ts";

/**
 * Takes up what waits and is due, and what a holder that died left behind. The message is sent before the wait is forgotten:
 * a crash in between costs a second look.
 */
export async function wake(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const configured = service();
  if (!configured.ok) return log.error("settings are wrong: the waker rests", { problems: configured.problems });
  const { waits, leases, changes, now } = configured.service.world(log);

  const due = await waits.due(now());
  for (const { resourceId, message, version } of due) {
    await changes.send(message, 0);
    const parsed = parseResourceId(resourceId);
    if (parsed.ok) await waits.remove(parsed.id, version);
  }
  const abandoned = await leases.abandoned();
  for (const { resourceId, cause } of abandoned) {
    const message: ChangeMessage = {
      version: 1,
      resourceId,
      cause: { ...cause, via: "waker" },
      attempt: 0,
      dryRun: false,
    };
    await changes.send(JSON.stringify(message), 0);
  }
  if (due.length + abandoned.length > 0) log.info("waker", { due: due.length, abandoned: abandoned.length });
}
