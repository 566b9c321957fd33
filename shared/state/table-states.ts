import { randomUUID } from "node:crypto";
import { CodedError } from "../errors.ts";
import { resourceHash } from "../resources/resource-id.ts";
import { emptyState, resourceStateSchema } from "./resource-state.ts";
import type { ResourceStates } from "./stores.ts";
import type { Table } from "./table.ts";

const rowKey = "state";

/** Resource states in a table, one row a resource, its partition the hash of the id. */
export function tableStates(table: Table): ResourceStates {
  return {
    async read(id) {
      const row = await table.get(resourceHash(id), rowKey);
      if (!row) return { state: emptyState(), version: undefined };
      const parsed = resourceStateSchema.safeParse(JSON.parse(String(row.columns.document)));
      if (parsed.success) return { state: parsed.data, version: row.etag };
      throw new CodedError("storage-unavailable", `The state of ${id.text} can't be read: ${parsed.error.message}`);
    },

    async write(id, { state, version }) {
      const columns = { resourceId: id.text, document: JSON.stringify(state), writeId: randomUUID() };
      const written =
        version === undefined
          ? await table.insert(resourceHash(id), rowKey, columns)
          : await table.replace(resourceHash(id), rowKey, columns, version);
      if (written !== undefined) return { state, version: written };
      // A write whose answer got lost was made all the same.
      const row = await table.get(resourceHash(id), rowKey);
      if (row?.columns.writeId !== columns.writeId) {
        throw new CodedError("state-conflict", `The state of ${id.text} was written by another worker.`);
      }
      return { state, version: row.etag };
    },

    async clear(id) {
      await table.remove(resourceHash(id), rowKey, "*");
    },
  };
}
