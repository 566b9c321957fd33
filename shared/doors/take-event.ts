import * as z from "zod";
import { baselines } from "../baselines/index.ts";
import { CodedError, messageOf } from "../errors.ts";
import type { ChangeMessage } from "../events/cause.ts";
import { keptMessage } from "../events/kept-message.ts";
import { parseEvent } from "../events/parse-event.ts";
import { type InvocationLogger, jsonLinesLog, type Log } from "../log.ts";
import { placeOf } from "../policy/scopes.ts";
import { type Service, service, storage } from "../service/service.ts";
import type { Control } from "../state/stores.ts";

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
      log.info("event ignored", { reason: parsed.reason, ...idOf(event) });
      return;
    }
    if (parsed.kind === "unreadable") {
      log.warn("event unreadable", { reason: parsed.reason.slice(0, 1000), ...idOf(event) });
      await unreadable.send(keptMessage({ reason: parsed.reason }, "event", event), 0);
      return await count(control, "unreadable", log);
    }
    const configured = service();
    // Nobody is asked here: where it can't be told from what is known, the change is kept, and its look asks.
    if (configured.ok && placeOf(parsed.id, configured.service.scopes.known()) === "outside") {
      log.info("event out of scope", { resourceId: parsed.id.text });
      return await count(control, "out-of-scope", log);
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
    // Once the answer is on its way, and while the message is.
    if (configured.ok) setImmediate(() => void prepareForLook(configured.service, parsed.id.type));
  } catch (thrown) {
    throw new CodedError("event-not-kept", messageOf(thrown), [], { cause: thrown });
  }
}

/** In a process that has looked at nothing yet, what a look needs is loaded while its message waits to be fetched. */
async function prepareForLook({ prepareFor }: Service, type: string): Promise<void> {
  await Promise.allSettled([import("./handle-change.ts"), prepareFor(type), storage().format.fit()]);
}

const identifiedSchema = z.object({ id: z.string().max(128), subject: z.string().max(2048).optional() });

/** What an event says of itself, so that it can be found again. */
function idOf(event: unknown): { eventId?: string; subject?: string | undefined } {
  const parsed = identifiedSchema.safeParse(event);
  return parsed.success ? { eventId: parsed.data.id, subject: parsed.data.subject } : {};
}

/** The event is kept or done with by now: a count that fails must not bring it again. */
async function count(control: Control, counter: string, log: Log): Promise<void> {
  try {
    await control.count(counter);
  } catch (thrown) {
    log.warn("event not counted", { counter, error: messageOf(thrown) });
  }
}
