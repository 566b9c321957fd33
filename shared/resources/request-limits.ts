/** So many requests at once, and as many more as flow in. */
interface BucketLimit {
  kind: "bucket";
  name: string;
  size: number;
  perSecond: number;
}

/** So many requests within a time, from the first of them on. */
interface WindowLimit {
  kind: "window";
  name: string;
  requests: number;
  seconds: number;
}

/** A limit that Azure sets to the requests in one subscription. */
export type RequestLimit = BucketLimit | WindowLimit;

/** The limits that the requests to one provider's resources come under, in each subscription by itself. */
export interface RequestLimits {
  /** The provider's name, for what it alone asks. */
  provider: string;
  reads: readonly RequestLimit[];
  writes: readonly RequestLimit[];
}

/** What is asked of a provider: looks that nobody waits for leave half of the reads to the others. */
export type RequestKind = "reads" | "patient-reads" | "writes";

/** Requests that come under the same limits, one after the other: those of a kind in one subscription. */
export interface Lane {
  /** What one lane is asked to wait, another one is not. */
  key: string;
  /** Limits of the same key are used up together, also by other lanes. */
  limits: { key: string; limit: RequestLimit }[];
}

/**
 * So much of each limit is used. The rest is for what does not count itself: requests of others under the same limits, and two clocks that
 * don't run alike.
 */
const usedShare = 0.98;

/**
 * Azure Resource Manager's buckets, for each subscription and principal. Source: docs, "Understand how Azure Resource Manager throttles
 * requests": reads hold 250 and are refilled by 25 a second, writes hold 200 and are refilled by 10.
 */
const resourceManager = {
  reads: { kind: "bucket", name: "arm-reads", size: 250, perSecond: 25 },
  writes: { kind: "bucket", name: "arm-writes", size: 200, perSecond: 10 },
} as const;

/**
 * Source: docs, "Scalability and performance targets for the Azure Storage resource provider": for each subscription and region 800 reads in
 * 5 minutes, 10 writes in a second, 1200 in an hour. Before an account is read nobody knows its region: the whole subscription keeps to what
 * one region may use. Ten writes in any second are writes at even distances.
 */
export const storageLimits: RequestLimits = {
  provider: "storage",
  reads: [resourceManager.reads, { kind: "window", name: "storage-reads", requests: 800, seconds: 300 }],
  writes: [
    resourceManager.writes,
    { kind: "bucket", name: "storage-writes-of-a-second", size: 1, perSecond: 10 },
    { kind: "window", name: "storage-writes-of-an-hour", requests: 1200, seconds: 3600 },
  ],
};

/** No documented ones of the provider's own: Azure Resource Manager's alone. */
export const sqlLimits: RequestLimits = {
  provider: "sql",
  reads: [resourceManager.reads],
  writes: [resourceManager.writes],
};

/** Source: docs, "Azure subscription and service limits", throttling of Microsoft.Network: 10,000 reads and 1,000 writes in 5 minutes. */
export const networkLimits: RequestLimits = {
  provider: "network",
  reads: [resourceManager.reads, { kind: "window", name: "network-reads", requests: 10_000, seconds: 300 }],
  writes: [resourceManager.writes, { kind: "window", name: "network-writes", requests: 1_000, seconds: 300 }],
};

/**
 * The lane of requests of one kind in a subscription. Patient reads go by half of what there is: while others have used that up they wait, and
 * so at least half is left to the others. Pure.
 */
export function laneOf(limits: RequestLimits, subscriptionId: string, kind: RequestKind): Lane {
  const side = kind === "writes" ? "writes" : "reads";
  const of = (limit: RequestLimit) => (kind === "patient-reads" ? halfOf(used(limit)) : used(limit));
  return {
    key: keyOf(subscriptionId, limits.provider, side),
    limits: limits[side].map((limit) => ({ key: keyOf(subscriptionId, limit.name), limit: of(limit) })),
  };
}

/**
 * The lane of looks that wait for their reads: they come back as far apart as the limits go on for ever, the patient ones at half of that,
 * so that they never use it up. Pure.
 */
export function turnsOf(limits: RequestLimits, subscriptionId: string, kind: "reads" | "patient-reads"): Lane {
  const perSecond = Math.min(...limits.reads.map((limit) => rateOf(used(limit)))) * (kind === "reads" ? 1 : 0.5);
  const key = keyOf(subscriptionId, limits.provider, `${kind}-turns`);
  return { key, limits: [{ key: `${key}-slots`, limit: { kind: "bucket", name: kind, size: 1, perSecond } }] };
}

function rateOf(limit: RequestLimit): number {
  return limit.kind === "bucket" ? limit.perSecond : limit.requests / limit.seconds;
}

function used(limit: RequestLimit): RequestLimit {
  if (limit.kind === "window") return { ...limit, requests: Math.floor(limit.requests * usedShare) };
  return { ...limit, size: Math.max(1, Math.floor(limit.size * usedShare)), perSecond: limit.perSecond * usedShare };
}

/** What flows into a bucket is whoever's is there first: half of what it holds is what is left. */
function halfOf(limit: RequestLimit): RequestLimit {
  if (limit.kind === "window") return { ...limit, requests: Math.floor(limit.requests / 2) };
  return { ...limit, size: Math.max(1, Math.floor(limit.size / 2)) };
}

function keyOf(subscriptionId: string, ...names: string[]): string {
  return [subscriptionId, ...names].join("/").toLowerCase();
}
