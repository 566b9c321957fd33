import { CodedError } from "../errors.ts";
import type { AppendBlobs } from "../journal/append-blobs.ts";
import type { Table } from "../state/table.ts";

/** The versions of what is stored; 0 where it carries none yet. */
export interface StoredFormat {
  journal: number;
  tables: number;
}

/**
 * What this app writes, and reads with everything before it. A number is raised by one where an app that knows only the one before could
 * misread or spoil what is written from then on. What is merely added, and passed over by older apps, raises nothing.
 */
export const ownFormat: StoredFormat = { journal: 1, tables: 1 };

/** How what is stored fits this app. `newer`: an app with a higher format wrote it, so this one leaves it alone. */
export type FormatFit = "fits" | "newer";

/** The format of one service's storage. Both methods throw `storage-unavailable`. */
export interface FormatKeeper {
  /** As it stands now; writes nothing. */
  stored(): Promise<StoredFormat>;
  /** To be asked before anything is written: marks what is older, or new, with the format of this app. */
  fit(): Promise<FormatFit>;
}

/** For so long what fitted is not asked again: an instance that is left with an older package stops after this time. */
const trustedMilliseconds = 5 * 60_000;

/** In the journal the name of an empty append blob is the mark: to make one, the right to append is enough. */
const journalPrefix = "format/";
const rowPartition = "format";
const rowKey = "tables";

/**
 * Keeps the marks of the format, with two requests in a process's first minutes and none for each event.
 * @param control the table that holds the mark of all tables.
 */
export function formatKeeper(
  blobs: Pick<AppendBlobs, "list" | "create">,
  control: Pick<Table, "get" | "upsert">,
  now: () => Date,
  own: StoredFormat = ownFormat,
): FormatKeeper {
  let fitting: { at: number; fit: Promise<FormatFit> } | undefined;

  async function stored(): Promise<StoredFormat> {
    const [journal, row] = await Promise.all([journalFormat(blobs), control.get(rowPartition, rowKey)]);
    return { journal, tables: row ? versionIn(String(row.columns.version)) : 0 };
  }

  async function ask(): Promise<FormatFit> {
    const found = await stored();
    if (isNewer(found, own)) return "newer";
    if (found.tables < own.tables) await control.upsert(rowPartition, rowKey, { version: own.tables });
    if (found.journal < own.journal) await blobs.create(`${journalPrefix}${own.journal}`);
    return "fits";
  }

  async function asked(): Promise<FormatFit> {
    try {
      const fit = await ask();
      if (fit === "newer") fitting = undefined;
      return fit;
    } catch (thrown) {
      fitting = undefined;
      throw thrown;
    }
  }

  return {
    stored,
    fit() {
      const at = now().getTime();
      if (!fitting || at - fitting.at >= trustedMilliseconds) fitting = { at, fit: asked() };
      return fitting.fit;
    },
  };
}

/** Whether an app that writes this format must leave alone what is stored. */
export function isNewer(found: StoredFormat, own: StoredFormat = ownFormat): boolean {
  return found.journal > own.journal || found.tables > own.tables;
}

/** The format of the journal in these blobs; 0 where it carries none yet. Throws `storage-unavailable`. */
export async function journalFormat(blobs: Pick<AppendBlobs, "list">): Promise<number> {
  const marks = await blobs.list(journalPrefix);
  return Math.max(0, ...marks.map(({ name }) => versionIn(name.slice(journalPrefix.length))));
}

/** A mark that can't be read was written by nothing that this app knows. */
function versionIn(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new CodedError("storage-unavailable", `"${text.slice(0, 40)}" is no version of a format.`);
}
