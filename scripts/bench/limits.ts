import { armBuckets, storageWindows } from "../../emulator/arm/checks/throttling.ts";

/**
 * The seconds for which Azure's documented limits stretch so many requests to storage accounts of one subscription and region, by one
 * principal, from the first request to the last. By the limits that the local Azure holds the service to.
 */
export function leastSeconds({ reads, writes }: { reads: number; writes: number }): number {
  return Math.max(
    bucketSeconds(armBuckets.reads, reads),
    bucketSeconds(armBuckets.writes, writes),
    ...storageWindows.read.map((window) => windowSeconds(window, reads)),
    ...storageWindows.write.map((window) => windowSeconds(window, writes)),
  );
}

/** A full bucket gives what it holds at once, and then what flows in. */
function bucketSeconds({ size, perSecond }: { size: number; perSecond: number }, requests: number): number {
  return Math.max(0, requests - size) / perSecond;
}

/** As many full windows as come before the last request's. */
function windowSeconds({ limit, seconds }: { limit: number; seconds: number }, requests: number): number {
  return Math.max(0, Math.ceil(requests / limit) - 1) * seconds;
}
