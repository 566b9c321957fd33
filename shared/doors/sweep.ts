import * as z from "zod";
import { keptMessage } from "../events/kept-message.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { handleSweepPage as handlePage, startSweep as start, sweepPageSchema } from "../sweep/sweep.ts";

/** With wrong settings a page waits this long before it is looked at again. */
const secondsBetweenLooksAtSettings = 60;

/** Starts a sweep over all scopes; with wrong settings it only says so. */
export async function startSweep(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const configured = service();
  if (!configured.ok) return log.error("settings are wrong: no sweep", { problems: configured.problems });
  await start(configured.service.sweepWorld(log));
}

/** Handles one message of the queue `sweeps`. One of another shape goes to the poison queue with the reason. */
export async function handleSweepPage(message: unknown, logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
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
  await handlePage(configured.service.sweepWorld(log), parsed.data);
}
