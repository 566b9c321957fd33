import { randomUUID } from "node:crypto";
import { CodedError } from "../errors.ts";
import { resourceHash } from "../resources/resource-id.ts";
import { emptyState, type ResourceState, resourceStateSchema } from "./resource-state.ts";
import type { ResourceStates } from "./stores.ts";
import type { Columns, Row, Table } from "./table.ts";

const rowKey = "state";
/** A property of a table row holds 64 KiB of UTF-16, a row 1 MiB (docs: "Understanding the Table service data model"). */
const longestColumn = 30_000;

/** Resource states in a table, one row a resource, its partition the hash of the id. */
export function tableStates(table: Table): ResourceStates {
  return {
    async read(id) {
      const row = await table.get(resourceHash(id), rowKey);
      if (!row) return { state: emptyState(), version: undefined };
      const parsed = parsedState(row);
      if (parsed.success) return { state: parsed.data, version: row.etag };
      throw new CodedError("storage-unavailable", `The state of ${id.text} can't be read: ${parsed.error.message}`);
    },

    async write(id, { state, version }) {
      const columns = { ...documentColumns(JSON.stringify(state)), resourceId: id.text, writeId: randomUUID() };
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

/** What is remembered of a resource. */
export interface KnownState {
  resourceId: string;
  state: ResourceState;
}

const mostAtATime = 500;

/**
 * The states of all resources at or below an id, whatever their case: every row is looked at, so it is for what is asked seldom. One that
 * can't be read is left out. Throws `storage-unavailable`.
 */
export async function* statesBelow(table: Table, id: string): AsyncGenerator<KnownState> {
  const begin = `${id.toLowerCase().replace(/\/+$/, "")}/`;
  let continuation: string | undefined;
  do {
    const page = await table.query(`RowKey eq '${rowKey}'`, mostAtATime, continuation);
    for (const row of page.rows) {
      const resourceId = String(row.columns.resourceId);
      const isBelow = `${resourceId.toLowerCase()}/`.startsWith(begin);
      const state = isBelow ? stateIn(row) : undefined;
      if (state) yield { resourceId, state };
    }
    continuation = page.continuation;
  } while (continuation !== undefined);
}

/** The state that a row holds; nothing where it can't be read. Pure. */
export function stateIn(row: Row): ResourceState | undefined {
  return parsedState(row).data;
}

function parsedState({ columns }: Row) {
  return resourceStateSchema.safeParse(jsonIn(documentIn(columns)));
}

/** Nothing where it is none, which no schema takes for a state. */
function jsonIn(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch {
    return undefined;
  }
}

function documentColumns(document: string): Columns {
  const columns: Columns = {};
  for (let begin = 0; begin < document.length; begin += longestColumn) {
    columns[columnName(begin / longestColumn)] = document.slice(begin, begin + longestColumn);
  }
  return columns;
}

function documentIn(columns: Columns): string {
  const parts: string[] = [];
  for (let index = 0; columns[columnName(index)] !== undefined; index += 1)
    parts.push(String(columns[columnName(index)]));
  return parts.join("");
}

function columnName(index: number): string {
  return `document${index}`;
}
