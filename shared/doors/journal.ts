import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { messageOf } from "../errors.ts";
import { chainHeads } from "../journal/chained-journal.ts";
import { keepJournalFor } from "../journal/retention.ts";
import { type JournalVerification, verifyJournal } from "../journal/verify.ts";
import { type InvocationLogger, jsonLinesLog } from "../log.ts";
import { service, storage } from "../service/service.ts";
import { ownFormat } from "../service/stored-format.ts";
import { answering, configurationAnswer, type HttpAnswer } from "./http-answer.ts";
import { storedFormat } from "./stored-format.ts";

const headSchema = z.object({ blob: z.string(), position: z.number(), hash: z.string() });
const verificationSchema = z.object({
  at: z.string(),
  entries: z.number(),
  problems: z.array(z.looseObject({ kind: z.string(), blob: z.string(), explanation: z.string() })),
  chains: z.array(z.looseObject({ head: headSchema.optional() })),
});

/**
 * Walks the journal's chains, and holds them also against where they ended the last time; then lets go of what is older than it is kept.
 * The result is kept for `GET /api/journal`. Throws `storage-unavailable`; the next night does it again.
 */
export async function verifyJournalNightly(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  if ((await storedFormat(log)) !== "fits") return;
  const { control, journalBlobs } = storage();
  const now = new Date();
  const verification = await verifyJournal(journalBlobs, now, await lastHeads());
  const { problems, entries } = verification;
  if (problems.length > 0) log.error("the journal was altered", { problems });
  else log.info("the journal is unaltered", { entries });
  await control.keepVerification(JSON.stringify(await withHeadsKept(verification)));

  const configured = service();
  const days = configured.ok ? configured.service.settings.journalRetentionDays : 0;
  if (days === 0 || problems.length > 0) return;
  try {
    const removed = await keepJournalFor(journalBlobs, days, now);
    if (removed.length > 0) log.info("old journal blobs removed", { days, removed });
  } catch (thrown) {
    log.warn("old journal blobs not removed", { days, error: messageOf(thrown) });
  }
}

/** How the journal was found when it was last walked. `GET /api/journal` */
export function journalStanding(logger: InvocationLogger): Promise<HttpAnswer> {
  return answering(logger, async () => {
    const configured = service();
    if (!configured.ok) return configurationAnswer(configured.problems);
    const { control, format } = storage();
    const [json, stored] = await Promise.all([control.lastVerification(), format.stored()]);
    const versions = { version: packageJson.version, format: { own: ownFormat, stored } };
    if (json === undefined) return { status: 200, jsonBody: { verified: false, problems: [], ...versions } };
    const { at, entries, problems } = verificationSchema.parse(JSON.parse(json));
    return { status: 200, jsonBody: { verified: problems.length === 0, at, entries, problems, ...versions } };
  });
}

/**
 * Logs where each chain ends, under a function name of its own so that no sampling takes it away: who makes a whole chain anew can't make
 * what the log has.
 */
export async function logChainHeads(logger: InvocationLogger): Promise<void> {
  const log = jsonLinesLog(logger);
  for (const { blob, position, hash } of await chainHeads(storage().journalBlobs)) {
    log.info("chain head", { blob, position, hash });
  }
}

async function lastHeads() {
  const json = await storage().control.lastVerification();
  if (json === undefined) return [];
  return verificationSchema.parse(JSON.parse(json)).chains.flatMap(({ head }) => head ?? []);
}

/** A chain in which something is wrong keeps the head that it had before: the next night still finds it wrong. */
async function withHeadsKept(verification: JournalVerification): Promise<JournalVerification> {
  const before = await lastHeads();
  const chains = verification.chains.map((each) => {
    const head = each.head ?? before.find(({ blob }) => blob.startsWith(`${each.chain}/`));
    return head === undefined ? each : { ...each, head };
  });
  return { ...verification, chains };
}
