import * as z from "zod";
import type { Change } from "../baselines/baseline.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isOutcome, type Outcome } from "../outcomes.ts";
import { parseResourceId, type ResourceId, resourceHash } from "../resources/resource-id.ts";
import type { Columns, Row, Table } from "../state/table.ts";
import type { EntryReference } from "./journal.ts";

/** One line of the index of remediations; the journal's entries hold the rest. */
export interface RemediationSummary {
  id: string;
  resourceId: string;
  outcome: Outcome;
  /** Ids of other resources that it wrote to: the list of each shows it too. */
  alsoWritten?: string[];
  baselines: SummaryOfBaseline[];
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; when the last entry was written. */
  updatedAt: string;
  /** What led to it: {@link Cause.via}. */
  via: string;
  /** Object id of who made the change, where an event told. */
  changedBy?: string;
  /** Object id, or name of the key, of who asked for it, where somebody did. */
  askedBy?: string;
  entries: EntryReference[];
}

/** How a baseline of a remediation stands. */
export interface SummaryOfBaseline {
  baseline: string;
  outcome: Outcome;
  /** What was found, and what became of it. */
  why: string;
  /** What the remediation wrote, and reads otherwise than before; absent where there is nothing. */
  changed?: ChangedProperty[];
  /** What a person is asked to approve: the change by its hash, what it may break, and until when it is asked so (ISO 8601). */
  asked?: { proposal: string; expiresAt: string; changes: Change[]; mayBreak?: string | undefined } | undefined;
}

/** A property that a baseline owns, before a remediation and as read after it. */
export interface ChangedProperty {
  path: string;
  before: Json;
  after: Json;
}

/** Which remediations, newest first. */
export interface RemediationQuery {
  resource?: ResourceId;
  outcome?: Outcome;
  /** Started at or after. */
  from?: Date;
  /** Started before. */
  to?: Date;
  most: number;
  /** The id of the last remediation of the page before. */
  after?: string;
}

/** The index of remediations. */
export interface Remediations {
  save(resource: ResourceId, summary: RemediationSummary): Promise<void>;
  find(id: string): Promise<RemediationSummary | undefined>;
  /** `more`: there may be others after these. */
  list(query: RemediationQuery): Promise<{ summaries: RemediationSummary[]; more: boolean }>;
}

const partitionOfAll = "all";
const latest = 9_999_999_999_999;
/** What a remediation's id looks like. */
export const remediationIdPattern = /^(\d{13})-([0-9a-f]{8})$/;
const entriesSchema = z.array(z.object({ blob: z.string(), offset: z.number(), length: z.number() }));
const idsSchema = z.array(z.string());
const outcomeSchema = z.custom<Outcome>((value) => typeof value === "string" && isOutcome(value));
const changeSchema = z.object({
  part: z.string(),
  patch: z.custom<JsonObject>((value) => isJsonObject(value)),
});
const askedSchema = z.object({
  proposal: z.string(),
  expiresAt: z.string(),
  changes: z.array(changeSchema),
  mayBreak: z.string().optional(),
});
const jsonSchema = z.custom<Json>((value) => value !== undefined);
const baselinesSchema = z.array(
  z.object({
    baseline: z.string(),
    outcome: outcomeSchema,
    why: z.string(),
    changed: z.array(z.object({ path: z.string(), before: jsonSchema, after: jsonSchema })).exactOptional(),
    asked: askedSchema.optional(),
  }),
);

/**
 * A new remediation's id: the milliseconds of its start, and eight random hexadecimal digits.
 * @param random from a UUID, so that two of one millisecond differ.
 */
export function remediationIdAt(startedAt: Date, random: string): string {
  return `${String(startedAt.getTime()).padStart(13, "0")}-${random.replaceAll("-", "").slice(0, 8).toLowerCase()}`;
}

/** The index in a table: a row under all, and one under the resource's hash; row keys sort newest first. */
export function tableRemediations(table: Table): Remediations {
  return {
    async save(resource, summary) {
      const columns = columnsOf(summary);
      const rowKey = rowKeyOf(summary.id);
      if (rowKey === undefined) throw new TypeError(`${summary.id} is no remediation id.`);
      const partitions = [partitionOfAll, ...[resource, ...alsoWrittenIn(summary)].map(resourceHash)];
      await Promise.all(partitions.map((partition) => table.upsert(partition, rowKey, columns)));
    },

    async find(id) {
      const rowKey = rowKeyOf(id);
      const row = rowKey === undefined ? undefined : await table.get(partitionOfAll, rowKey);
      return row && summaryOf(row);
    },

    async list(query) {
      const summaries: RemediationSummary[] = [];
      let continuation: string | undefined;
      do {
        const page = await table.query(filterOf(query), query.most - summaries.length, continuation);
        summaries.push(...page.rows.map(summaryOf));
        continuation = page.continuation;
      } while (continuation && summaries.length < query.most);
      return { summaries, more: continuation !== undefined };
    },
  };
}

function alsoWrittenIn({ alsoWritten = [] }: RemediationSummary): ResourceId[] {
  return alsoWritten.map(parseResourceId).flatMap((parsed) => (parsed.ok ? [parsed.id] : []));
}

function rowKeyOf(id: string): string | undefined {
  const match = remediationIdPattern.exec(id);
  return match ? `${keyOfTime(Number(match[1]))}-${match[2]}` : undefined;
}

function keyOfTime(milliseconds: number): string {
  return String(latest - milliseconds).padStart(13, "0");
}

/** The filter of rows of remediations that started before a time, under whatever they are listed. Pure. */
export function startedBefore(time: Date): string {
  return `RowKey gt '${keyOfTime(time.getTime() - 1)}'`;
}

function filterOf(query: RemediationQuery): string {
  const terms = [`PartitionKey eq '${query.resource ? resourceHash(query.resource) : partitionOfAll}'`];
  if (query.outcome) terms.push(`outcome eq '${query.outcome}'`);
  if (query.from) terms.push(`RowKey lt '${keyOfTime(query.from.getTime() - 1)}'`);
  if (query.after) terms.push(`RowKey gt '${rowKeyOf(query.after) ?? ""}'`);
  if (query.to) terms.push(`RowKey ge '${keyOfTime(query.to.getTime() - 1)}'`);
  return terms.join(" and ");
}

function columnsOf(summary: RemediationSummary): Columns {
  const { baselines, entries, alsoWritten, ...plain } = summary;
  const others = alsoWritten === undefined ? {} : { alsoWritten: JSON.stringify(alsoWritten) };
  return { ...plain, ...others, baselines: JSON.stringify(baselines), entries: JSON.stringify(entries) };
}

function summaryOf({ columns }: Row): RemediationSummary {
  const changedBy = columns.changedBy === undefined ? {} : { changedBy: String(columns.changedBy) };
  const askedBy = columns.askedBy === undefined ? {} : { askedBy: String(columns.askedBy) };
  const others = columns.alsoWritten;
  const alsoWritten = others === undefined ? {} : { alsoWritten: idsSchema.parse(JSON.parse(String(others))) };
  return {
    id: String(columns.id),
    resourceId: String(columns.resourceId),
    outcome: outcomeSchema.parse(columns.outcome),
    baselines: baselinesSchema.parse(JSON.parse(String(columns.baselines))),
    startedAt: String(columns.startedAt),
    updatedAt: String(columns.updatedAt),
    via: String(columns.via),
    ...changedBy,
    ...askedBy,
    ...alsoWritten,
    entries: entriesSchema.parse(JSON.parse(String(columns.entries))),
  };
}
