import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { storedFormat } from "./stored-format.ts";

/** The function's own time limit is five minutes (host.json). */
const longestMilliseconds = 3 * 60_000;

/** Removes rows that nobody needs any more. Throws `storage-unavailable`; the next night goes on. */
export async function cleanUp(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  const configured = service();
  if (!configured.ok) return log.error("settings are wrong: nothing is cleaned up", { problems: configured.problems });
  if ((await storedFormat(log)) !== "fits") return;
  const until = new Date(Date.now() + longestMilliseconds);
  const removed = await storage().removeOldRows(configured.service.settings.journalRetentionDays, until);
  log.info("old rows removed", { removed });
}
