import {
  RestError,
  type TableClient,
  type TableEntity,
  type TableEntityResult,
  type TransactionAction,
} from "@azure/data-tables";
import { CodedError, messageOf } from "../errors.ts";
import { storageLimit } from "../storage-limit.ts";

/** Text, number or boolean columns of a row. */
export interface Columns {
  [name: string]: string | number | boolean | undefined;
}

/** A row with the etag that it was read at. */
export interface Row {
  partitionKey: string;
  rowKey: string;
  etag: string;
  columns: Columns;
}

/** One Azure table, made when first used. Every method throws `storage-unavailable` on an answer that is not expected. */
export interface Table {
  get(partitionKey: string, rowKey: string): Promise<Row | undefined>;
  /** The etag of the new row; nothing where the row exists. */
  insert(partitionKey: string, rowKey: string, columns: Columns): Promise<string | undefined>;
  /** Replaces the row at this etag and gives the new one; nothing where it was changed or removed since. */
  replace(partitionKey: string, rowKey: string, columns: Columns, etag: string): Promise<string | undefined>;
  /** Writes the row whatever was there. */
  upsert(partitionKey: string, rowKey: string, columns: Columns): Promise<void>;
  /** Removes the row at this etag (`*`: at any); false where it was changed or removed since. */
  remove(partitionKey: string, rowKey: string, etag: string): Promise<boolean>;
  /** Removes rows whatever was written to them since; gives how many were there. */
  removeAll(rows: readonly Pick<Row, "partitionKey" | "rowKey">[]): Promise<number>;
  /** Rows that fit an OData filter, in key order, a page at a time. */
  query(filter: string, most: number, continuation?: string): Promise<{ rows: Row[]; continuation?: string }>;
}

/** Makes clients of tables, so that the way to sign in is said in one place. */
export type TableClients = (name: string) => TableClient;

/** Opens a table by name. */
export function openTable(clients: TableClients, name: string): Table {
  const client = clients(name);
  let created: Promise<void> | undefined;

  async function ready<Value>(work: () => Promise<Value>, tolerated: readonly number[]): Promise<Value | undefined> {
    try {
      created ??= client.createTable(storageLimit());
      await created;
      return await work();
    } catch (thrown) {
      if (thrown instanceof RestError && tolerated.includes(thrown.statusCode ?? 0)) return undefined;
      created = undefined;
      throw new CodedError("storage-unavailable", `Table ${name}: ${messageOf(thrown)}`, [], { cause: thrown });
    }
  }

  const table: Table = {
    get: async (partitionKey, rowKey) => {
      const entity = await ready(() => client.getEntity(partitionKey, rowKey, storageLimit()), [404]);
      return entity && rowOf(entity);
    },
    insert: async (partitionKey, rowKey, columns) => {
      const made = await ready(
        () => client.createEntity(entityOf(partitionKey, rowKey, columns), storageLimit()),
        [409],
      );
      return made?.etag;
    },
    replace: async (partitionKey, rowKey, columns, etag) => {
      const entity = entityOf(partitionKey, rowKey, columns);
      const replaced = await ready(
        () => client.updateEntity(entity, "Replace", { etag, ...storageLimit() }),
        [404, 412],
      );
      return replaced?.etag;
    },
    upsert: async (partitionKey, rowKey, columns) => {
      await ready(() => client.upsertEntity(entityOf(partitionKey, rowKey, columns), "Replace", storageLimit()), []);
    },
    remove: async (partitionKey, rowKey, etag) => {
      const removed = await ready(
        () => client.deleteEntity(partitionKey, rowKey, { etag, ...storageLimit() }),
        [404, 412],
      );
      return removed !== undefined;
    },
    removeAll: async (rows) => {
      let removed = 0;
      for (const group of groupsOf(rows)) {
        const actions = group.map(
          ({ partitionKey, rowKey }): TransactionAction => ["delete", { partitionKey, rowKey }],
        );
        // One row that is gone already fails all of its group: then each is removed by itself.
        const together = await ready(() => client.submitTransaction(actions, storageLimit()), [404]);
        if (together) removed += group.length;
        else for (const row of group) if (await table.remove(row.partitionKey, row.rowKey, "*")) removed += 1;
      }
      return removed;
    },
    query: async (filter, most, continuation) => {
      const pages = client
        .listEntities({ queryOptions: { filter }, ...storageLimit() })
        .byPage({ maxPageSize: most, ...(continuation === undefined ? {} : { continuationToken: continuation }) });
      const page = await ready(() => pages.next(), []);
      const entities = page && !page.done ? page.value : undefined;
      const next = entities?.continuationToken;
      return { rows: (entities ?? []).map(rowOf), ...(next ? { continuation: next } : {}) };
    },
  };
  return table;
}

/** A transaction holds rows of one partition, at most so many (docs: "Performing entity group transactions"). */
const mostTogether = 100;

function groupsOf<Key extends Pick<Row, "partitionKey">>(rows: readonly Key[]): Key[][] {
  const groups = new Map<string, Key[]>();
  const full: Key[][] = [];
  for (const row of rows) {
    const group = groups.get(row.partitionKey) ?? [];
    group.push(row);
    groups.set(row.partitionKey, group);
    if (group.length < mostTogether) continue;
    full.push(group);
    groups.delete(row.partitionKey);
  }
  return [...full, ...groups.values()];
}

/** Rows that fit a filter, over as many pages as it takes: Azure may answer an empty page with others behind it. */
export async function queryAll(table: Table, filter: string, most: number): Promise<Row[]> {
  const rows: Row[] = [];
  let continuation: string | undefined;
  do {
    const page = await table.query(filter, Math.min(1000, most - rows.length), continuation);
    rows.push(...page.rows);
    continuation = page.continuation;
  } while (continuation !== undefined && rows.length < most);
  return rows;
}

function entityOf(partitionKey: string, rowKey: string, columns: Columns): TableEntity {
  return { partitionKey, rowKey, ...columns };
}

function rowOf(entity: TableEntityResult<Record<string, unknown>>): Row {
  const { partitionKey, rowKey, etag, timestamp: _timestamp, ...rest } = entity;
  const columns: Columns = {};
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") columns[name] = value;
  }
  return { partitionKey: partitionKey ?? "", rowKey: rowKey ?? "", etag, columns };
}
