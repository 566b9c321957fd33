import type { TokenCredential } from "@azure/core-auth";
import type { Pipeline } from "@azure/core-rest-pipeline";
import { tokenScope } from "../policy/clouds.ts";
import type { Settings } from "../policy/settings.ts";
import type { ResourceType } from "./resource-type.ts";
import { storageAccounts } from "./storage-accounts.ts";

/** The registry of resource types that can be read and written. A new type is added here, and nowhere else. */
export function resourceTypes(settings: Settings, credential: () => TokenCredential): ResourceType[] {
  const { endpoint } = settings.cloud;
  return [
    storageAccounts({
      endpoint,
      apiVersion: settings.storageApiVersion,
      pipelineFor: onceForEach(async (subscriptionId) => {
        const { StorageManagementClient } = await import("@azure/arm-storage");
        return new StorageManagementClient(credential(), subscriptionId, {
          endpoint,
          credentials: { scopes: [tokenScope(settings.cloud)] },
          retryOptions: { maxRetries: 0 },
        }).pipeline;
      }),
    }),
  ];
}

/** The registered type of a resource, whatever the case of its letters. */
export function findResourceType(types: readonly ResourceType[], type: string): ResourceType | undefined {
  return types.find((each) => each.type.toLowerCase() === type.toLowerCase());
}

function onceForEach(
  make: (subscriptionId: string) => Promise<Pipeline>,
): (subscriptionId: string) => Promise<Pipeline> {
  const pipelines = new Map<string, Promise<Pipeline>>();
  return (subscriptionId) => {
    const pipeline = pipelines.get(subscriptionId) ?? make(subscriptionId);
    pipelines.set(subscriptionId, pipeline);
    return pipeline;
  };
}
