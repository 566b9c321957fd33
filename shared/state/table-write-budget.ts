import * as z from "zod";
import type { WriteBudget, WriteCaps } from "./stores.ts";
import type { Table } from "./table.ts";

const partition = "writes";
const writesSchema = z.record(z.string(), z.number());

/** What is asked of the budget, and who waits for it. */
interface Asked {
  subscriptionId: string;
  /** Nothing where a write is given back. */
  caps?: WriteCaps;
  resolve(reached: keyof WriteCaps | undefined): void;
  reject(thrown: unknown): void;
}

/**
 * The caps on writes in a table: one row an hour, so that both caps are held together, over all instances. What is asked while one write of
 * the row is under way goes into the next one.
 */
export function tableWriteBudget(table: Table, now: () => Date): WriteBudget {
  let waiting: Asked[] = [];
  let isWriting = false;

  function ask(of: Pick<Asked, "subscriptionId" | "caps">): Promise<keyof WriteCaps | undefined> {
    return new Promise((resolve, reject) => {
      waiting.push({ ...of, resolve, reject });
      if (!isWriting) void answerAll();
    });
  }

  async function answerAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const answers = await answer(table, now().toISOString().slice(0, 13), group);
        for (const [index, { resolve }] of group.entries()) resolve(answers[index]);
      } catch (thrown) {
        for (const { reject } of group) reject(thrown);
      }
    }
    isWriting = false;
  }

  return {
    reserve: (subscriptionId, caps) => ask({ subscriptionId: subscriptionId.toLowerCase(), caps }),
    async reached(subscriptionId, caps) {
      const { writes } = await read(table, now().toISOString().slice(0, 13));
      return take(writes, { subscriptionId: subscriptionId.toLowerCase(), caps });
    },
    async giveBack(subscriptionId) {
      await ask({ subscriptionId: subscriptionId.toLowerCase() });
    },
  };
}

/** Another instance may write the row in between: then it is read and counted again. */
async function answer(
  table: Table,
  hour: string,
  group: readonly Pick<Asked, "subscriptionId" | "caps">[],
): Promise<(keyof WriteCaps | undefined)[]> {
  for (;;) {
    const { row, writes } = await read(table, hour);
    const answers = group.map((asked) => take(writes, asked));
    const columns = { writes: JSON.stringify(Object.fromEntries(writes)) };
    const written = row
      ? await table.replace(partition, hour, columns, row.etag)
      : await table.insert(partition, hour, columns);
    if (written !== undefined) return answers;
  }
}

/** The row of an hour, and how many writes there were in each subscription. */
async function read(table: Table, hour: string) {
  const row = await table.get(partition, hour);
  return { row, writes: new Map(Object.entries(writesSchema.parse(JSON.parse(String(row?.columns.writes ?? "{}"))))) };
}

function take(
  writes: Map<string, number>,
  { subscriptionId, caps }: Pick<Asked, "subscriptionId" | "caps">,
): keyof WriteCaps | undefined {
  const used = writes.get(subscriptionId) ?? 0;
  if (!caps) {
    writes.set(subscriptionId, Math.max(0, used - 1));
    return undefined;
  }
  const total = [...writes.values()].reduce((sum, each) => sum + each, 0);
  if (used >= caps.perSubscription) return "perSubscription";
  if (total >= caps.inTotal) return "inTotal";
  writes.set(subscriptionId, used + 1);
  return undefined;
}
