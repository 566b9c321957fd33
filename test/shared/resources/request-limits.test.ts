import { describe, expect, test } from "vitest";
import { armBuckets, storageWindows } from "../../../emulator/arm/checks/throttling.ts";
import {
  laneOf,
  networkLimits,
  type RequestKind,
  type RequestLimits,
  sqlLimits,
  storageLimits,
} from "../../../shared/resources/request-limits.ts";
import { earliest, type Marks, take } from "../../../shared/state/pace.ts";

/** When so many requests, all asked for at once, are sent, in milliseconds. */
function timesOf(limits: RequestLimits, kind: RequestKind, requests: number): number[] {
  const marks: Marks = new Map();
  const lane = laneOf(limits, "s", kind);
  return Array.from({ length: requests }, () => {
    const at = earliest(marks, lane, 0);
    take(marks, lane, at);
    return at;
  });
}

/** Sends as many as fit at a time; gives how many did. */
function send(marks: Marks, limits: RequestLimits, kind: RequestKind, second: number): number {
  const lane = laneOf(limits, "s", kind);
  let sent = 0;
  for (; earliest(marks, lane, second * 1000) <= second * 1000; sent += 1) take(marks, lane, second * 1000);
  return sent;
}

/** The most of these times that lie within so many seconds of each other. */
function mostWithin(times: readonly number[], seconds: number): number {
  return Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + seconds * 1000).length));
}

describe("requests that keep to their lane", () => {
  test("are never more than a bucket of Azure Resource Manager has", () => {
    for (const limits of [storageLimits, sqlLimits, networkLimits]) {
      for (const [kind, bucket] of [["reads", armBuckets.reads] as const, ["writes", armBuckets.writes] as const]) {
        const times = timesOf(limits, kind, 900);
        for (const [index, at] of times.entries()) {
          expect(index + 1).toBeLessThanOrEqual(bucket.size + (at / 1000) * bucket.perSecond + 1);
        }
      }
    }
  });

  test("are never more than the storage provider takes in a second, an hour, or five minutes", () => {
    const [perSecond, perHour] = storageWindows.write;
    const writes = timesOf(storageLimits, "writes", 1500);
    const reads = timesOf(storageLimits, "reads", 900);

    expect(mostWithin(writes, perSecond.seconds)).toBeLessThanOrEqual(perSecond.limit);
    expect(writes.filter((at) => at < perHour.seconds * 1000).length).toBeLessThanOrEqual(perHour.limit);
    expect(reads.filter((at) => at < 300_000).length).toBeLessThanOrEqual(storageWindows.read[0].limit);
  });

  test("use nearly all that there is", () => {
    expect(timesOf(storageLimits, "writes", 667).at(-1)).toBeLessThan(66_000 * 1.05);
  });

  test("of looks that may wait leave half of the reads to the others", () => {
    for (const limits of [storageLimits, sqlLimits, networkLimits]) {
      for (const seconds of [0, 1, 20, 100]) {
        const marks: Marks = new Map();
        for (let second = 0; second <= seconds; second += 1) send(marks, limits, "patient-reads", second);
        const left = send(marks, limits, "reads", seconds);

        const [window] = limits.reads.filter((limit) => limit.kind === "window");
        const [bucket = armBuckets.reads] = limits.reads.filter((limit) => limit.kind === "bucket");
        expect(left).toBeGreaterThanOrEqual(
          Math.floor((Math.min(bucket.size, window?.requests ?? bucket.size) * 0.95) / 2),
        );
      }
    }
  });

  test("count against the subscription's own limits, whatever the case of its id", () => {
    const keys = ["S", "s", "other"].map((id) => laneOf(storageLimits, id, "reads").limits.map(({ key }) => key));

    expect(keys[0]).toEqual(keys[1]);
    expect(keys[2]).not.toEqual(keys[1]);
  });
});
