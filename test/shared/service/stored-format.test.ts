import { beforeEach, describe, expect, test } from "vitest";
import { formatKeeper, isNewer, journalFormat, ownFormat } from "../../../shared/service/stored-format.ts";
import type { Columns } from "../../../shared/state/table.ts";
import { type MemoryAppendBlobs, memoryAppendBlobs } from "../../support/memory-append-blobs.ts";

const minute = 60_000;
const before = { journal: 1, tables: 1 };
const after = { journal: 2, tables: 3 };

let blobs: MemoryAppendBlobs;
let rows: Map<string, Columns>;
let asked: number;
let now: number;

beforeEach(() => {
  blobs = memoryAppendBlobs();
  rows = new Map();
  asked = 0;
  now = Date.parse("2026-11-23T08:00:00.000Z");
});

function keeper(own = ownFormat) {
  const control = {
    async get(partitionKey: string, rowKey: string) {
      asked += 1;
      const columns = rows.get(`${partitionKey}/${rowKey}`);
      return columns && { partitionKey, rowKey, etag: "1", columns };
    },
    async upsert(partitionKey: string, rowKey: string, columns: Columns) {
      rows.set(`${partitionKey}/${rowKey}`, columns);
    },
  };
  return formatKeeper(blobs, control, () => new Date(now), own);
}

describe("an app that finds", () => {
  test("nothing marks it with its own format", async () => {
    expect(await keeper(before).fit()).toBe("fits");

    expect(await keeper(before).stored()).toEqual(before);
  });

  test("an older format marks it with its own, and the older app has to leave it alone from then on", async () => {
    await keeper(before).fit();

    expect(await keeper(after).fit()).toBe("fits");

    expect(await keeper(before).fit()).toBe("newer");
    expect(await keeper(after).stored()).toEqual(after);
  });

  test("a newer format of one of both writes nothing", async () => {
    await blobs.create("format/2");

    expect(await keeper(before).fit()).toBe("newer");

    expect(blobs.names()).toEqual(["format/2"]);
    expect(rows.size).toBe(0);
  });

  test("a mark that can't be read does not go on", async () => {
    rows.set("format/tables", { version: "one" });

    await expect(keeper(before).fit()).rejects.toMatchObject({ code: "storage-unavailable" });
  });
});

describe("what was asked", () => {
  test("is asked once for all events of five minutes, and then again", async () => {
    const one = keeper(before);
    await Promise.all([one.fit(), one.fit()]);
    now += 5 * minute - 1;
    await one.fit();
    expect(asked).toBe(1);

    await keeper(after).fit();
    now += 1;

    expect(await one.fit()).toBe("newer");
  });

  test("and was too new is asked again at once, so that the end of it is seen", async () => {
    rows.set("format/tables", { version: 2 });
    const one = keeper(before);
    expect(await one.fit()).toBe("newer");

    rows.set("format/tables", { version: 1 });

    expect(await one.fit()).toBe("fits");
  });
});

test("to look at the format writes nothing", async () => {
  expect(await keeper(before).stored()).toEqual({ journal: 0, tables: 0 });

  expect(blobs.names()).toEqual([]);
  expect(rows.size).toBe(0);
});

test("versions of the journal are numbers, not texts", async () => {
  for (const name of ["format/9", "format/10"]) await blobs.create(name);

  expect(await journalFormat(blobs)).toBe(10);
  expect(isNewer({ journal: 10, tables: 1 }, { journal: 9, tables: 9 })).toBe(true);
});
