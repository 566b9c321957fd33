import { startedBefore } from "../journal/remediations.ts";
import { parseResourceId } from "../resources/resource-id.ts";
import type { ResourceState } from "./resource-state.ts";
import type { Row, Table } from "./table.ts";
import { resourcesIn } from "./table-leases.ts";
import { stateIn, tableStates } from "./table-states.ts";

/** The tables in which rows grow old. */
export interface AgeingTables {
  operations: Table;
  counts: Table;
  writes: Table;
  control: Table;
  leases: Table;
  resources: Table;
  remediations: Table;
}

/** How many rows of each table were removed. */
export type RemovedRows = { [Name in keyof AgeingTables]: number };

/** For how long rows are kept after they were last written, in days. */
const daysKept = {
  /** A re-check of many is over within hours; who asked looks within the week. */
  operations: 7,
  /** Longer than an event is delivered (24 h), which must not count twice. */
  counts: 2,
  /** Only the row of this hour counts. */
  writes: 2,
  /** The sums in `GET /api/health` are those of so many days. */
  counters: 30,
  /** What a dead holder left is taken up within minutes, where anybody may still look at it. */
  leases: 7,
  /** A resource that exists and needs something is looked at at least once a day. */
  resources: 90,
} as const;

const dayMilliseconds = 24 * 3_600_000;
const mostAtATime = 500;

/**
 * Removes rows that nobody needs any more, so that no table grows with time: of the index what is older than the journal is kept, of the
 * states those of resources that are gone or were compliant for months. What is left when the time is over goes the next night.
 * Throws `storage-unavailable`.
 * @param days how long the journal, and so its index, is kept; 0 for ever.
 * @param until when to stop.
 */
export async function removeOldRows(
  tables: AgeingTables,
  days: number,
  now: () => Date,
  until: Date,
): Promise<RemovedRows> {
  const hasTime = () => now() < until;
  const removeAll = (table: Table, filter: string) =>
    removePages(table, filter, (rows) => table.removeAll(rows), hasTime);
  const ago = (of: number) => new Date(now().getTime() - of * dayMilliseconds);
  const ofCounters = `PartitionKey eq 'counter' and ${unwrittenSince(ago(daysKept.counters))}`;
  const { resources } = tables;
  const unwrittenStates = unwrittenSince(ago(daysKept.resources));
  return {
    operations: await removeAll(tables.operations, unwrittenSince(ago(daysKept.operations))),
    counts: await removeAll(tables.counts, unwrittenSince(ago(daysKept.counts))),
    writes: await removeAll(tables.writes, unwrittenSince(ago(daysKept.writes))),
    control: await removeAll(tables.control, ofCounters),
    leases: await removePages(
      tables.leases,
      `expiresAt lt '${ago(daysKept.leases).toISOString()}'`,
      (rows) => removeLeft(tables, rows),
      hasTime,
    ),
    resources: await removePages(resources, unwrittenStates, (rows) => removeForgettable(resources, rows), hasTime),
    // By their start: what is listed has all of its entries.
    remediations: days === 0 ? 0 : await removeAll(tables.remediations, startedBefore(ago(days))),
  };
}

/** The store itself notes when a row was last written. */
function unwrittenSince(time: Date): string {
  return `Timestamp lt datetime'${time.toISOString()}'`;
}

async function removePages(
  table: Table,
  filter: string,
  remove: (rows: readonly Row[]) => Promise<number>,
  hasTime: () => boolean,
): Promise<number> {
  let removed = 0;
  let continuation: string | undefined;
  do {
    if (!hasTime()) return removed;
    const page = await table.query(filter, mostAtATime, continuation);
    removed += await remove(page.rows);
    continuation = page.continuation;
  } while (continuation !== undefined);
  return removed;
}

/** Only as they were read: a worker may take one up just now. */
async function removeForgettable(table: Table, rows: readonly Row[]): Promise<number> {
  let removed = 0;
  for (const { partitionKey, rowKey, etag } of rows.filter(isForgettable)) {
    if (await table.remove(partitionKey, rowKey, etag)) removed += 1;
  }
  return removed;
}

/**
 * The waker sends looks for what a dead holder left; where the resource is out of scope by now, or of a type without baselines, nobody ever
 * takes it. A lease of a resource with open intents stays: that it was left tells the next look to ask the journal.
 */
async function removeLeft({ leases, resources }: AgeingTables, rows: readonly Row[]): Promise<number> {
  let removed = 0;
  for (const row of rows) {
    const states = await Promise.all(resourcesIn(row).map((id) => stateOf(resources, id)));
    const isOpen = states.some((state) => (state?.remediation?.intents ?? []).length > 0);
    if (!isOpen && (await leases.remove(row.partitionKey, row.rowKey, row.etag))) removed += 1;
  }
  return removed;
}

async function stateOf(resources: Table, resourceId: string): Promise<ResourceState | undefined> {
  const parsed = parseResourceId(resourceId);
  return parsed.ok ? (await tableStates(resources).read(parsed.id)).state : undefined;
}

/** Nothing is open, waits for a person, or holds for a while: what is lost with the row costs one read. */
function isForgettable(row: Row): boolean {
  const state = stateIn(row);
  if (!state) return false;
  const kept = [state.proposals, state.lookBacks, state.held, state.exemptions, state.contested];
  const isOpen = state.remediation ?? state.awaiting ?? state.undoing;
  return isOpen === undefined && !state.waits && kept.every((each) => Object.keys(each).length === 0);
}
