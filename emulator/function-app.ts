import type { Arm, Subscription } from "./arm/index.ts";
import type { Principal } from "./identity/index.ts";

/**
 * Shows Azure Resource Manager that the events of these subscriptions are brought to the app, as Event Grid here does by itself: all but
 * those where it is not registered.
 */
export function showConnections(arm: Pick<Arm, "seed">, subscriptions: readonly Subscription[], appId: string): void {
  for (const { subscriptionId, notRegistered = [] } of subscriptions) {
    if (notRegistered.includes("Microsoft.EventGrid")) continue;
    const subscription = `/subscriptions/${subscriptionId}`;
    const topic = `${subscription}/resourceGroups/rg-local/providers/Microsoft.EventGrid/systemTopics/evgs-local`;
    arm.seed(topic, { properties: { source: subscription, topicType: "Microsoft.Resources.Subscriptions" } });
    arm.seed(`${topic}/eventSubscriptions/azure-encryption-guard`, {
      properties: {
        destination: {
          endpointType: "AzureFunction",
          properties: { resourceId: `${appId}/functions/resource-changed` },
        },
        deadLetterDestination: {
          endpointType: "StorageBlob",
          properties: {
            resourceId: `${subscription}/resourceGroups/rg-local/providers/Microsoft.Storage/storageAccounts/devstoreaccount1`,
            blobContainerName: "dead-letters",
          },
        },
      },
    });
  }
}

/**
 * Shows the running function app to Azure Resource Manager, with its identity, so that Event Grid's subscriptions find it. Gives its
 * resource id.
 * @param functions those that the app has registered, with their triggers.
 */
export function showFunctionApp(
  arm: Pick<Arm, "seed">,
  { subscriptionId }: Pick<Subscription, "subscriptionId">,
  { objectId, applicationId }: Principal,
  functions: readonly { name: string; trigger: string }[],
): string {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/rg-encryption-guard/providers`;
  const id = `${group}/Microsoft.Web/sites/azure-encryption-guard`;
  const identity = `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/azure-encryption-guard`;
  const shown = { principalId: objectId, clientId: applicationId ?? "" };
  arm.seed(id, { identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: shown } } });
  for (const { name, trigger } of functions) {
    arm.seed(`${id}/functions/${name}`, { properties: { config: { bindings: [{ type: trigger, direction: "in" }] } } });
  }
  return id;
}
