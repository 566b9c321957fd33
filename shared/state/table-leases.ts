import * as z from "zod";
import { causeSchema } from "../events/cause.ts";
import { resourceHash } from "../resources/resource-id.ts";
import type { Lease, Leases, PendingLook, Release } from "./stores.ts";
import { type Columns, queryAll, type Row, type Table } from "./table.ts";

const rowKey = "lease";
/** A unit that is taken collects looks; past these the newest say the same: look again. */
const mostPending = 30;
const mostAbandoned = 1000;
const pendingSchema = z.array(z.object({ resourceId: z.string(), cause: causeSchema }));

/**
 * Leases in a table: a row exists while a unit is taken, so that the table stays small and the waker can read all of it.
 * @param leaseSeconds how long a lease holds without renewing.
 */
export function tableLeases(table: Table, leaseSeconds: number, now: () => Date): Leases {
  type Held = Omit<Lease, "version">;

  function held(of: Omit<Held, "expiresAt">): Held {
    return { ...of, expiresAt: new Date(now().getTime() + leaseSeconds * 1000) };
  }

  async function replace(lease: Held, version: string): Promise<Lease | undefined> {
    const replaced = await table.replace(resourceHash(lease.unit), rowKey, columnsOf(lease), version);
    return replaced === undefined ? undefined : { ...lease, version: replaced };
  }

  async function current(lease: Lease): Promise<Lease | undefined> {
    const row = await table.get(resourceHash(lease.unit), rowKey);
    if (row?.columns.owner !== lease.owner) return undefined;
    return { ...lease, version: row.etag, looks: looksOf(row.columns), pending: pendingOf(row.columns) };
  }

  return {
    async take(unit, owner, look) {
      const key = resourceHash(unit);
      for (;;) {
        const fresh = held({ unit, owner, looks: [look], pending: [], takenOver: false });
        const version = await table.insert(key, rowKey, columnsOf(fresh));
        if (version !== undefined) return { ...fresh, version };
        const row = await table.get(key, rowKey);
        if (!row) continue;
        const pending = pendingOf(row.columns);
        // What got no answer was made all the same; it may have been a takeover.
        if (row.columns.owner === owner) return { ...fresh, version: row.etag, pending, takenOver: true };
        if (new Date(String(row.columns.expiresAt)) <= now()) {
          const left = [...looksOf(row.columns), ...pending];
          const taken = await replace(held({ unit, owner, looks: [look], pending: left, takenOver: true }), row.etag);
          if (taken) return taken;
          continue;
        }
        const more = JSON.stringify([look, ...pending].slice(0, mostPending));
        if (await table.replace(key, rowKey, { ...row.columns, pending: more }, row.etag)) return undefined;
      }
    },

    async renew(lease) {
      let known: Lease | undefined = lease;
      while (known) {
        const renewed = await replace(held(known), known.version);
        if (renewed) return renewed;
        known = await current(lease);
      }
      return undefined;
    },

    async release(lease): Promise<Release> {
      let known: Lease | undefined = lease;
      while (known) {
        const { pending }: Lease = known;
        if (pending.length === 0) {
          if (await table.remove(resourceHash(lease.unit), rowKey, known.version)) return { kind: "released" };
        } else {
          const emptied = await replace(held({ ...known, looks: pending, pending: [] }), known.version);
          if (emptied) return { kind: "dirty", lease: emptied, pending };
        }
        known = await current(lease);
        // A replace whose answer got lost was made all the same: what was handed over stands there as the holder's own.
        const isHandedOver = pending.length > 0 && JSON.stringify(known?.looks) === JSON.stringify(pending);
        if (known && isHandedOver) return { kind: "dirty", lease: known, pending };
      }
      return { kind: "lost" };
    },

    async abandon(lease) {
      let known: Lease | undefined = lease;
      while (known && !(await replace({ ...known, expiresAt: now() }, known.version))) known = await current(lease);
    },

    async abandoned() {
      const filter = `RowKey eq '${rowKey}' and expiresAt le '${now().toISOString()}'`;
      return (await queryAll(table, filter, mostAbandoned)).flatMap(({ columns }) =>
        [...looksOf(columns), ...pendingOf(columns)].map((look) => ({ ...look, unit: String(columns.unit) })),
      );
    },
  };
}

function columnsOf(lease: Omit<Lease, "version">): Columns {
  return {
    unit: lease.unit.text,
    owner: lease.owner,
    expiresAt: lease.expiresAt.toISOString(),
    looks: JSON.stringify(lease.looks),
    pending: JSON.stringify(lease.pending),
  };
}

/** Ids of the resources that a lease's row has looks for. Pure. */
export function resourcesIn({ columns }: Row): string[] {
  return [...looksOf(columns), ...pendingOf(columns)].map(({ resourceId }) => resourceId);
}

function pendingOf(columns: Columns): PendingLook[] {
  return looksIn(columns.pending);
}

function looksOf(columns: Columns): PendingLook[] {
  return looksIn(columns.looks);
}

function looksIn(column: Columns[string]): PendingLook[] {
  return pendingSchema.parse(JSON.parse(String(column ?? "[]")));
}
