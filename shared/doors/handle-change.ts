import * as z from "zod";
import { reconcile } from "../engine/reconcile.ts";
import { isPassing, messageOf } from "../errors.ts";
import { type ChangeMessage, changeMessageSchema } from "../events/cause.ts";
import { keptMessage } from "../events/kept-message.ts";
import { jsonLinesLog, type Log } from "../log.ts";
import { placeOf } from "../policy/scopes.ts";
import { findResourceType } from "../resources/index.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import { service, storage } from "../service/service.ts";
import { isLastTry, type QueueInvocation } from "./last-try.ts";
import { secondsUntilFormatIsAskedAgain, storedFormat } from "./stored-format.ts";

/** With wrong settings a message waits this long before it is looked at again. */
const secondsBetweenLooksAtSettings = 60;

const secondsAfterFailure = 30;

/**
 * Handles one message of the queue `changes`. A message of another shape goes to the poison queue with the reason; one that is out of
 * scope by now is counted. What fails for a while is put off; everything else that is thrown makes the queue deliver it again. A re-check
 * operation is told of a resource that is given up.
 */
export async function handleChange(message: unknown, invocation: QueueInvocation): Promise<void> {
  const log = jsonLinesLog(invocation);
  if ((await storedFormat(log)) !== "fits") {
    return await storage().changes.send(JSON.stringify(message), secondsUntilFormatIsAskedAgain);
  }
  const parsed = changeMessageSchema.safeParse(message);
  if (!parsed.success) return await toPoison(message, z.prettifyError(parsed.error), log);
  const { resourceId, leftIn: leftInId, ...asked } = parsed.data;
  const leftIn = parseResourceId(leftInId ?? "");
  const id = parseResourceId(resourceId);
  if (!id.ok) return await toPoison(message, `Its resource id is none: ${id.reason}.`, log);

  const configured = service();
  if (!configured.ok) {
    log.error("settings are wrong: nothing is written to Azure, the change is kept", { problems: configured.problems });
    await storage().changes.send(JSON.stringify(parsed.data), secondsBetweenLooksAtSettings);
    return;
  }
  const { scopes, resourceTypes, world } = configured.service;
  const current = await scopes.current(log);
  const place = placeOf(id.id, current);
  if (place === "unknown") {
    log.warn("change put off: it can't be told whether it is in scope", {
      resourceId,
      managementGroups: current.unsure,
    });
    return await storage().changes.send(JSON.stringify(parsed.data), secondsAfterFailure);
  }
  if (place === "outside") {
    log.warn("change out of scope", { resourceId });
    await storage().control.count("out-of-scope");
    return await giveUp(parsed.data);
  }
  const type = findResourceType(resourceTypes, id.id.type);
  if (!type) {
    await toPoison(message, `No baseline concerns ${id.id.type}.`, log);
    return await giveUp(parsed.data);
  }
  try {
    const look = { id: id.id, mayWait: true, ...asked, ...(leftIn.ok ? { leftIn: leftIn.id } : {}) };
    await reconcile(world(log), type, look);
  } catch (thrown) {
    if (!isPassing(thrown)) {
      if (isLastTry(invocation)) {
        log.error("message given up: it goes to the poison queue", { resourceId, error: messageOf(thrown) });
        await giveUp(parsed.data);
      }
      throw thrown;
    }
    log.warn("change put off", { resourceId, code: thrown.code, error: thrown.message });
    await storage().changes.send(JSON.stringify(parsed.data), secondsAfterFailure);
  }
}

/** Who waits for an operation must not wait for ever. Put back to work later, the resource gets its outcome all the same. */
async function giveUp({ resourceId, cause: { operationId } }: ChangeMessage): Promise<void> {
  if (operationId === undefined) return;
  await storage().operations.tell(operationId, resourceId, { outcome: "failed", results: [] });
}

async function toPoison(message: unknown, reason: string, log: Log): Promise<void> {
  log.error("message unreadable", { code: "message-unreadable", reason });
  await storage().poison.send(keptMessage({ code: "message-unreadable", reason }, "message", message), 0);
}
