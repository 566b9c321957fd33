import { tellEndingExemptions } from "../engine/exemption-ends.ts";
import type { ChangeMessage } from "../events/cause.ts";
import { keptMessage } from "../events/kept-message.ts";
import { type InvocationLogger, jsonLinesLog, type Log } from "../log.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { service, storage } from "../service/service.ts";
import { storedFormat } from "./stored-format.ts";
import { takeEvent } from "./take-event.ts";

/** So many blobs at a time; the next minute goes on. */
const mostDeadLetters = 100;

/**
 * Takes up what waits and is due, what a holder that died left behind, and events that Event Grid could not deliver; then says which
 * exemptions end soon. The message is sent before the wait is forgotten: a crash in between costs a second look.
 */
export async function wake(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const configured = service();
  if (!configured.ok) return log.error("settings are wrong: the waker rests", { problems: configured.problems });
  if ((await storedFormat(log)) !== "fits") return;
  const { waits, leases, changes, journal, now } = configured.service.world(log);

  const due = await waits.due(now());
  for (const { resourceId, message, version } of due) {
    await changes.send(message, 0);
    const parsed = parseResourceId(resourceId);
    if (parsed.ok) await waits.remove(parsed.id, version);
  }
  const abandoned = await leases.abandoned();
  for (const { resourceId, cause, unit } of abandoned) {
    const message: ChangeMessage = {
      version: 1,
      resourceId,
      cause: { ...cause, via: "waker" },
      leftIn: unit,
      attempt: 0,
      dryRun: false,
    };
    await changes.send(JSON.stringify(message), 0);
  }
  if (due.length + abandoned.length > 0) log.info("waker", { due: due.length, abandoned: abandoned.length });
  await takeDeadLetters(logger, log);
  const told = await tellEndingExemptions({ now, exemptions: storage().exemptions, journal });
  told.push(...((await configured.service.policy.tellEndingExemptions?.(log)) ?? []));
  if (told.length > 0) log.info("exemptions end soon", { exemptions: told });
}

/** Events that Event Grid gave up on are events like any other. A blob goes once all of its events are on a queue. */
async function takeDeadLetters(logger: InvocationLogger, log: Log): Promise<void> {
  const { deadLetters, unreadable } = storage();
  for (const letter of await deadLetters.waiting(mostDeadLetters)) {
    if (letter.kind === "unreadable")
      await unreadable.send(keptMessage({ reason: letter.reason }, "event", letter.text), 0);
    else for (const event of letter.events) await takeEvent(event, logger);
    await deadLetters.remove(letter.name);
    log.warn("dead letter taken", { blob: letter.name, events: letter.kind === "events" ? letter.events.length : 0 });
  }
}
