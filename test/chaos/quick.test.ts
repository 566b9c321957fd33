import { afterAll, expect, test } from "vitest";
import { emptyCounts } from "./counts.ts";
import { openWorlds, trySeed } from "./seed.ts";

/** A small part of what `npm run test:chaos` tries. */
const quick = { parts: 900, histories: 3 };

const worlds = openWorlds();
afterAll(() => worlds.close());

test("keeps its promises under a few faults, deaths of its process and generated histories", async () => {
  const counts = emptyCounts();

  await trySeed(worlds, 1, quick, counts);

  expect(counts.broken).toEqual([]);
  expect(counts.cases - counts.missed).toBeGreaterThan(5);
  expect(counts.histories).toBe(quick.histories);
}, 90_000);
