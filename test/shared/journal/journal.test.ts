import { describe, expect, test } from "vitest";
import { appendBlobs } from "../../../shared/journal/append-blobs.ts";
import { chainedJournal } from "../../../shared/journal/chained-journal.ts";
import type { CheckEntry, Journal } from "../../../shared/journal/journal.ts";
import { freshName, useAzurite } from "../../support/azurite.ts";
import { memoryAppendBlobs } from "../../support/memory-append-blobs.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { thingId } from "../../support/things.ts";

const storage = useAzurite();
const unit = thingId().text;

function entry(id: string, at = "2026-11-23T08:00:00.000Z"): CheckEntry {
  const body = { outcome: "compliant", dryRun: false, results: [], causes: [], durations: { ü: 1 } } as const;
  return { version: 1, id, at, resourceId: unit, kind: "check", ...body, results: [], causes: [] };
}

function journalContract(make: () => Journal): void {
  test("reads every entry back by its reference", async () => {
    const journal = make();
    const [first, second] = await journal.append(unit, [entry("first"), entry("second – 東京")]);
    const [third] = await journal.append(unit, [entry("third")]);
    if (!first || !second || !third) throw new Error("An entry has no reference.");

    expect(await journal.read(third)).toMatchObject(entry("third"));
    expect([await journal.read(second), await journal.read(first)]).toMatchObject([
      entry("second – 東京"),
      entry("first"),
    ]);
  });

  test("finds an entry by its id behind a place, and none that stands before it", async () => {
    const journal = make();
    await journal.append(unit, [entry("before")]);
    const place = await journal.place(unit);
    await journal.append(unit, [entry("other")]);
    const [reference] = await journal.append(unit, [entry("wanted")]);

    expect(await journal.find("wanted", place)).toEqual(reference);
    expect(await journal.find("before", place)).toBeUndefined();
    expect(await journal.find("nowhere", place)).toBeUndefined();
  });
}

describe("a journal in memory", () => {
  journalContract(memoryJournal);
});

describe("a journal in append blobs held in memory", () => {
  journalContract(() => chainedJournal(memoryAppendBlobs()));
});

describe("a journal in append blobs", () => {
  const make = () => chainedJournal(appendBlobs(storage.clients().container(freshName())));
  journalContract(make);

  test("keeps the entries of a unit in one chain, whatever the case of its id", async () => {
    const journal = make();

    const [first] = await journal.append(unit, [entry("1")]);
    const [second] = await journal.append(unit.toUpperCase(), [entry("2")]);

    expect(first?.blob).toMatch(/^\d\d\/000000\.jsonl$/);
    expect(second).toMatchObject({ blob: first?.blob, offset: first?.length });
  });

  test("loses nothing when several processes append at once", async () => {
    const container = storage.clients().container(freshName());
    const journals = Array.from({ length: 3 }, () => chainedJournal(appendBlobs(container)));
    const ids = Array.from({ length: 24 }, (_, index) => `entry-${index}`);

    const references = await Promise.all(
      ids.map(async (id, index) => (await journals[index % 3]?.append(unit, [entry(id)]))?.[0]),
    );
    const reader = make();
    const journal = journals[0] ?? reader;
    const read = await Promise.all(references.map((reference) => reference && journal.read(reference)));

    expect(read).toMatchObject(ids.map((id) => entry(id)));
  });

  test("says what is wrong where an entry is not there", async () => {
    await expect(make().read({ blob: "none", offset: 0, length: 1 })).rejects.toMatchObject({
      code: "storage-unavailable",
    });
  });
});
