import { afterAll, expect, test } from "vitest";
import { emptyCounts } from "./counts.ts";
import { openWorlds, trySeed } from "./seed.ts";

/** A small part of what `npm run test:chaos` tries; what fails is shrunk there. */
const quick = { parts: 4800, histories: 2, longestShrinking: 0, healings: 1 };
/** In milliseconds. It takes a quarter of a minute where nothing else runs. */
const longest = 300_000;

const worlds = openWorlds();
afterAll(() => worlds.close());

test(
  "keeps its promises under a few faults, deaths of its process and generated histories",
  async () => {
    const counts = emptyCounts();

    await inTime(trySeed(worlds, 1, quick, counts));

    expect(counts.broken).toEqual([]);
    expect(counts.cases - counts.missed).toBeGreaterThan(1);
    expect(counts.histories).toBe(quick.histories);
  },
  longest,
);

/** Says what was tried when the time was over. */
async function inTime(trying: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It takes too long. At the end: ${worlds.doing}`)), longest - 10_000);
  });
  try {
    await Promise.race([trying, late]);
  } finally {
    clearTimeout(timer);
  }
}
