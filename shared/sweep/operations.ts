import * as z from "zod";
import type { LookResult } from "../engine/world.ts";
import { isOutcome, type Outcome } from "../outcomes.ts";
import { parseResourceId, type ResourceId, resourceHash } from "../resources/resource-id.ts";
import type { Columns, Table } from "../state/table.ts";

/** A re-check of many resources, or of one that another worker held. */
export interface Operation {
  operationId: string;
  /** `failed`: a listing was given up, so that not all resources were found. */
  status: "running" | "succeeded" | "failed";
  /** ISO 8601. */
  startedAt: string;
  scope: string;
  dryRun: boolean;
  /** How many resources were found so far, and how many of them were judged. */
  found: number;
  judged: number;
  /** Judged resources by outcome. */
  outcomes: { [outcome: string]: number };
  /** The first 1000 resources. */
  resources: { resourceId: string; outcome: Outcome | "waiting" }[];
}

/** Re-check operations: what was asked, what was found, and what became of each resource. */
export interface Operations {
  begin(operation: { operationId: string; scope: string; dryRun: boolean; listings: readonly string[] }): Promise<void>;
  /** Remembers that a resource belongs to the operation, unless its result is there already. */
  found(operationId: string, id: ResourceId): Promise<void>;
  /** All resources of this listing were found. */
  listed(operationId: string, listing: string): Promise<void>;
  /** This listing was given up: what is not found yet will not be. */
  givenUp(operationId: string, listing: string): Promise<void>;
  tell(operationId: string, resourceId: string, result: LookResult): Promise<void>;
  read(operationId: string): Promise<Operation | undefined>;
}

const listingsSchema = z.array(z.string());
const mostResources = 1000;

/** Operations in a table: a row for the operation, one for each listing of a scope and type, one for each resource. */
export function tableOperations(table: Table, now: () => Date): Operations {
  return {
    async begin({ operationId, scope, dryRun, listings }) {
      const columns = { scope, dryRun, startedAt: now().toISOString(), listings: JSON.stringify(listings) };
      for (const listing of listings) await table.upsert(operationId, listingKey(listing), { listed: false });
      await table.upsert(operationId, "operation", columns);
    },
    async found(operationId, id) {
      await table.insert(operationId, `resource|${resourceHash(id)}`, { resourceId: id.text, outcome: "waiting" });
    },
    async listed(operationId, listing) {
      await table.upsert(operationId, listingKey(listing), { listed: true });
    },
    async givenUp(operationId, listing) {
      await table.upsert(operationId, listingKey(listing), { listed: true, givenUp: true });
    },
    async tell(operationId, resourceId, result) {
      const parsed = parseResourceId(resourceId);
      if (!parsed.ok) return;
      await table.upsert(operationId, `resource|${resourceHash(parsed.id)}`, { resourceId, outcome: result.outcome });
    },
    async read(operationId) {
      const row = await table.get(operationId, "operation");
      if (!row) return undefined;
      const names = listingsSchema.parse(JSON.parse(String(row.columns.listings)));
      const listings = await Promise.all(names.map((name) => table.get(operationId, listingKey(name))));
      const isListed = listings.every((listing) => listing?.columns.listed === true);
      const isGivenUp = listings.some((listing) => listing?.columns.givenUp === true);
      const filter = `PartitionKey eq '${operationId}' and RowKey ge 'resource|' and RowKey lt 'resource}'`;
      const rows: Columns[] = [];
      let continuation: string | undefined;
      do {
        const page = await table.query(filter, 1000, continuation);
        rows.push(...page.rows.map(({ columns }) => columns));
        continuation = page.continuation;
      } while (continuation);
      return { operationId, ...operationOf(row.columns, rows, { isListed, isGivenUp }) };
    },
  };
}

function operationOf(
  columns: Columns,
  rows: readonly Columns[],
  { isListed, isGivenUp }: { isListed: boolean; isGivenUp: boolean },
): Omit<Operation, "operationId"> {
  const resources = rows.map((row) => ({ resourceId: String(row.resourceId), outcome: outcomeOf(row.outcome) }));
  const outcomes: { [outcome: string]: number } = {};
  for (const { outcome } of resources) {
    if (outcome !== "waiting") outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const end = isGivenUp ? "failed" : "succeeded";
  const judged = resources.filter(({ outcome }) => outcome !== "waiting").length;
  return {
    status: isListed && judged === resources.length ? end : "running",
    startedAt: String(columns.startedAt),
    scope: String(columns.scope),
    dryRun: columns.dryRun === true,
    found: resources.length,
    judged,
    outcomes,
    resources: resources.slice(0, mostResources),
  };
}

function outcomeOf(column: Columns[string]): Outcome | "waiting" {
  return typeof column === "string" && isOutcome(column) ? column : "waiting";
}

function listingKey(listing: string): string {
  return `listing|${listing}`;
}
