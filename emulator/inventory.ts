import { QueueServiceClient } from "@azure/storage-queue";
import type { LocalAzure } from "./local-azure.ts";

/** The queue of another team, in which every change is told of. */
export const inventoryQueue = "inventory";

/**
 * Has another team take inventory of what is changed: in each subscription in which Event Grid is registered it has made the system topic,
 * which can be one alone, with an event subscription that writes all events into a queue of theirs.
 */
export async function takeInventory({
  arm,
  azurite,
  subscriptions,
}: Pick<LocalAzure, "arm" | "azurite" | "subscriptions">): Promise<void> {
  await QueueServiceClient.fromConnectionString(azurite.connectionString).createQueue(inventoryQueue);
  for (const { subscriptionId, notRegistered = [] } of subscriptions) {
    if (notRegistered.includes("Microsoft.EventGrid")) continue;
    const source = `/subscriptions/${subscriptionId}`;
    const providers = `${source}/resourceGroups/rg-inventory/providers`;
    const topic = `${providers}/Microsoft.EventGrid/systemTopics/evgs-inventory`;
    const resourceId = `${providers}/Microsoft.Storage/storageAccounts/stinventory`;
    arm.seed(topic, { properties: { source, topicType: "Microsoft.Resources.Subscriptions" } });
    arm.seed(`${topic}/eventSubscriptions/inventory`, {
      properties: {
        destination: { endpointType: "StorageQueue", properties: { resourceId, queueName: inventoryQueue } },
      },
    });
  }
}
