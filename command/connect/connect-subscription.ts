import type { EventSubscription } from "@azure/arm-eventgrid";
import { type AzureSide, refusalOf } from "./azure-side.ts";
import { ensureGroup } from "./groups.ts";
import { registerProvider } from "./register.ts";
import type { Step } from "./step.ts";
import { asTopic, eventSubscriptionsOf, ourTag, type Topic, topicOf, topicType } from "./topics.ts";
import { type DeadLetters, functionOf, isAsWanted, wantedEventSubscription } from "./wanted.ts";

/** What a subscription is connected to, and how. */
export interface Connection {
  /** The function that takes events. */
  functionId: string;
  /** What the names of the event subscriptions begin with. */
  namePrefix: string;
  /** Beginnings of operations' names: a list for each event subscription. */
  prefixes: readonly (readonly string[])[];
  /** Where a topic that has to be made goes to, and its group where that has to be made too. */
  resourceGroup: string;
  location: string;
  /** Used where the topic carries the identity. */
  deadLetters: DeadLetters | undefined;
  /** Nothing is written. */
  dryRun: boolean;
}

/**
 * Brings the events of a subscription to the function: registers Event Grid, uses the subscription's system topic or makes one, makes the
 * event subscriptions, and reads them again. What is there already is left as it is. A refusal of Azure is the last step.
 */
export async function connectSubscription(azure: AzureSide, connection: Connection): Promise<Step[]> {
  const steps: Step[] = [];
  try {
    steps.push(await registerProvider(azure, connection.dryRun));
    const topic = await ensureTopic(azure, connection, steps);
    const found = topic.isThere ? await eventSubscriptionsOf(azure, topic) : [];
    for (const [index, prefixes] of connection.prefixes.entries()) {
      steps.push(await ensureEventSubscription(azure, topic, found, connection, index, prefixes));
    }
    await verify(azure, topic, connection, steps);
  } catch (thrown) {
    steps.push({ what: "subscription", name: azure.subscriptionId, did: "failed", why: refusalOf(thrown) });
  }
  return steps;
}

/** A topic, and whether Azure has it: a dry run makes none. */
type PlannedTopic = Topic & { isThere: boolean };

async function ensureTopic(azure: AzureSide, connection: Connection, steps: Step[]): Promise<PlannedTopic> {
  const { resourceGroup, deadLetters, dryRun } = connection;
  const existing = await topicOf(azure);
  if (existing) {
    const why = existing.isOurs ? "made by connect" : "somebody else's: used, and not altered";
    steps.push({ what: "system topic", name: existing.name, did: "unchanged", why });
    return { ...existing, isThere: true };
  }
  steps.push(...(await ensureGroup(azure, connection)));
  const name = `evgs-guard-${azure.subscriptionId.slice(0, 8)}`;
  const identities = deadLetters ? [deadLetters.identityId] : [];
  if (dryRun) {
    steps.push({ what: "system topic", name, did: "would be made" });
    const lower = identities.map((each) => each.toLowerCase());
    return { id: "", name, resourceGroup, isOurs: true, identities: lower, isThere: false };
  }
  const made = await azure.grid.systemTopics.beginCreateOrUpdateAndWait(resourceGroup, name, {
    location: "global",
    source: `/subscriptions/${azure.subscriptionId}`,
    topicType,
    tags: { ...ourTag },
    ...(identities.length === 0
      ? {}
      : {
          identity: {
            type: "UserAssigned",
            userAssignedIdentities: Object.fromEntries(identities.map((each) => [each, {}])),
          },
        }),
  });
  steps.push({ what: "system topic", name, did: "made" });
  return { ...asTopic(made), isThere: true };
}

async function ensureEventSubscription(
  { grid }: AzureSide,
  topic: PlannedTopic,
  found: readonly EventSubscription[],
  connection: Connection,
  index: number,
  prefixes: readonly string[],
): Promise<Step> {
  const wanted = wantedOn(topic, connection, prefixes);
  const good = found.find((each) => isAsWanted(each, wanted));
  if (good) return { what: "event subscription", name: good.name ?? "", did: "unchanged" };
  const name = `${connection.namePrefix}-${index}`;
  const taken = found.find((each) => each.name?.toLowerCase() === name.toLowerCase());
  if (taken && functionOf(taken)?.toLowerCase() !== connection.functionId.toLowerCase()) {
    const why = "the topic has an event subscription of that name that leads elsewhere";
    return { what: "event subscription", name, did: "failed", why };
  }
  if (connection.dryRun) {
    return { what: "event subscription", name, did: taken ? "would be changed" : "would be made" };
  }
  const { resourceGroup } = topic;
  await grid.systemTopicEventSubscriptions.beginCreateOrUpdateAndWait(resourceGroup, topic.name, name, wanted);
  return { what: "event subscription", name, did: taken ? "changed" : "made" };
}

/** Read again, since a long operation that ended says nothing of what is there now. */
async function verify(
  azure: AzureSide,
  topic: PlannedTopic,
  connection: Connection,
  steps: readonly Step[],
): Promise<void> {
  if (connection.dryRun || !steps.some(({ did }) => did === "made" || did === "changed")) return;
  const found = await eventSubscriptionsOf(azure, topic);
  const missing = connection.prefixes.some((prefixes) => {
    const wanted = wantedOn(topic, connection, prefixes);
    return !found.some((each) => isAsWanted(each, wanted));
  });
  if (missing && !steps.some(({ did }) => did === "failed")) {
    throw new Error("An event subscription reads otherwise than it was written: run connect again, and look at it.");
  }
}

function wantedOn(topic: Topic, { functionId, deadLetters }: Connection, prefixes: readonly string[]) {
  const carried = deadLetters && topic.identities.includes(deadLetters.identityId.toLowerCase());
  return wantedEventSubscription(functionId, prefixes, carried ? deadLetters : undefined);
}
