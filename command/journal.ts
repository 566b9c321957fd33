import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type AppendBlobs, appendBlobs } from "../shared/journal/append-blobs.ts";
import { entriesOf } from "../shared/journal/history.ts";
import { type LoggedHead, verifyJournal } from "../shared/journal/verify.ts";
import { parseResourceId } from "../shared/resources/resource-id.ts";
import { serviceCredential } from "../shared/service/identity.ts";
import { storageClients } from "../shared/service/storage-clients.ts";
import { tellEntry } from "./tell-entry.ts";
import { exitCodes, type Output, UsageError } from "./usage.ts";

const headSchema = z.object({
  message: z.literal("chain head"),
  blob: z.string(),
  position: z.number(),
  hash: z.string(),
});

/** `journal verify`: gives 1 where something is wrong. Throws a UsageError, and `storage-unavailable`. */
export async function verifyChains(
  options: readonly string[],
  environment: NodeJS.ProcessEnv,
  { out }: Output,
): Promise<number> {
  const heads = await headsIn(options);
  const { entries, problems, chains } = await verifyJournal(journalBlobs(environment), new Date(), heads);
  for (const { kind, blob, offset, entryId, explanation } of problems) {
    out(`${kind.toUpperCase()}  ${blob} at byte ${offset}${entryId === "" ? "" : `, entry ${entryId}`}`);
    out(`  ${explanation}`);
  }
  const held = heads.length === 0 ? "" : `, held against ${heads.length} logged heads`;
  const used = chains.filter((chain) => chain.entries > 0).length;
  if (problems.length === 0) out(`Unaltered: ${entries} entries in ${used} chains${held}.`);
  else out(`${problems.length} of ${used} chains were altered, ${entries} entries read${held}.`);
  return problems.length === 0 ? exitCodes.good : exitCodes.bad;
}

/** `journal show RESOURCE`: everything that the journal has about it, oldest first. Throws as {@link verifyChains}. */
export async function showHistory(
  [resource, ...more]: readonly string[],
  environment: NodeJS.ProcessEnv,
  { out }: Output,
): Promise<number> {
  if (resource === undefined || more.length > 0) throw new UsageError("journal show takes one ARM resource id.");
  const id = parseResourceId(resource);
  if (!id.ok) throw new UsageError(`${JSON.stringify(resource)} is no resource id: ${id.reason}.`);
  const entries = await entriesOf(journalBlobs(environment), id.id);
  for (const entry of entries) for (const line of tellEntry(entry)) out(line);
  out(entries.length === 0 ? "The journal has nothing about it." : `${entries.length} entries.`);
  return exitCodes.good;
}

async function headsIn([option, file, ...more]: readonly string[]): Promise<LoggedHead[]> {
  if (option === undefined) return [];
  if (option !== "--heads" || file === undefined || more.length > 0) {
    throw new UsageError("journal verify takes --heads FILE and nothing else.");
  }
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

function journalBlobs(environment: NodeJS.ProcessEnv): AppendBlobs {
  const isNamed = environment.AzureWebJobsStorage || environment.AzureWebJobsStorage__accountName;
  const isByUri = environment.AzureWebJobsStorage__blobServiceUri;
  if (!isNamed && !isByUri) {
    throw new UsageError(
      "Set AzureWebJobsStorage or AzureWebJobsStorage__accountName: the journal is in that account.",
    );
  }
  const clients = storageClients(environment, () =>
    serviceCredential(environment, environment.AzureWebJobsStorage__clientId),
  );
  return appendBlobs(clients.containerForReading("journal"));
}
