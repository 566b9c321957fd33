import { z } from "zod";
import { reconcile } from "../engine/reconcile.ts";
import { changeMessageSchema } from "../events/cause.ts";
import { keptMessage } from "../events/kept-message.ts";
import { type InvocationLogger, jsonLinesLog, type Log } from "../log.ts";
import { isInScope } from "../policy/scopes.ts";
import { findResourceType } from "../resources/index.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { service, storage } from "../service/service.ts";

/** With wrong settings a message waits this long before it is looked at again. */
const secondsBetweenLooksAtSettings = 60;

/**
 * Handles one message of the queue `changes`. A message of another shape goes to the poison queue with the reason; one that is out of
 * scope by now is counted. Throws what the engine throws: the queue then delivers it again.
 */
export async function handleChange(message: unknown, logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const parsed = changeMessageSchema.safeParse(message);
  if (!parsed.success) return await toPoison(message, z.prettifyError(parsed.error), log);
  const { resourceId, cause, attempt, dryRun } = parsed.data;
  const id = parseResourceId(resourceId);
  if (!id.ok) return await toPoison(message, `Its resource id is none: ${id.reason}.`, log);

  const configured = service();
  if (!configured.ok) {
    log.error("settings are wrong: nothing is written to Azure, the change is kept", { problems: configured.problems });
    await storage().changes.send(JSON.stringify(parsed.data), secondsBetweenLooksAtSettings);
    return;
  }
  const { settings, resourceTypes, world } = configured.service;
  if (!isInScope(id.id, settings.scopes)) {
    log.warn("change out of scope", { resourceId });
    await storage().control.count("out-of-scope");
    return;
  }
  const type = findResourceType(resourceTypes, id.id.type);
  if (!type) return await toPoison(message, `No baseline concerns ${id.id.type}.`, log);
  await reconcile(world(log), type, { id: id.id, cause, attempt, dryRun });
}

async function toPoison(message: unknown, reason: string, log: Log): Promise<void> {
  log.error("message unreadable", { code: "message-unreadable", reason });
  await storage().poison.send(keptMessage({ code: "message-unreadable", reason }, "message", message), 0);
}
