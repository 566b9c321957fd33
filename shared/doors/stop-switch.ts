import { randomUUID } from "node:crypto";
import * as z from "zod";
import { type Caller, callerName } from "../access/caller.ts";
import { messageOf } from "../errors.ts";
import { callsUnit } from "../journal/journal.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { answering, configurationAnswer, type HttpAnswer } from "./http-answer.ts";
import { jsonBody } from "./json-body.ts";

/** The body of `POST /api/stop` and `POST /api/resume`. */
export const switchSchema = z.strictObject({ reason: z.string().trim().min(1).max(200) });

/**
 * Stops all writes to Azure, but for an undo, until somebody resumes them; checks go on. The switch comes first and the journal after it:
 * an emergency does not wait, nor
 * fail where the journal can't be written. Works also while a setting is wrong. `POST /api/stop`
 */
export function stop(body: string, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const asked = jsonBody(body, switchSchema);
    if (asked.kind === "invalid") return asked.answer;
    await storage().control.stopWrites(true, callerName(caller));
    try {
      await journalSwitch(true, asked.value.reason, caller, logger);
    } catch (thrown) {
      jsonLinesLog(logger).error("stop not journaled", { error: messageOf(thrown) });
    }
    return switchAnswer(true);
  });
}

/** Lets writes go on, once that is in the journal. The setting WRITES_STOPPED stops them all the same. `POST /api/resume` */
export function resume(body: string, caller: Caller, logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const asked = jsonBody(body, switchSchema);
    if (asked.kind === "invalid") return asked.answer;
    await journalSwitch(false, asked.value.reason, caller, logger);
    await storage().control.stopWrites(false, callerName(caller));
    return switchAnswer(false);
  });
}

async function journalSwitch(
  stopped: boolean,
  reason: string,
  caller: Caller,
  logger: InvocationLogger,
): Promise<void> {
  const by = { by: callerName(caller), roles: [...caller.roles] };
  jsonLinesLog(logger).warn(stopped ? "writes stopped" : "writes resumed", { ...by, reason });
  const entry = { version: 1 as const, id: randomUUID(), at: new Date().toISOString(), kind: "switch" as const };
  const resourceId = stopped ? "/api/stop" : "/api/resume";
  await storage().journal.append(callsUnit, [{ ...entry, resourceId, stopped, ...by, reason }]);
}

function switchAnswer(writesStopped: boolean): HttpAnswer {
  const configured = service();
  const writesStoppedBySetting = configured.ok && configured.service.settings.writesStopped;
  return { status: 200, jsonBody: { writesStopped, writesStoppedBySetting } };
}
