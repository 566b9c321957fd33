import type { Clock } from "../../clock.ts";
import { gatewayError, providerError } from "../errors.ts";

/** What ARM's limits tell apart. */
export type RequestKind = "reads" | "writes" | "deletes";

/** What the storage provider's limits tell apart. */
export type StorageOperation = "read" | "write" | "list";

/** Counts requests against Azure's documented limits. */
export interface Throttle {
  /**
   * ARM's token buckets by subscription, principal and kind (docs: Understand how Azure Resource Manager throttles
   * requests). Gives what is left; throws 429 SubscriptionRequestsThrottled when nothing is and `enforced` is set.
   */
  takeFromSubscription(key: BucketKey, enforced: boolean): number;
  /** The storage provider's windows by subscription and region: 429 TooManyRequests. */
  takeFromStorage(subscriptionId: string, region: string, operation: StorageOperation): void;
  /** Resource Graph: 15 queries in 5 s for a principal. Gives what is left, -1 when over. */
  takeFromResourceGraph(objectId: string): number;
}

export interface BucketKey {
  subscriptionId: string;
  objectId: string;
  kind: RequestKind;
  operation: string;
}

/** Docs: Understand how Azure Resource Manager throttles requests. */
export const armBuckets = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
} as const;

/** Docs: Scalability and performance targets for the Azure Storage resource provider. */
export const storageWindows = {
  read: [{ limit: 800, seconds: 300, name: "Read_ObservationWindow_00:05:00" }],
  list: [{ limit: 100, seconds: 300, name: "List_ObservationWindow_00:05:00" }],
  write: [
    { limit: 10, seconds: 1, name: "Write_ObservationWindow_00:00:01" },
    { limit: 1200, seconds: 3600, name: "Write_ObservationWindow_01:00:00" },
  ],
} as const;

export function createThrottle(clock: Clock): Throttle {
  const levels = new Map<string, { tokens: number; at: number }>();
  const windows = new Map<string, { start: number; count: number }>();
  return {
    takeFromSubscription({ subscriptionId, objectId, kind, operation }, enforced) {
      const { size, perSecond } = armBuckets[kind];
      const key = `${subscriptionId}/${objectId}/${kind}`.toLowerCase();
      const before = levels.get(key) ?? { tokens: size, at: clock.now() };
      const tokens = Math.min(size, before.tokens + ((clock.now() - before.at) / 1000) * perSecond);
      if (tokens >= 1) {
        levels.set(key, { tokens: tokens - 1, at: clock.now() });
        return Math.floor(tokens - 1);
      }
      levels.set(key, { tokens, at: clock.now() });
      if (!enforced) return 0;
      const wait = Math.max(1, Math.ceil((1 - tokens) / perSecond));
      throw gatewayError(
        429,
        "SubscriptionRequestsThrottled",
        `Number of requests for subscription '${subscriptionId}' and operation '${operation}' exceeded the backend storage limit. Please try again after '${wait}' seconds.`,
        { "retry-after": String(wait) },
      );
    },
    takeFromStorage(subscriptionId, region, operation) {
      for (const window of storageWindows[operation]) {
        const key = `${subscriptionId}/${region}/${window.name}`.toLowerCase();
        const wait = countInWindow(key, window.limit, window.seconds);
        if (wait === 0) continue;
        throw providerError(
          429,
          "TooManyRequests",
          `The request is being throttled as the limit has been reached for operation type - ${window.name}. For more information, see - https://aka.ms/srpthrottlinglimits`,
          { "retry-after": String(wait) },
        );
      }
    },
    takeFromResourceGraph(objectId) {
      const key = `graph/${objectId}`;
      const over = countInWindow(key, 15, 5) > 0;
      return over ? -1 : 15 - (windows.get(key)?.count ?? 0);
    },
  };

  /** Counts one; gives the seconds until the window ends when it was full already, else 0. */
  function countInWindow(key: string, limit: number, seconds: number): number {
    const now = clock.now();
    const window = windows.get(key);
    if (!window || now - window.start >= seconds * 1000) {
      windows.set(key, { start: now, count: 1 });
      return 0;
    }
    if (window.count >= limit) return Math.max(1, Math.ceil((window.start + seconds * 1000 - now) / 1000));
    window.count += 1;
    return 0;
  }
}
