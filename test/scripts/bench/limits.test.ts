import { expect, test } from "vitest";
import { leastSeconds } from "../../../scripts/bench/limits.ts";

test.each([
  { reads: 0, writes: 0, seconds: 0, why: "nothing is asked" },
  { reads: 10, writes: 10, seconds: 0, why: "10 writes go within one second" },
  { reads: 11, writes: 11, seconds: 1, why: "the eleventh write waits for the next second" },
  { reads: 667, writes: 667, seconds: 66, why: "10 writes go in each second" },
  { reads: 750, writes: 0, seconds: 20, why: "of ARM's reads 250 are there, and 25 come each second" },
  { reads: 801, writes: 0, seconds: 300, why: "the storage provider gives 800 reads in five minutes" },
  { reads: 0, writes: 1201, seconds: 3600, why: "the storage provider takes 1200 writes in an hour" },
])("$reads reads and $writes writes take at least $seconds s, since $why", ({ seconds, ...requests }) => {
  expect(leastSeconds(requests)).toBe(seconds);
});
