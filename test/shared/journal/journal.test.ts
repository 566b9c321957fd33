import { describe, expect, test } from "vitest";
import { appendBlobJournal } from "../../../shared/journal/append-blob-journal.ts";
import type { CheckEntry, Journal } from "../../../shared/journal/journal.ts";
import { freshName, useAzurite } from "../../support/azurite.ts";
import { memoryJournal } from "../../support/memory-journal.ts";
import { thingId } from "../../support/things.ts";

const storage = useAzurite();

function entry(id: string, at = "2026-11-23T08:00:00.000Z"): CheckEntry {
  const resourceId = thingId().text;
  return {
    version: 1,
    id,
    at,
    resourceId,
    kind: "check",
    outcome: "compliant",
    dryRun: false,
    results: [],
    causes: [],
    durations: { ü: 1 },
  };
}

function journalContract(make: () => Journal): void {
  test("reads every entry back by its reference", async () => {
    const journal = make();
    const first = await journal.append(entry("first"));
    const second = await journal.append(entry("second – 東京"));

    expect([await journal.read(second), await journal.read(first)]).toEqual([entry("second – 東京"), entry("first")]);
  });
}

describe("a journal in memory", () => {
  journalContract(memoryJournal);
});

describe("a journal in append blobs", () => {
  const make = () => appendBlobJournal(storage.clients().container(freshName()));
  journalContract(make);

  test("keeps the entries of a day and resource in one chain, whatever the case of the id", async () => {
    const journal = make();

    const first = await journal.append(entry("1"));
    const second = await journal.append({ ...entry("2"), resourceId: thingId().text.toUpperCase() });
    const nextDay = await journal.append(entry("3", "2026-11-24T00:00:00.000Z"));

    expect(first.blob).toMatch(/^2026\/11\/23\/\d\d-000\.jsonl$/);
    expect(second).toMatchObject({ blob: first.blob, offset: first.length });
    expect(nextDay.blob).toBe(first.blob.replace("11/23", "11/24"));
  });

  test("goes on in the next part where one takes no more", async () => {
    const container = storage.clients().container(freshName());
    const first = await appendBlobJournal(container).append(entry("1"));
    await container.getBlobClient(first.blob).delete();
    await container.getBlockBlobClient(first.blob).upload("full", 4);
    const journal = appendBlobJournal(container);

    const next = await journal.append(entry("2"));
    const afterThat = await journal.append(entry("3"));

    expect(next.blob).toBe(first.blob.replace("-000", "-001"));
    expect([await journal.read(next), await journal.read(afterThat)]).toEqual([entry("2"), entry("3")]);
  });

  test("loses nothing when many append at once", async () => {
    const journal = make();
    const ids = Array.from({ length: 12 }, (_, index) => `entry-${index}`);

    const references = await Promise.all(ids.map((id) => journal.append(entry(id))));

    expect(await Promise.all(references.map((reference) => journal.read(reference)))).toEqual(
      ids.map((id) => entry(id)),
    );
  });

  test("says what is wrong where an entry is not there", async () => {
    await expect(make().read({ blob: "none", offset: 0, length: 1 })).rejects.toMatchObject({
      code: "storage-unavailable",
    });
  });
});
