import { resourceHash } from "../resources/resource-id.ts";
import type { Waits } from "./stores.ts";
import type { Table } from "./table.ts";

const partition = "wait";

/** Waits in a table of their own, which holds only those who wait. */
export function tableWaits(table: Table): Waits {
  return {
    async put(id, due, message) {
      await table.upsert(partition, resourceHash(id), { resourceId: id.text, due: due.toISOString(), message });
    },
    async remove(id) {
      await table.remove(partition, resourceHash(id), "*");
    },
    async due(now) {
      const filter = `PartitionKey eq '${partition}' and due le '${now.toISOString()}'`;
      const page = await table.query(filter, 1000);
      return page.rows
        .sort((a, b) => String(a.columns.due).localeCompare(String(b.columns.due)))
        .map(({ columns }) => ({ resourceId: String(columns.resourceId), message: String(columns.message) }));
    },
  };
}
