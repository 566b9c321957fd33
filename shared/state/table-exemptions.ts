import * as z from "zod";
import type { Exemptions, KeptExemption, StoredExemption } from "./stores.ts";
import { type Columns, queryAll, type Row, type Table } from "./table.ts";

const partition = "exemption";
/** Far more than people look after; those that ended long ago are removed. */
const mostKept = 20_000;
const latest = 9_999_999_999_999;

const said = (most: number) => z.string().trim().min(1).max(most);

/** Columns of a row that somebody may have edited by hand. */
const rowSchema = z.object({
  scope: z.string().regex(/^\/subscriptions\/[^/]+/i, "is no scope"),
  baseline: said(100),
  owner: said(256),
  reason: said(1000),
  until: z.iso.datetime(),
  grantedAt: z.iso.datetime(),
  grantedBy: said(256),
  tagValue: z.string().optional(),
  endedAt: z.iso.datetime().optional(),
  endedBy: z.string().optional(),
  toldAt: z.iso.datetime().optional(),
});

/** What an exemption's id looks like. */
export const exemptionIdPattern = /^(\d{13})-([0-9a-f]{8})$/;

/** Exemptions in a table: a row each, its columns in plain text; row keys sort newest first. */
export function tableExemptions(table: Table): Exemptions {
  async function rowOf(id: string): Promise<Row | undefined> {
    const rowKey = rowKeyOf(id);
    return rowKey === undefined ? undefined : await table.get(partition, rowKey);
  }

  return {
    async add(exemption) {
      const rowKey = rowKeyOf(exemption.id);
      if (rowKey === undefined) throw new TypeError(`${exemption.id} is no exemption id.`);
      await table.upsert(partition, rowKey, columnsOf(exemption));
    },

    async find(id) {
      const row = await rowOf(id);
      return row && keptOf(row);
    },

    async all() {
      return (await queryAll(table, `PartitionKey eq '${partition}'`, mostKept)).map(keptOf);
    },

    async list(most, after) {
      const from = after === undefined ? undefined : rowKeyOf(after);
      const filter = `PartitionKey eq '${partition}'${from === undefined ? "" : ` and RowKey gt '${from}'`}`;
      const rows = await queryAll(table, filter, most + 1);
      return { kept: rows.slice(0, most).map(keptOf), more: rows.length > most };
    },

    async change(id, change) {
      for (;;) {
        const row = await rowOf(id);
        const kept = row && keptOf(row);
        const changed = kept?.kind === "readable" ? change(kept.exemption) : undefined;
        if (!row || !changed) return undefined;
        // Another instance may have changed it in between: then it is read and changed again.
        if (await table.replace(partition, row.rowKey, columnsOf(changed), row.etag)) return changed;
      }
    },

    async remove(id) {
      const rowKey = rowKeyOf(id);
      if (rowKey !== undefined) await table.remove(partition, rowKey, "*");
    },
  };
}

function rowKeyOf(id: string): string | undefined {
  const match = exemptionIdPattern.exec(id);
  return match ? `${String(latest - Number(match[1])).padStart(13, "0")}-${match[2]}` : undefined;
}

function columnsOf({ id, ...rest }: StoredExemption): Columns {
  return { ...rest, exemptionId: id };
}

function keptOf({ rowKey, columns }: Row): KeptExemption {
  const [time, random] = rowKey.split("-");
  const id = `${String(latest - Number(time)).padStart(13, "0")}-${random}`;
  const parsed = rowSchema.safeParse(columns);
  if (parsed.success) return { kind: "readable", id, exemption: { id, ...parsed.data } };
  return { kind: "unreadable", id, scope: String(columns.scope ?? ""), problem: z.prettifyError(parsed.error) };
}
