import type { EventSubscription } from "@azure/arm-eventgrid";
import type { ResourceId } from "../../shared/resources/resource-id.ts";
import { type AzureSide, refusalOf } from "./azure-side.ts";
import { ensureTopic, type PlannedTopic } from "./ensure-topic.ts";
import { registerProvider } from "./register.ts";
import type { Step } from "./step.ts";
import { carries, eventSubscriptionsOf } from "./topics.ts";
import { type DeliveryStorage, functionIdOf, isAsWanted, leadsToService, wantedEventSubscription } from "./wanted.ts";

/** What a subscription is connected to, and how. */
export interface Connection {
  app: ResourceId;
  /** What the names of the event subscriptions begin with. */
  namePrefix: string;
  /** Beginnings of operations' names: a list for each event subscription. */
  prefixes: readonly (readonly string[])[];
  /** Where a topic that has to be made goes to, and its group where that has to be made too. */
  resourceGroup: string;
  location: string;
  /** Whether events come by the queue of {@link storage}, which has to be named then. */
  isByQueue: boolean;
  /** Takes dead letters, where the topic carries the identity. */
  storage: DeliveryStorage | undefined;
  /** Nothing is written. */
  dryRun: boolean;
}

/**
 * Brings the events of a subscription to the service: registers Event Grid, uses the subscription's system topic or makes one, makes the
 * event subscriptions, and reads them again. What is there already is left as it is. A refusal of Azure is the last step.
 */
export async function connectSubscription(azure: AzureSide, connection: Connection): Promise<Step[]> {
  const steps: Step[] = [];
  try {
    steps.push(await registerProvider(azure, connection.dryRun));
    const topic = await ensureTopic(azure, connection, steps);
    if (!topic) return steps;
    const found = topic.isThere ? await eventSubscriptionsOf(azure, topic) : [];
    for (const [index, prefixes] of connection.prefixes.entries()) {
      steps.push(await ensureEventSubscription(azure, topic, found, connection, index, prefixes));
    }
    await verify(azure, topic, connection, steps);
    steps.push(...othersHere(found, connection, steps));
  } catch (thrown) {
    steps.push({ what: "subscription", name: azure.subscriptionId, did: "failed", why: refusalOf(thrown) });
  }
  return steps;
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
  if (taken && !leadsToService(taken, connection.app, connection.storage?.storageId)) {
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

/** Such as one that was made by hand: it stays, since who made it may want it. */
function othersHere(found: readonly EventSubscription[], { app, storage }: Connection, steps: readonly Step[]): Step[] {
  const told = new Set(steps.flatMap(({ what, name }) => (what === "event subscription" ? [name.toLowerCase()] : [])));
  return found
    .filter((each) => leadsToService(each, app, storage?.storageId) && !told.has((each.name ?? "").toLowerCase()))
    .map(({ name = "" }) => {
      const why = "leads to the service too: an event that both ask for comes twice, and costs a second read at most";
      return { what: "event subscription", name, did: "stays", why };
    });
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

function wantedOn(topic: PlannedTopic, { app, isByQueue, storage }: Connection, prefixes: readonly string[]) {
  const usable = storage && carries(topic, storage.identityId) ? storage : undefined;
  return isByQueue && usable
    ? wantedEventSubscription({ by: "queue", storage: usable }, prefixes, usable)
    : wantedEventSubscription({ by: "function", functionId: functionIdOf(app) }, prefixes, usable);
}
