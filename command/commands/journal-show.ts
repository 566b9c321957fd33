import * as z from "zod";
import { entriesOf } from "../../shared/journal/history.ts";
import type { JsonObject } from "../../shared/json.ts";
import type { ResourceId } from "../../shared/resources/resource-id.ts";
import { defineCommand, type Surroundings } from "../frame/command.ts";
import { exitCodes, UsageError } from "../frame/output.ts";
import { resourceWord, subjectWord } from "../frame/words.ts";
import { remediationSchema } from "../service/answers.ts";
import { type ServiceOptions, serviceOptions } from "../service/find-service.ts";
import { findJournal, journalNowhere } from "../service/journal-storage.ts";
import { remediationsOf } from "../service/list.ts";
import { openService } from "../service/service-client.ts";
import { tellEntry } from "../service/tell-entry.ts";

/** `journal show`: what the journal has about a resource, oldest first, in plain words. */
export const journalShow = defineCommand({
  name: "journal show",
  summary:
    "Tells the history of a resource, a scope, the policy file or the service's calls in plain words, oldest first.",
  details: [
    "It reads the journal in the storage account that JOURNAL_STORAGE, AzureWebJobsStorage or AzureWebJobsStorage__accountName names, or that of the local Azure in this folder. With --endpoint, or where no account is named, it asks the service, which tells its remediations and leaves out the looks that found nothing; it tells of resources alone.",
  ],
  arguments: [subjectWord.argument],
  options: z.strictObject(serviceOptions),
  examples: [
    { line: 'journal show "$ACCOUNT"', does: "Everything that was found, decided and done about an account:" },
    { line: "journal show policy", does: "Which policy files were accepted and refused, and who changed them:" },
    {
      line: "journal show calls",
      does: "Who called the service with which roles, was refused, or stopped all writes:",
    },
  ],
  async run(options, words, surroundings) {
    const { out } = surroundings.output;
    const subject = subjectWord.read(words[0]);
    const source = await findJournal(options, surroundings);
    if (source.kind === "nowhere") throw new UsageError(journalNowhere);
    const entries =
      source.kind === "storage"
        ? await entriesOf(source.blobs, subject)
        : await entriesAtService(resourceWord.read(words[0]), options, surroundings);
    for (const entry of entries) for (const line of tellEntry(entry)) out(line);
    out(entries.length === 0 ? "The journal has nothing about it." : `${entries.length} entries.`);
    return exitCodes.good;
  },
});

async function entriesAtService(
  id: ResourceId,
  options: ServiceOptions,
  surroundings: Surroundings,
): Promise<JsonObject[]> {
  const service = await openService(options, surroundings);
  const entries: JsonObject[] = [];
  for (const { id: remediationId } of await remediationsOf(service, id.text)) {
    entries.push(...(await service.get(`/api/remediations/${remediationId}`, remediationSchema)).journal);
  }
  return entries.sort((a, b) => String(a.at).localeCompare(String(b.at)));
}
