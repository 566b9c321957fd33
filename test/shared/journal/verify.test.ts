import { describe, expect, test } from "vitest";
import { openChain } from "../../../shared/journal/chain.ts";
import { linesOf, linkedLine } from "../../../shared/journal/links.ts";
import { keepJournalFor } from "../../../shared/journal/retention.ts";
import { verifyJournal } from "../../../shared/journal/verify.ts";
import { type MemoryAppendBlobs, memoryAppendBlobs } from "../../support/memory-append-blobs.ts";

const now = new Date("2026-11-26T02:00:00.000Z");
const blob = "03/000000.jsonl";

async function journalOf(count: number): Promise<MemoryAppendBlobs> {
  const blobs = memoryAppendBlobs();
  const chain = openChain(blobs, "03");
  for (let index = 1; index <= count; index += 1) {
    await chain.append([{ id: `entry-${index}`, at: "2026-11-23T08:00:00.000Z", kind: "check" }]);
  }
  return blobs;
}

/** A chain over three days: `000000` to `000002`, each written on its day. */
async function journalOfDays(): Promise<MemoryAppendBlobs> {
  const blobs = memoryAppendBlobs();
  const chain = openChain(blobs, "03");
  for (const day of ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]) {
    blobs.clock.now = new Date(`${day}T08:00:00.000Z`);
    await chain.append([{ id: `entry-of-${day}`, at: `${day}T08:00:00.000Z`, kind: "check" }]);
  }
  return blobs;
}

function linesIn(blobs: MemoryAppendBlobs): string[] {
  return blobs.text(blob).split("\n").filter(Boolean);
}

function rewrite(blobs: MemoryAppendBlobs, lines: (string | undefined)[]): void {
  blobs.write(blob, lines.map((line) => `${line}\n`).join(""));
}

describe("verifying a journal", () => {
  test("finds nothing wrong in what was only appended", async () => {
    const verification = await verifyJournal(await journalOf(5), now);

    expect(verification).toMatchObject({ at: now.toISOString(), entries: 5, problems: [] });
    expect(verification.chains).toHaveLength(16);
  });

  test("finds nothing wrong where days and processes changed", async () => {
    const blobs = await journalOfDays();
    await openChain(blobs, "03").append([{ id: "late", at: "2026-11-24T09:00:00.000Z", kind: "check" }]);

    expect((await verifyJournal(blobs, now)).problems).toEqual([]);
  });

  test("names the first entry that was changed", async () => {
    const blobs = await journalOf(5);
    const [one, two = "", ...rest] = linesIn(blobs);
    rewrite(blobs, [one, two.replace("check", "chess"), ...rest]);

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "changed", entryId: "entry-2", blob }]);
  });

  test("shows a change whose own hash was made anew at the entry behind it", async () => {
    const blobs = await journalOf(4);
    const [one = "", , ...rest] = linesIn(blobs);
    const [before] = linesOf(Buffer.from(one), 0);
    const forged = linkedLine({ id: "entry-2", kind: "forged" }, before?.hash ?? "");
    rewrite(blobs, [one, forged.line.toString().trimEnd(), ...rest]);

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "removed", entryId: "entry-3" }]);
  });

  test("names the entry before which one was removed", async () => {
    const blobs = await journalOf(5);
    const [one, two, , ...rest] = linesIn(blobs);
    rewrite(blobs, [one, two, ...rest]);

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "removed", entryId: "entry-4" }]);
  });

  test("names the first entry that was inserted", async () => {
    const blobs = await journalOf(4);
    const [one, two = "", ...rest] = linesIn(blobs);
    const [before] = linesOf(Buffer.from(two), 0);
    const forged = linkedLine({ id: "forged", kind: "check" }, before?.hash ?? "");
    rewrite(blobs, [one, two, forged.line.toString().trimEnd(), ...rest]);

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "inserted", entryId: "forged" }]);
  });

  test("names the first entry that was put elsewhere", async () => {
    const blobs = await journalOf(5);
    const [one, two, three, four, five] = linesIn(blobs);
    rewrite(blobs, [one, two, four, three, five]);

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "reordered", entryId: "entry-4" }]);
  });

  test("names a blob that is gone from the middle", async () => {
    const blobs = await journalOfDays();
    await blobs.remove("03/000001.jsonl");

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "removed", blob: "03/000001.jsonl" }]);
  });

  test("names a begin that somebody took away", async () => {
    const blobs = await journalOfDays();
    await blobs.remove("03/000000.jsonl");

    expect((await verifyJournal(blobs, now)).problems).toMatchObject([{ kind: "removed", blob: "03/000001.jsonl" }]);
  });

  test("sees by heads that were kept elsewhere that a whole chain was made anew, or that its end is missing", async () => {
    const blobs = await journalOf(5);
    const heads = (await verifyJournal(blobs, now)).chains.flatMap(({ head }) => head ?? []);
    const replaced = await journalOf(4);
    await openChain(replaced, "03").append([{ id: "entry-X", at: "2026-11-23T08:00:00.000Z", kind: "check" }]);
    const shortened = await journalOf(3);

    expect((await verifyJournal(blobs, now, heads)).problems).toEqual([]);
    expect((await verifyJournal(replaced, now)).problems).toEqual([]);
    expect((await verifyJournal(replaced, now, heads)).problems).toMatchObject([{ kind: "replaced" }]);
    expect((await verifyJournal(shortened, now, heads)).problems).toMatchObject([{ kind: "replaced" }]);
    expect((await verifyJournal(memoryAppendBlobs(), now, heads)).problems).toMatchObject([{ kind: "removed", blob }]);
  });
});

describe("retention", () => {
  test("takes away the oldest blobs, says so in the chain, and leaves a journal that verifies", async () => {
    const blobs = await journalOfDays();

    const removed = await keepJournalFor(blobs, 2, now);

    expect(removed).toEqual(["03/000000.jsonl", "03/000001.jsonl"]);
    expect(blobs.names()).toEqual(["03/000002.jsonl", "03/000003.jsonl", "03/000004.jsonl"]);
    expect((await verifyJournal(blobs, now)).problems).toEqual([]);
    expect(await keepJournalFor(blobs, 2, now)).toEqual([]);
  });

  test("keeps all that is young enough, and the end of a chain however old", async () => {
    const blobs = await journalOfDays();

    expect(await keepJournalFor(blobs, 30, now)).toEqual([]);
    expect(await keepJournalFor(blobs, 0, new Date("2027-11-26T00:00:00Z"))).toEqual([
      "03/000000.jsonl",
      "03/000001.jsonl",
    ]);
    expect((await verifyJournal(blobs, now)).problems).toEqual([]);
  });
});
