import { resourceHash } from "../resources/resource-id.ts";
import type { Waits } from "./stores.ts";
import { queryAll, type Table } from "./table.ts";

const partition = "wait";
const mostAtATime = 1000;

/** Waits in a table of their own, which holds only those who wait. */
export function tableWaits(table: Table): Waits {
  return {
    async put(id, due, message) {
      await table.upsert(partition, resourceHash(id), { resourceId: id.text, due: due.toISOString(), message });
    },
    async remove(id, version) {
      await table.remove(partition, resourceHash(id), version ?? "*");
    },
    async due(now) {
      const filter = `PartitionKey eq '${partition}' and due le '${now.toISOString()}'`;
      return (await queryAll(table, filter, mostAtATime)).map(({ columns, etag }) => ({
        resourceId: String(columns.resourceId),
        message: String(columns.message),
        version: etag,
      }));
    },
  };
}
