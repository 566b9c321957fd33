import { z } from "zod";
import { resourceHash } from "../resources/resource-id.ts";
import type { OperationCounts } from "./stores.ts";
import type { Table } from "./table.ts";

/** Event ids that a window remembers, so that a repeated delivery counts once. */
const mostRemembered = 200;
const windowSchema = z.object({ byCaller: z.record(z.string(), z.number()), events: z.array(z.string()) });

/** Counts of operations in a table: one row a resource, operation and window. */
export function tableOperationCounts(table: Table, now: () => Date): OperationCounts {
  return {
    async count(id, operation, event, windowSeconds) {
      const length = windowSeconds * 1000;
      const since = new Date(Math.floor(now().getTime() / length) * length).toISOString();
      const partition = resourceHash(id);
      const rowKey = `${since}|${operation.toLowerCase().replaceAll("/", ".")}`;
      for (;;) {
        const row = await table.get(partition, rowKey);
        const window = windowSchema.parse(JSON.parse(String(row?.columns.document ?? '{"byCaller":{},"events":[]}')));
        const checkedFor = row ? String(row.columns.checkedFor) : event.id;
        const leadsToCheck = checkedFor === event.id;
        const known = window.byCaller[event.caller] ?? 0;
        if (window.events.includes(event.id)) return { count: known, since, leadsToCheck, repeated: true };
        const count = known + 1;
        const document = JSON.stringify({
          byCaller: { ...window.byCaller, [event.caller]: count },
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
