import type { Control } from "./stores.ts";
import type { Table } from "./table.ts";

/**
 * Switches and marks in a table.
 * @param instance names this process: counters have a row for each, so that no two write to the same one.
 */
export function tableControl(table: Table, instance: string, now: () => Date): Control {
  const counts = new Map<string, number>();
  return {
    async writesStopped() {
      const row = await table.get("switch", "writes");
      // Whatever a person wrote there in an emergency, as text or not, stops; only a plain "false" does not.
      return row !== undefined && String(row.columns.stopped).toLowerCase() !== "false";
    },
    async stopWrites(stopped, by) {
      await table.upsert("switch", "writes", { stopped, by, at: now().toISOString() });
    },
    async isSummarised(scope) {
      return (await table.get("summary", summaryKey(scope))) !== undefined;
    },
    async markSummarised(scope) {
      await table.upsert("summary", summaryKey(scope), { at: now().toISOString() });
    },
    async beginSweep(name, sweepId, longestMinutes) {
      const row = await table.get("sweep", name);
      const columns = { sweepId, seenAt: now().toISOString() };
      if (!row) {
        if ((await table.insert("sweep", name, columns)) !== undefined) return true;
        return (await table.get("sweep", name))?.columns.sweepId === sweepId;
      }
      const silentSince = new Date(String(row.columns.seenAt)).getTime();
      if (row.columns.sweepId === sweepId) return true;
      if (now().getTime() - silentSince < longestMinutes * 60_000) return false;
      return (await table.replace("sweep", name, columns, row.etag)) !== undefined;
    },
    async continueSweep(name, sweepId) {
      const row = await table.get("sweep", name);
      if (row?.columns.sweepId !== sweepId) return false;
      const seen = { sweepId, seenAt: now().toISOString() };
      if ((await table.replace("sweep", name, seen, row.etag)) !== undefined) return true;
      // A replace whose answer got lost was made all the same.
      return (await table.get("sweep", name))?.columns.sweepId === sweepId;
    },
    async endSweep(name, sweepId) {
      const row = await table.get("sweep", name);
      if (row?.columns.sweepId === sweepId) await table.remove("sweep", name, row.etag);
    },
    async keepVerification(json) {
      await table.upsert("journal", "verification", { json });
    },
    async lastVerification() {
      const row = await table.get("journal", "verification");
      return row && String(row.columns.json);
    },
    async keepConnections(json) {
      await table.upsert("connections", "last", { json });
    },
    async lastConnections() {
      const row = await table.get("connections", "last");
      return row && String(row.columns.json);
    },
    async count(counter) {
      const key = `${now().toISOString().slice(0, 10)}|${counter}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      await table.upsert("counter", `${key}|${instance}`, { counter, count });
    },
    async counters() {
      const sums: { [counter: string]: number } = {};
      let continuation: string | undefined;
      do {
        const page = await table.query("PartitionKey eq 'counter'", 1000, continuation);
        for (const { columns } of page.rows) {
          const counter = String(columns.counter);
          sums[counter] = (sums[counter] ?? 0) + Number(columns.count);
        }
        continuation = page.continuation;
      } while (continuation);
      return sums;
    },
  };
}

/** A table key holds no slashes. */
function summaryKey(scope: string): string {
  return scope.toLowerCase().replaceAll("/", "|");
}
