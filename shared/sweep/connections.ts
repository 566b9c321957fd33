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
  let opened: Promise<Wire> | undefined;
  const open = async () => {
    const { ResourceGraphClient } = await import("@azure/arm-resourcegraph");
    const { pipeline } = new ResourceGraphClient(credential(), {
      endpoint: cloud.endpoint,
      credentials: { scopes: [tokenScope(cloud)] },
      retryOptions: { maxRetries: 0 },
    });
    return createWire(pipeline, cloud.endpoint, version);
  };
  return connectionsOver(async (path) => {
    opened ??= open();
    return armList(await opened, path);
  }, site);
}

/**
 * The same over any way to list what is below a path, without its api-version.
 * @param list throws an Error with what Azure said where it does not show it.
 */
export function connectionsOver(list: (path: string) => Promise<unknown[]>, site: string | undefined): Connections {
  return {
    async isConnected(subscriptionId) {
      const subscription = `/subscriptions/${subscriptionId}`;
      const listed = await list(`${subscription}/providers/Microsoft.EventGrid/systemTopics`);
      const topic = topicsSchema
        .parse(listed)
        .find(({ properties }) => properties.source.toLowerCase() === subscription.toLowerCase());
      if (!topic) return false;
      const found = eventSubscriptionsSchema.parse(await list(`${topic.id}/eventSubscriptions`));
      return found.some(({ properties: { provisioningState, destination, deliveryWithResourceIdentity } }) => {
        const properties = destination?.properties ?? deliveryWithResourceIdentity?.destination?.properties;
        return provisioningState !== "Deleting" && leadsHere(properties, site);
      });
    },
  };
}

/** Which subscriptions of the scopes a sweep found not connected, as health tells it. */
export const seenConnectionsSchema = z.strictObject({
  at: z.iso.datetime(),
  /** Each list is cut after the first hundred. */
  notConnected: z.strictObject({ count: z.number().int(), subscriptions: z.array(z.string()) }),
  /** Those that Azure does not show to the service. */
  unknown: z.strictObject({
    count: z.number().int(),
    subscriptions: z.array(z.strictObject({ subscriptionId: z.string(), reason: z.string() })),
  }),
});

/** See {@link seenConnectionsSchema}. */
export type SeenConnections = z.infer<typeof seenConnectionsSchema>;

/** What {@link lookAtConnections} found. */
interface Found {
  notConnected: string[];
  unknown: { subscriptionId: string; reason: string }[];
}

/** A property of a row holds 32,000 characters: a tenant may have thousands of subscriptions, and Azure's reasons are long. */
const mostKept = 100;
const longestReason = 150;

/** What is kept of what a sweep found. */
export function seenConnections({ notConnected, unknown }: Found, at: Date): SeenConnections {
  const reasons = unknown.map(({ subscriptionId, reason }) => ({
    subscriptionId,
    reason: reason.slice(0, longestReason),
  }));
  return {
    at: at.toISOString(),
    notConnected: { count: notConnected.length, subscriptions: notConnected.slice(0, mostKept) },
    unknown: { count: unknown.length, subscriptions: reasons.slice(0, mostKept) },
  };
}

/** The subscriptions of the scopes that are not connected, and those of which Azure does not show it, with why. */
export async function lookAtConnections(
  connections: Connections,
  scopes: readonly Pick<Scope, "subscriptionId">[],
): Promise<Found> {
  const notConnected: Found["notConnected"] = [];
  const unknown: Found["unknown"] = [];
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
