import type { TokenCredential } from "@azure/core-auth";
import * as z from "zod";
import { type Cloud, tokenScope } from "../policy/clouds.ts";
import type { Scope } from "../policy/scopes.ts";
import { createWire, type Wire } from "../resources/wire.ts";
import { armList } from "./arm-list.ts";

/** Which subscriptions bring their events to this service. */
export interface Connections {
  /** Throws an Error with what Azure said where it does not show it. */
  isConnected(subscriptionId: string): Promise<boolean>;
}

/** ARM actions on subscriptions that the service needs to see whether their events are brought to it. */
export const connectionPermissions = [
  "Microsoft.EventGrid/systemTopics/read",
  "Microsoft.EventGrid/systemTopics/eventSubscriptions/read",
];

/** Reads topics and event subscriptions alone: newer ones show no more of what is looked at. */
const version = "2022-06-15";
/** The function that takes events, and the queue that takes them in its place in a private network. */
const functionName = "resource-changed";
const queueName = "events";

const topicsSchema = z.array(z.object({ id: z.string(), properties: z.object({ source: z.string() }) }));
const destinationSchema = z.object({ properties: z.looseObject({}).nullish() }).nullish();
const eventSubscriptionsSchema = z.array(
  z.object({
    properties: z.object({
      provisioningState: z.string(),
      destination: destinationSchema,
      deliveryWithResourceIdentity: z.object({ destination: destinationSchema }).nullish(),
    }),
  }),
);

/**
 * Asks Event Grid through Azure Resource Manager. The role needs {@link connectionPermissions} on the subscription.
 * @param site the name of the function app; where it is not known, any app with such a function counts.
 */
export function connectionsIn(cloud: Cloud, credential: () => TokenCredential, site: string | undefined): Connections {
  return connectionsOver(async () => {
    const { ResourceGraphClient } = await import("@azure/arm-resourcegraph");
    const { pipeline } = new ResourceGraphClient(credential(), {
      endpoint: cloud.endpoint,
      credentials: { scopes: [tokenScope(cloud)] },
      retryOptions: { maxRetries: 0 },
    });
    return createWire(pipeline, cloud.endpoint, version);
  }, site);
}

/** The same over any way to ask. */
export function connectionsOver(open: () => Promise<Pick<Wire, "get">>, site: string | undefined): Connections {
  return {
    async isConnected(subscriptionId) {
      const wire = await open();
      const subscription = `/subscriptions/${subscriptionId}`;
      const listed = await armList(wire, `${subscription}/providers/Microsoft.EventGrid/systemTopics`);
      const topic = topicsSchema
        .parse(listed)
        .find(({ properties }) => properties.source.toLowerCase() === subscription.toLowerCase());
      if (!topic) return false;
      const found = eventSubscriptionsSchema.parse(await armList(wire, `${topic.id}/eventSubscriptions`));
      return found.some(({ properties: { provisioningState, destination, deliveryWithResourceIdentity } }) => {
        const properties = destination?.properties ?? deliveryWithResourceIdentity?.destination?.properties;
        return provisioningState !== "Deleting" && leadsHere(properties, site);
      });
    },
  };
}

/** The subscriptions of the scopes that are not connected, and those of which Azure does not show it, with why. */
export async function lookAtConnections(
  connections: Connections,
  scopes: readonly Scope[],
): Promise<{ notConnected: string[]; unknown: { subscriptionId: string; reason: string }[] }> {
  const notConnected: string[] = [];
  const unknown: { subscriptionId: string; reason: string }[] = [];
  for (const subscriptionId of new Set(scopes.map((scope) => scope.subscriptionId))) {
    try {
      if (!(await connections.isConnected(subscriptionId))) notConnected.push(subscriptionId);
    } catch (thrown) {
      unknown.push({ subscriptionId, reason: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }
  return { notConnected, unknown };
}

function leadsHere(properties: { [name: string]: unknown } | null | undefined, site: string | undefined): boolean {
  if (String(properties?.queueName ?? "").toLowerCase() === queueName) return true;
  const end = `${site === undefined ? "" : `/sites/${site}`}/functions/${functionName}`;
  return String(properties?.resourceId ?? "")
    .toLowerCase()
    .endsWith(end.toLowerCase());
}
