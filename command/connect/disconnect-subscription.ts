import type { EventSubscription } from "@azure/arm-eventgrid";
import type { ResourceId } from "../../shared/resources/resource-id.ts";
import type { Arm } from "../check/arm.ts";
import { type AzureSide, refusalOf } from "./azure-side.ts";
import { removeGroup } from "./groups.ts";
import { removeAccess, type ServiceAccess } from "./remove-access.ts";
import type { Step } from "./step.ts";
import { eventSubscriptionsOf, type Topic, topicOf } from "./topics.ts";
import { leadsToService } from "./wanted.ts";

/** What is taken away. */
export interface Disconnection {
  app: ResourceId;
  /** The account whose queue takes events, where it is named. */
  storageId: string | undefined;
  access: ServiceAccess;
  /** Nothing is written. */
  dryRun: boolean;
}

/**
 * Takes away what brings a subscription's events to the service: its event subscriptions, and the topic and resource group where
 * `connect` made them and nobody else uses them; then what the service may do there. What stays is told, too. A refusal of Azure is the
 * last step.
 */
export async function disconnectSubscription(
  azure: AzureSide,
  arm: Arm,
  disconnection: Disconnection,
): Promise<Step[]> {
  const steps: Step[] = [];
  try {
    await removeEvents(azure, disconnection, steps);
    await removeAccess(arm, azure.subscriptionId, disconnection.access, disconnection.dryRun, steps);
  } catch (thrown) {
    steps.push({ what: "subscription", name: azure.subscriptionId, did: "failed", why: refusalOf(thrown) });
  }
  return steps;
}

async function removeEvents(azure: AzureSide, { app, storageId, dryRun }: Disconnection, steps: Step[]): Promise<void> {
  const topic = await topicOf(azure);
  if (!topic) {
    steps.push({ what: "subscription", name: azure.subscriptionId, did: "not connected" });
    return;
  }
  const found = await eventSubscriptionsOf(azure, topic);
  const own = found.filter((each) => leadsToService(each, app, storageId));
  const others = found.filter((each) => !own.includes(each));
  for (const each of own) steps.push(await removeEventSubscription(azure, topic, each, dryRun));
  steps.push(...(await removeTopic(azure, topic, others, dryRun)));
}

async function removeEventSubscription(
  { grid }: AzureSide,
  { resourceGroup, name: topic }: Topic,
  { name = "" }: EventSubscription,
  dryRun: boolean,
): Promise<Step> {
  if (dryRun) return { what: "event subscription", name, did: "would be removed" };
  await grid.systemTopicEventSubscriptions.beginDeleteAndWait(resourceGroup, topic, name);
  return { what: "event subscription", name, did: "removed" };
}

async function removeTopic(
  azure: AzureSide,
  topic: Topic,
  others: readonly EventSubscription[],
  dryRun: boolean,
): Promise<Step[]> {
  const { name, resourceGroup } = topic;
  if (!topic.isOurs) return [{ what: "system topic", name, did: "stays", why: "connect did not make it" }];
  if (others.length > 0) {
    const names = others.map((each) => each.name).join(", ");
    return [
      { what: "system topic", name, did: "failed", why: `it stays: others' event subscriptions use it: ${names}` },
    ];
  }
  if (!dryRun) await azure.grid.systemTopics.beginDeleteAndWait(resourceGroup, name);
  const group = await removeGroup(azure, resourceGroup, topic.id, dryRun);
  return [{ what: "system topic", name, did: dryRun ? "would be removed" : "removed" }, ...group];
}
