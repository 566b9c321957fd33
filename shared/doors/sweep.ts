import * as z from "zod";
import { messageOf } from "../errors.ts";
import { keptMessage } from "../events/kept-message.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { giveUpPage, handleSweepPage as handlePage, startSweep as start, sweepPageSchema } from "../sweep/sweep.ts";
import { isLastTry, type QueueInvocation } from "./last-try.ts";
import { secondsUntilFormatIsAskedAgain, storedFormat } from "./stored-format.ts";

/** With wrong settings a page waits this long before it is looked at again. */
const secondsBetweenLooksAtSettings = 60;

/** Starts a sweep over all scopes; with wrong settings it only says so. */
export async function startSweep(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const configured = service();
  if (!configured.ok) return log.error("settings are wrong: no sweep", { problems: configured.problems });
  if ((await storedFormat(log)) !== "fits") return;
  await start(configured.service.sweepWorld(log));
}

/**
 * Handles one message of the queue `sweeps`. One of another shape goes to the poison queue with the reason. A re-check operation is told of
 * a page that is given up.
 */
export async function handleSweepPage(message: unknown, invocation: QueueInvocation): Promise<void> {
  const log = jsonLinesLog(invocation);
  if ((await storedFormat(log)) !== "fits") {
    return await storage().sweeps.send(JSON.stringify(message), secondsUntilFormatIsAskedAgain);
  }
  const parsed = sweepPageSchema.safeParse(message);
  if (!parsed.success) {
    const reason = z.prettifyError(parsed.error);
    log.error("message unreadable", { code: "message-unreadable", reason });
    await storage().sweepsPoison.send(keptMessage({ code: "message-unreadable", reason }, "message", message), 0);
    return;
  }
  const configured = service();
  if (!configured.ok) {
    log.error("settings are wrong: the sweep page is kept", { problems: configured.problems });
    return await storage().sweeps.send(JSON.stringify(parsed.data), secondsBetweenLooksAtSettings);
  }
  const world = configured.service.sweepWorld(log);
  try {
    await handlePage(world, parsed.data);
  } catch (thrown) {
    if (isLastTry(invocation)) {
      log.error("message given up: it goes to the poison queue", { type: parsed.data.type, error: messageOf(thrown) });
      await giveUpPage(world, parsed.data);
    }
    throw thrown;
  }
}
