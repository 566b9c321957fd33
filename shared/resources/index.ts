import type { TokenCredential } from "@azure/core-auth";
import type { Pipeline } from "@azure/core-rest-pipeline";
import { tokenScope } from "../policy/clouds.ts";
import type { CurrentScopes } from "../policy/scopes.ts";
import type { Settings } from "../policy/settings.ts";
import { type PacedRequests, pacingPolicy } from "./pacing-policy.ts";
import { networkLimits, type RequestLimits, sqlLimits, storageLimits } from "./request-limits.ts";
import { ancestorOfType, type ResourceId } from "./resource-id.ts";
import type { ResourceType } from "./resource-type.ts";
import { sqlDatabases } from "./sql-databases.ts";
import { storageAccounts } from "./storage-accounts.ts";
import { synapseSqlPools } from "./synapse-sql-pools.ts";
import { vpnConnections } from "./vpn-connections.ts";

/** What the types need from outside beside settings and a credential. */
interface Surroundings {
  credential(): TokenCredential;
  now(): Date;
  /** From 0 to less than 1, for jitter. */
  random(): number;
  pace: PacedRequests;
  /** Resolves at a time. */
  waitUntil(time: Date): Promise<void>;
  /** What is known of where the service may read and write. */
  scopes(): CurrentScopes;
}

/** Loaded when first needed: each is some hundred kilobytes to megabytes of code. */
const clients = {
  storage: () => import("@azure/arm-storage"),
  sql: () => import("@azure/arm-sql"),
  network: () => import("@azure/arm-network"),
};

/** Loads the client that a type is read with, so that its first read finds it there. */
export async function loadClientFor(type: string): Promise<void> {
  const [provider] = type.toLowerCase().split("/");
  if (provider === "microsoft.storage") await clients.storage();
  if (provider === "microsoft.sql") await clients.sql();
  if (provider === "microsoft.network") await clients.network();
}

/** The registry of resource types that can be read and written. A new type is added here, and nowhere else. */
export function resourceTypes(settings: Settings, surroundings: Surroundings): ResourceType[] {
  const { credential, now, random } = surroundings;
  const { endpoint } = settings.cloud;
  return [
    storageAccounts({
      endpoint,
      apiVersion: settings.storageApiVersion,
      pipelineFor: paced(storageLimits, surroundings, async (subscriptionId) => {
        const { StorageManagementClient } = await clients.storage();
        return new StorageManagementClient(credential(), subscriptionId, {
          endpoint,
          credentials: { scopes: [tokenScope(settings.cloud)] },
          retryOptions: { maxRetries: 0 },
        }).pipeline;
      }),
    }),
    sqlDatabases({
      endpoint,
      apiVersion: settings.sqlApiVersion,
      pipelineFor: paced(sqlLimits, surroundings, async (subscriptionId) => {
        const { SqlManagementClient } = await clients.sql();
        return new SqlManagementClient(credential(), subscriptionId, {
          endpoint,
          credentialScopes: [tokenScope(settings.cloud)],
          retryOptions: { maxRetries: 0 },
        }).pipeline;
      }),
      now,
      random,
    }),
    synapseSqlPools(),
    vpnConnections({
      endpoint,
      apiVersion: settings.networkApiVersion,
      scopes: surroundings.scopes,
      pipelineFor: paced(networkLimits, surroundings, async (subscriptionId) => {
        const { NetworkManagementClient } = await clients.network();
        return new NetworkManagementClient(credential(), subscriptionId, {
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

/** The resource itself with its type, or the one that it is a part of: as an event of a child leads to its parent. */
export function resourceWithBaselines(
  types: readonly ResourceType[],
  asked: ResourceId,
): { type: ResourceType; id: ResourceId } | undefined {
  for (const type of types) {
    const id = ancestorOfType(asked, type.type);
    if (id) return { type, id };
  }
  return undefined;
}

/** One pipeline for each subscription, so that its requests are counted together. */
function paced(
  limits: RequestLimits,
  { pace, now, waitUntil }: Surroundings,
  make: (subscriptionId: string) => Promise<Pipeline>,
): (subscriptionId: string) => Promise<Pipeline> {
  return onceForEach(async (subscriptionId) => {
    const pipeline = await make(subscriptionId);
    // Last, so that nothing but the network lies between a count and its request.
    pipeline.addPolicy(pacingPolicy({ limits, subscriptionId, pace, now, waitUntil }), { afterPhase: "Sign" });
    return pipeline;
  });
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
