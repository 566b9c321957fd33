import * as z from "zod";
import { knownPace } from "./known-pace.ts";
import { leftSlots } from "./left-slots.ts";
import { current, type Marks } from "./pace.ts";
import type { Pace, Reservation, WriteBudget } from "./stores.ts";
import type { Row, Table } from "./table.ts";
import { type Asked, answerFrom, capReached } from "./write-row.ts";

const partition = "writes";
const hourMilliseconds = 3_600_000;
const writesSchema = z.record(z.string(), z.number());
const marksSchema = z.record(z.string(), z.tuple([z.number(), z.number(), z.number()]));

/** What is asked, and who waits for the answer. */
interface Waiting {
  asked: Asked;
  resolve(reservation: Reservation): void;
  reject(thrown: unknown): void;
}

/**
 * The caps on writes and the pace of requests in a table: one row an hour, so that caps and limits are held together, over all instances.
 * What is asked while one write of the row is under way goes into the next one, and so does what this instance counted since the last.
 */
export function tableWriteBudget(table: Table, now: () => Date): WriteBudget & Pace {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const known = knownPace(now, () => {
    if (!isWriting) void answerAll();
  });

  function ask(asked: Asked): Promise<Reservation> {
    return new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject });
      if (!isWriting) void answerAll();
    });
  }

  async function answerAll(): Promise<void> {
    isWriting = true;
    do {
      const group = waiting;
      waiting = [];
      const untold = known.takeUntold();
      try {
        const { answers, marks } = await answer(table, now, untold, group);
        known.seen(marks);
        for (const [index, { resolve }] of group.entries()) {
          const reservation = answers[index];
          if (reservation) resolve(reservation);
        }
      } catch (thrown) {
        // What was counted is lost with it: at worst Azure refuses a request, and says until when.
        for (const { reject } of group) reject(thrown);
      }
    } while (waiting.length > 0);
    isWriting = false;
  }

  return {
    reserve: (subscriptionId, caps, turn) =>
      ask({ kind: "reserve", subscriptionId: subscriptionId.toLowerCase(), caps, ...(turn ? { turn } : {}) }),
    async reached(subscriptionId, caps) {
      const { writes } = await read(table, hourOf(now().getTime()));
      return capReached(writes, subscriptionId.toLowerCase(), caps);
    },
    async giveBack(subscriptionId) {
      await ask({ kind: "give-back", subscriptionId: subscriptionId.toLowerCase() });
    },
    async book(lane) {
      const reservation = await ask({ kind: "book", lane });
      return reservation.kind === "booked" ? reservation.slot : now();
    },
    earliest: known.earliest,
    count: known.count,
    holdBack: known.holdBack,
    heldBackUntil: known.heldBackUntil,
    ...leftSlots(now),
  };
}

/** Another instance may write the row in between: then it is read and counted again. */
async function answer(
  table: Table,
  now: () => Date,
  untold: readonly Asked[],
  group: readonly Waiting[],
): Promise<{ answers: Reservation[]; marks: Marks }> {
  for (;;) {
    const at = now().getTime();
    const hour = hourOf(at);
    const { row, writes } = await read(table, hour);
    // The caps begin anew with each hour; what Azure counts does not.
    const marks = marksIn(row ?? (await table.get(partition, hourOf(at - hourMilliseconds))));
    for (const asked of untold) answerFrom({ writes, marks }, asked, at);
    const answers = group.map(({ asked }) => answerFrom({ writes, marks }, asked, at));
    const columns = { writes: JSON.stringify(Object.fromEntries(writes)), marks: textOf(current(marks, at)) };
    const written = row
      ? await table.replace(partition, hour, columns, row.etag)
      : await table.insert(partition, hour, columns);
    if (written !== undefined) return { answers, marks };
  }
}

/** The row of an hour, and how many writes there were in each subscription. */
async function read(table: Table, hour: string) {
  const row = await table.get(partition, hour);
  return { row, writes: new Map(Object.entries(writesSchema.parse(JSON.parse(String(row?.columns.writes ?? "{}"))))) };
}

function hourOf(time: number): string {
  return new Date(time).toISOString().slice(0, 13);
}

function marksIn(row: Row | undefined): Marks {
  const marks = marksSchema.parse(JSON.parse(String(row?.columns.marks ?? "{}")));
  return new Map(Object.entries(marks).map(([key, [at, used, until]]) => [key, { at, used, until }]));
}

function textOf(marks: Marks): string {
  const whole = (time: number) => Math.ceil(time);
  return JSON.stringify(
    Object.fromEntries([...marks].map(([key, { at, used, until }]) => [key, [whole(at), used, whole(until)]])),
  );
}
