import { verifyJournal } from "../../shared/journal/verify.ts";
import type { Surroundings } from "../frame/command.ts";
import { journalStandingSchema } from "../service/answers.ts";
import type { ServiceOptions } from "../service/find-service.ts";
import { findJournal, isStorageNamed } from "../service/journal-storage.ts";
import type { ServiceClient } from "../service/service-client.ts";

/** How the journal stands, and who found out. */
export interface JournalStanding {
  state: "unaltered" | "altered" | "not-known";
  /** `walked`: by this command, in the storage account; `service`: when the service last walked it. */
  by: "walked" | "service" | "nobody";
  /** ISO 8601. */
  at?: string;
  entries?: number;
  problems: { kind: string; blob: string; explanation: string }[];
}

/** Walks the journal where its storage account is named, which believes nobody; else asks the service, where there is one. */
export async function journalStanding(
  service: ServiceClient | undefined,
  options: ServiceOptions,
  surroundings: Surroundings,
): Promise<JournalStanding> {
  const source = await findJournal(isStorageNamed(surroundings.environment) ? {} : options, surroundings);
  if (source.kind === "storage") {
    const { at, entries, problems } = await verifyJournal(source.blobs, surroundings.now());
    return { state: problems.length === 0 ? "unaltered" : "altered", by: "walked", at, entries, problems };
  }
  if (!service) return { state: "not-known", by: "nobody", problems: [] };
  const { verified, at, entries, problems } = await service.get("/api/journal", journalStandingSchema);
  if (at === undefined) return { state: "not-known", by: "service", problems };
  return { state: verified ? "unaltered" : "altered", by: "service", at, entries, problems };
}

/** The same in one sentence. */
export function tellStanding({ state, by, at, entries, problems }: JournalStanding): string {
  if (state === "not-known") {
    return by === "nobody"
      ? "not known: neither storage account nor service is named"
      : "not walked yet by the service";
  }
  const who = by === "walked" ? "walked by this command" : "as the service last walked it";
  const altered = problems.map(({ kind, blob }) => `${kind} in ${blob}`).join(", ");
  return `${state === "altered" ? `ALTERED: ${altered}` : "unaltered"}, ${entries} entries, ${who} at ${at}`;
}
