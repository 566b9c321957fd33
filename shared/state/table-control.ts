import type { Control, WriteBudget } from "./stores.ts";
import type { Table } from "./table.ts";

/** The cap on writes in a table: one row a subscription and hour. */
export function tableWriteBudget(table: Table, now: () => Date): WriteBudget {
  return {
    async reserve(subscriptionId, cap) {
      const partition = subscriptionId.toLowerCase();
      const hour = now().toISOString().slice(0, 13);
      for (;;) {
        const row = await table.get(partition, hour);
        if (!row) {
          if (await table.insert(partition, hour, { writes: 1 })) return true;
          continue;
        }
        const writes = Number(row.columns.writes);
        if (writes >= cap) return false;
        if (await table.replace(partition, hour, { writes: writes + 1 }, row.etag)) return true;
      }
    },
  };
}

/**
 * Switches and marks in a table.
 * @param instance names this process: counters have a row for each, so that no two write to the same one.
 */
export function tableControl(table: Table, instance: string, now: () => Date): Control {
  const counts = new Map<string, number>();
  return {
    async writesStopped() {
      const row = await table.get("switch", "writes");
      return row?.columns.stopped === true;
    },
    async stopWrites(stopped, by) {
      await table.upsert("switch", "writes", { stopped, by, at: now().toISOString() });
    },
    async isSummarised(subscriptionId) {
      return (await table.get("summary", subscriptionId.toLowerCase())) !== undefined;
    },
    async markSummarised(subscriptionId) {
      await table.upsert("summary", subscriptionId.toLowerCase(), { at: now().toISOString() });
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
      return (await table.replace("sweep", name, { sweepId, seenAt: now().toISOString() }, row.etag)) !== undefined;
    },
    async endSweep(name, sweepId) {
      const row = await table.get("sweep", name);
      if (row?.columns.sweepId === sweepId) await table.remove("sweep", name, row.etag);
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
