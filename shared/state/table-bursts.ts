import * as z from "zod";
import { type Cause, causeSchema } from "../events/cause.ts";
import { type ResourceId, resourceHash } from "../resources/resource-id.ts";
import type { Bursts } from "./stores.ts";
import type { Columns, Row, Table } from "./table.ts";

const rowKey = "burst";
/** A look answers any number of events; past these the oldest say nothing more. */
const mostCauses = 30;
/** A look that has not come so long after it was due is asked for again by the next event. */
const longestDelayMilliseconds = 30_000;
const causesSchema = z.array(causeSchema);

/** Bursts in a table: a row exists while events wait for a look, and while that look is under way. */
export function tableBursts(table: Table, now: () => Date): Bursts {
  async function store(id: ResourceId, columns: Columns, known: Row | undefined): Promise<string | undefined> {
    const key = resourceHash(id);
    return known ? await table.replace(key, rowKey, columns, known.etag) : await table.insert(key, rowKey, columns);
  }

  function isAwaited({ columns }: Row): boolean {
    const isLate = now().getTime() - Date.parse(String(columns.due)) > longestDelayMilliseconds;
    return columns.isTaken !== true && !isLate;
  }

  return {
    async add(id, causes, due, announce) {
      let isAnnounced = false;
      for (;;) {
        const row = await table.get(resourceHash(id), rowKey);
        const isJoined = row !== undefined && isAwaited(row);
        if (!isJoined && !isAnnounced) {
          await announce();
          isAnnounced = true;
        }
        const all = [...causes, ...(row ? causesOf(row) : [])];
        const columns = {
          due: isJoined ? row.columns.due : due.toISOString(),
          isTaken: false,
          causes: JSON.stringify(all.slice(0, mostCauses)),
        };
        if ((await store(id, columns, row)) !== undefined) return;
      }
    },

    async take(id) {
      for (;;) {
        const row = await table.get(resourceHash(id), rowKey);
        if (!row) return undefined;
        const version = await store(id, { ...row.columns, isTaken: true }, row);
        if (version !== undefined) return { causes: causesOf(row), version };
      }
    },

    async remove(id, { version }) {
      await table.remove(resourceHash(id), rowKey, version);
    },
  };
}

function causesOf({ columns }: Row): Cause[] {
  return causesSchema.parse(JSON.parse(String(columns.causes)));
}
