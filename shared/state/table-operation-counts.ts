import * as z from "zod";
import { resourceHash } from "../resources/resource-id.ts";
import type { OperationCounts } from "./stores.ts";
import type { Table } from "./table.ts";

/** Event ids that a window remembers, so that a repeated delivery counts once. */
const mostRemembered = 200;
const windowSchema = z.object({ byCaller: z.record(z.string(), z.number()), events: z.array(z.string()) });

/** Counts of operations in a table: one row a resource and window, so that all its operations lead to one check. */
export function tableOperationCounts(table: Table, now: () => Date): OperationCounts {
  return {
    async count(id, operation, event, windowSeconds) {
      const length = windowSeconds * 1000;
      const since = new Date(Math.floor(now().getTime() / length) * length).toISOString();
      const partition = resourceHash(id);
      const rowKey = `${since}|${windowSeconds}`;
      const who = `${operation.toLowerCase()} ${event.caller}`;
      for (let attempt = 0; ; attempt += 1) {
        const row = await table.get(partition, rowKey);
        const window = windowSchema.parse(JSON.parse(String(row?.columns.document ?? '{"byCaller":{},"events":[]}')));
        const checkedFor = row ? String(row.columns.checkedFor) : event.id;
        const leadsToCheck = checkedFor === event.id;
        const known = window.byCaller[who] ?? 0;
        // Counted by this very call, should the answer have got lost.
        if (window.events.includes(event.id)) return { count: known, since, leadsToCheck, repeated: attempt === 0 };
        const count = known + 1;
        const document = JSON.stringify({
          byCaller: { ...window.byCaller, [who]: count },
          events: [event.id, ...window.events].slice(0, mostRemembered),
        });
        const written = row
          ? await table.replace(partition, rowKey, { document, checkedFor }, row.etag)
          : await table.insert(partition, rowKey, { document, checkedFor });
        if (written !== undefined) return { count, since, leadsToCheck, repeated: false };
      }
    },
  };
}
