import { baselines } from "../baselines/index.ts";
import { CodedError, messageOf } from "../errors.ts";
import type { ChangeMessage } from "../events/cause.ts";
import { keptMessage } from "../events/kept-message.ts";
import { parseEvent } from "../events/parse-event.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { isInScope } from "../policy/scopes.ts";
import { service, storage } from "../service/service.ts";

/**
 * Takes one event: a change of a few hundred bytes goes on the queue, what can't be read is kept, what lies out of scope is counted.
 * With a wrong setting events are still taken and kept.
 * Throws `event-not-kept` only: then Event Grid delivers it again.
 */
export async function takeEvent(event: unknown, logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const parsed = parseEvent(event, baselines);
  try {
    const { changes, control, unreadable } = storage();
    if (parsed.kind === "ignored") {
      log.info("event ignored", { reason: parsed.reason });
      return;
    }
    if (parsed.kind === "unreadable") {
      log.warn("event unreadable", { reason: parsed.reason.slice(0, 1000) });
      await unreadable.send(keptMessage({ reason: parsed.reason }, "event", event), 0);
      await control.count("unreadable");
      return;
    }
    const configured = service();
    if (configured.ok && !isInScope(parsed.id, configured.service.settings.scopes)) {
      log.info("event out of scope", { resourceId: parsed.id.text });
      await control.count("out-of-scope");
      return;
    }
    const message: ChangeMessage = {
      version: 1,
      resourceId: parsed.id.text,
      cause: parsed.cause,
      attempt: 0,
      dryRun: false,
    };
    await changes.send(JSON.stringify(message), 0);
    log.info("event taken", { resourceId: parsed.id.text, cause: parsed.cause });
  } catch (thrown) {
    throw new CodedError("event-not-kept", messageOf(thrown), [], { cause: thrown });
  }
}
