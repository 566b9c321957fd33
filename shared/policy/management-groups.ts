import { CodedError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ManagementGroupChain } from "./file-policy.ts";

/** The management groups that subscriptions are in. */
export interface ManagementGroups {
  /** Nothing where they can't be read, and were not within a day. */
  of(subscriptionId: string, log: Log): Promise<ManagementGroupChain | undefined>;
}

/** A subscription is seldom moved to another group. */
const freshMilliseconds = 15 * 60_000;
/** While they can't be read, what was read within a day stands for them; the decision names its age. */
const usableMilliseconds = 24 * 3_600_000;
const millisecondsBetweenFailures = 60_000;

/**
 * Remembers what was read for a quarter of an hour.
 * @param read the names of all groups of a subscription, at any depth; throws a {@link CodedError} where they can't be told.
 */
export function managementGroups(
  read: (subscriptionId: string) => Promise<string[]>,
  now: () => Date,
): ManagementGroups {
  const known = new Map<string, ManagementGroupChain>();
  const failedAt = new Map<string, number>();
  return {
    async of(subscriptionId, log) {
      const chain = known.get(subscriptionId);
      const age = chain ? now().getTime() - chain.readAt.getTime() : Number.POSITIVE_INFINITY;
      if (age < freshMilliseconds) return chain;
      const usable = age < usableMilliseconds ? chain : undefined;
      if (now().getTime() - (failedAt.get(subscriptionId) ?? 0) < millisecondsBetweenFailures) return usable;
      try {
        const fresh = { names: await read(subscriptionId), readAt: now() };
        known.set(subscriptionId, fresh);
        return fresh;
      } catch (thrown) {
        if (!(thrown instanceof CodedError)) throw thrown;
        failedAt.set(subscriptionId, now().getTime());
        log.warn("management groups can't be read", { subscriptionId, error: thrown.message });
        return usable;
      }
    },
  };
}
