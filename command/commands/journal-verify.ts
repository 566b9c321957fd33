import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import packageJson from "../../package.json" with { type: "json" };
import type { AppendBlobs } from "../../shared/journal/append-blobs.ts";
import { type LoggedHead, verifyJournal } from "../../shared/journal/verify.ts";
import { journalFormat, ownFormat } from "../../shared/service/stored-format.ts";
import { defineCommand, type Surroundings } from "../frame/command.ts";
import { type ExitCode, exitCodes, type Output, UsageError } from "../frame/output.ts";
import { journalStandingSchema } from "../service/answers.ts";
import { type ServiceOptions, serviceOptions } from "../service/find-service.ts";
import { findJournal, journalNowhere } from "../service/journal-storage.ts";
import { openService } from "../service/service-client.ts";

const headSchema = z.object({
  message: z.literal("chain head"),
  blob: z.string(),
  position: z.number(),
  hash: z.string(),
});

/** `journal verify`: walks the journal's chains in the storage account, or asks the service how it found them. */
export const journalVerify = defineCommand({
  name: "journal verify",
  summary: "Names the first entry of each of the journal's chains that was changed, removed, inserted or reordered.",
  details: [
    "It walks the chains itself, in the storage account that JOURNAL_STORAGE, AzureWebJobsStorage or AzureWebJobsStorage__accountName names, or that of the local Azure in this folder. With --endpoint, or where no account is named, it asks the service how it found them when it last walked them, which it does each night.",
  ],
  arguments: [],
  options: z.strictObject({
    heads: z
      .string()
      .meta({
        value: "FILE",
        description: 'lines of the log that say "chain head": they show also a chain that was made anew as a whole',
      })
      .optional(),
    ...serviceOptions,
  }),
  examples: [
    { line: "journal verify", does: "Walks the journal; exit code 1 where it was altered:" },
    { line: "journal verify --heads heads.jsonl", does: "Holds it against what the log says:" },
  ],
  async run({ heads: file, ...service }, _words, surroundings) {
    const source = await findJournal(service, surroundings);
    if (source.kind === "nowhere") throw new UsageError(journalNowhere);
    if (source.kind === "storage") return await walk(source.blobs, file, surroundings);
    if (file !== undefined) throw new UsageError("--heads is held against the storage account, and none is named.");
    return await askService(service, surroundings);
  },
});

async function walk(
  blobs: AppendBlobs,
  file: string | undefined,
  { directory, output, now }: Surroundings,
): Promise<ExitCode> {
  const format = await journalFormat(blobs);
  if (format > ownFormat.journal) {
    output.out(tellFormat(packageJson.version, format));
    output.out("This version of the command does not know that format: take the one of the app that writes it.");
    return exitCodes.unknown;
  }
  const heads = file === undefined ? [] : await headsIn(path.resolve(directory, file));
  const { entries, problems, chains } = await verifyJournal(blobs, now(), heads);
  for (const { kind, blob, offset, entryId, explanation } of problems) {
    output.out(`${kind.toUpperCase()}  ${blob} at byte ${offset}${entryId === "" ? "" : `, entry ${entryId}`}`);
    output.out(`  ${explanation}`);
  }
  const held = heads.length === 0 ? "" : `, held against ${heads.length} logged heads`;
  const used = chains.filter((chain) => chain.entries > 0).length;
  if (problems.length === 0) output.out(`Unaltered: ${entries} entries in ${used} chains${held}.`);
  else output.out(`${problems.length} of ${used} chains were altered, ${entries} entries read${held}.`);
  output.out(tellFormat(packageJson.version, format));
  return problems.length === 0 ? exitCodes.good : exitCodes.bad;
}

async function askService(options: ServiceOptions, surroundings: Surroundings): Promise<ExitCode> {
  const service = await openService(options, surroundings);
  const { at, entries, problems, version, format } = await service.get("/api/journal", journalStandingSchema);
  const code = tellStanding({ at, entries, problems }, surroundings.output);
  surroundings.output.out(tellFormat(version, format.stored.journal));
  return code;
}

function tellStanding(
  { at, entries, problems }: Pick<z.infer<typeof journalStandingSchema>, "at" | "entries" | "problems">,
  { out }: Output,
): ExitCode {
  if (at === undefined) {
    out("The service has not walked its journal yet; it does so each night.");
    return exitCodes.unknown;
  }
  for (const { kind, blob, explanation } of problems) {
    out(`${kind.toUpperCase()}  ${blob}`);
    out(`  ${explanation}`);
  }
  out(`${problems.length === 0 ? "Unaltered" : `${problems.length} chains altered`} at ${at}: ${entries} entries.`);
  return problems.length === 0 ? exitCodes.good : exitCodes.bad;
}

function tellFormat(version: string, format: number): string {
  const carried = format === 0 ? "no format version yet" : `format ${format}`;
  return `azure-encryption-guard ${version}; the journal carries ${carried}.`;
}

async function headsIn(file: string): Promise<LoggedHead[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.flatMap((line) => {
    const begin = line.indexOf("{");
    const head = begin < 0 ? undefined : headSchema.safeParse(jsonOrNothing(line.slice(begin)));
    return head?.success ? [head.data] : [];
  });
}

/** A log has other lines too. */
function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
