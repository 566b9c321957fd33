import type { AzureSide } from "./azure-side.ts";
import type { Connection } from "./connect-subscription.ts";
import { ensureGroup } from "./groups.ts";
import type { Step } from "./step.ts";
import { asTopic, carries, identityInfo, ourTag, type Topic, topicOf, topicType } from "./topics.ts";

/** A topic, and whether Azure has it: a dry run makes none. */
export type PlannedTopic = Topic & { isThere: boolean };

/**
 * Finds the subscription's system topic, or makes one. It carries the identity that writes events and dead letters where one is named: one
 * that `connect` made gets it, one that is somebody else's is not altered. Tells what it did in `steps`.
 * @returns nothing where the topic can't bring the events as they are asked for, which is then told too.
 */
export async function ensureTopic(
  azure: AzureSide,
  connection: Connection,
  steps: Step[],
): Promise<PlannedTopic | undefined> {
  const existing = await topicOf(azure);
  if (!existing) return makeTopic(azure, connection, steps);
  const identityId = connection.storage?.identityId;
  const isReady = identityId === undefined || carries(existing, identityId);
  if (!isReady && existing.isOurs) return giveIdentity(azure, existing, identityId, connection, steps);
  const about = { what: "system topic", name: existing.name } as const;
  if (!isReady && connection.isByQueue) {
    const todo = `Ask its owner to assign that identity to ${existing.id}, or connect with --delivery function`;
    const why = `it is somebody else's and does not carry ${identityId}, so it can't write into the queue. ${todo}`;
    steps.push({ ...about, did: "failed", why });
    return undefined;
  }
  const why = existing.isOurs ? "made by connect" : "somebody else's: used, and not altered";
  steps.push({ ...about, did: "unchanged", why });
  return { ...existing, isThere: true };
}

async function makeTopic(azure: AzureSide, connection: Connection, steps: Step[]): Promise<PlannedTopic> {
  const { resourceGroup, storage, dryRun } = connection;
  steps.push(...(await ensureGroup(azure, connection)));
  const name = `evgs-guard-${azure.subscriptionId.slice(0, 8)}`;
  const identities = storage ? [storage.identityId] : [];
  if (dryRun) {
    steps.push({ what: "system topic", name, did: "would be made" });
    return { id: "", name, resourceGroup, isOurs: true, identities, hasOwnIdentity: false, isThere: false };
  }
  const made = await azure.grid.systemTopics.beginCreateOrUpdateAndWait(resourceGroup, name, {
    location: "global",
    source: `/subscriptions/${azure.subscriptionId}`,
    topicType,
    tags: { ...ourTag },
    ...(identities.length === 0 ? {} : { identity: identityInfo(identities, false) }),
  });
  steps.push({ what: "system topic", name, did: "made" });
  return { ...asTopic(made), isThere: true };
}

/** Beside the identities that the topic has: who gave it those may need them. */
async function giveIdentity(
  azure: AzureSide,
  topic: Topic,
  identityId: string,
  { dryRun }: Connection,
  steps: Step[],
): Promise<PlannedTopic> {
  const identities = [...topic.identities, identityId];
  const { resourceGroup, name, hasOwnIdentity } = topic;
  if (!dryRun) {
    const identity = identityInfo(identities, hasOwnIdentity);
    await azure.grid.systemTopics.beginUpdateAndWait(resourceGroup, name, { identity });
  }
  const why = `carries ${identityId}`;
  steps.push({ what: "system topic", name, did: dryRun ? "would be changed" : "changed", why });
  return { ...topic, identities, isThere: true };
}
