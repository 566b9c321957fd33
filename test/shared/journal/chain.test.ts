import { describe, expect, test } from "vitest";
import { type Chain, openChain } from "../../../shared/journal/chain.ts";
import { linesOf } from "../../../shared/journal/links.ts";
import { type MemoryAppendBlobs, memoryAppendBlobs } from "../../support/memory-append-blobs.ts";

const monday = "2026-11-23T23:59:59.000Z";
const tuesday = "2026-11-24T00:00:00.000Z";

function entries(...ids: string[]) {
  return ids.map((id) => ({ id, at: monday, kind: "check" }));
}

function idsIn(blobs: MemoryAppendBlobs): string[] {
  return blobs
    .names()
    .flatMap((name) => linesOf(Buffer.from(blobs.text(name)), 0).map(({ entry }) => String(entry?.id)));
}

async function appendAll(chain: Chain, ...ids: string[]): Promise<void> {
  for (const id of ids) await chain.append(entries(id));
}

describe("a chain", () => {
  test("links each entry to the one before it by its hash", async () => {
    const blobs = memoryAppendBlobs();
    await appendAll(openChain(blobs, "00"), "1", "2", "3");

    const lines = linesOf(Buffer.from(blobs.text("00/000000.jsonl")), 0);

    expect(lines.map(({ isIntact }) => isIntact)).toEqual([true, true, true]);
    expect(lines.map(({ previous }) => previous)).toEqual(["0".repeat(64), lines[0]?.hash, lines[1]?.hash]);
  });

  test("goes on in a process that is started anew", async () => {
    const blobs = memoryAppendBlobs();
    await appendAll(openChain(blobs, "00"), "1");
    await appendAll(openChain(blobs, "00"), "2");

    const [first, second] = linesOf(Buffer.from(blobs.text("00/000000.jsonl")), 0);

    expect(second?.previous).toBe(first?.hash);
  });

  test("lets two processes append in turns without losing or forking", async () => {
    const blobs = memoryAppendBlobs();
    const [one, other] = [openChain(blobs, "00"), openChain(blobs, "00")];
    await appendAll(one, "1", "2");
    await appendAll(other, "3", "4");
    await appendAll(one, "5");
    await appendAll(other, "6");

    const lines = linesOf(Buffer.from(blobs.text("00/000000.jsonl")), 0);

    expect(lines.map(({ entry }) => entry?.id)).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(lines.slice(1).map(({ previous }) => previous)).toEqual(lines.slice(0, -1).map(({ hash }) => hash));
  });

  test("begins a new blob each day, and says so in the last entry of the old one", async () => {
    const blobs = memoryAppendBlobs();
    const chain = openChain(blobs, "00");
    await appendAll(chain, "1");
    const [reference] = await chain.append([{ id: "2", at: tuesday, kind: "check" }]);

    expect(reference).toMatchObject({ blob: "00/000001.jsonl", offset: 0 });
    expect(idsIn(blobs)).toEqual(["1", "rolled-before-2", "2"]);
  });

  test("takes a process along that still appends to a blob that is done with", async () => {
    const blobs = memoryAppendBlobs();
    const [one, other] = [openChain(blobs, "00"), openChain(blobs, "00")];
    await appendAll(one, "1");
    await appendAll(other, "2");
    await one.append([{ id: "3", at: tuesday, kind: "check" }]);
    await appendAll(other, "4");

    expect(idsIn(blobs)).toEqual(["1", "2", "rolled-before-3", "3", "4"]);
  });

  test("goes on where a process died between rolling and making the next blob", async () => {
    const blobs = memoryAppendBlobs();
    await appendAll(openChain(blobs, "00"), "1");
    await openChain(blobs, "00").append([{ id: "2", at: tuesday, kind: "check" }]);
    await blobs.remove("00/000001.jsonl");

    const [reference] = await openChain(blobs, "00").append(entries("3"));

    expect(reference).toMatchObject({ blob: "00/000001.jsonl", offset: 0 });
    expect(idsIn(blobs)).toEqual(["1", "rolled-before-2", "3"]);
  });
});

describe("a chain whose answers get lost", () => {
  test.each(["after", "before", "late"] as const)("has each entry once (lost %s it took effect)", async (loss) => {
    const blobs = memoryAppendBlobs();
    const chain = openChain(blobs, "00");
    await appendAll(chain, "1");
    blobs.lose(loss);

    const references = await chain.append(entries("2", "3"));
    await appendAll(chain, "4");

    expect(idsIn(blobs)).toEqual(["1", "2", "3", "4"]);
    expect(
      references.map(
        ({ blob, offset }) =>
          linesOf(Buffer.from(blobs.text(blob)), 0).find((line) => line.offset === offset)?.entry?.id,
      ),
    ).toEqual(["2", "3"]);
  });

  test("gives up where no answer ever comes, and can be used again", async () => {
    const blobs = memoryAppendBlobs();
    const chain = openChain(blobs, "00");
    await appendAll(chain, "1");
    blobs.lose("before", "before", "before");

    await expect(chain.append(entries("2"))).rejects.toMatchObject({ code: "storage-unavailable" });
    await appendAll(chain, "3");

    expect(idsIn(blobs)).toEqual(["1", "3"]);
  });

  test("gets over an append of its own that arrives after it was given up", async () => {
    const blobs = memoryAppendBlobs();
    const chain = openChain(blobs, "00");
    await appendAll(chain, "1");
    blobs.lose("before", "before", "late");
    await expect(chain.append(entries("2"))).rejects.toMatchObject({ code: "storage-unavailable" });

    await appendAll(chain, "3");

    const lines = linesOf(Buffer.from(blobs.text("00/000000.jsonl")), 0);
    expect(lines.map(({ entry }) => entry?.id)).toEqual(["1", "2", "3"]);
    expect(lines[2]?.previous).toBe(lines[1]?.hash);
  });
});
