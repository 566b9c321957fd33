import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { notify } from "../notifications/notify.ts";
import { service } from "../service/service.ts";
import { storedFormat } from "./stored-format.ts";

/** Tells the notification topic what the journal says since the last time. Without a topic nothing is read. */
export async function notifyTopic(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const configured = service();
  if (!configured.ok) return log.error("settings are wrong: nobody is notified", { problems: configured.problems });
  if ((await storedFormat(log)) !== "fits") return;
  const world = configured.service.notifyWorld(log);
  if (world) await notify(world);
}
