import type { EventSubscription, IdentityInfo, SystemTopic } from "@azure/arm-eventgrid";
import { parseResourceId } from "../../shared/resources/resource-id.ts";
import type { AzureSide } from "./azure-side.ts";

/** The system topic of a subscription, of which Azure allows one, whoever made it. */
export interface Topic {
  id: string;
  name: string;
  resourceGroup: string;
  /** True where `connect` made it. */
  isOurs: boolean;
  /** Resource ids of its user-assigned identities. */
  identities: readonly string[];
  /** Whether it has an identity of its own, too. */
  hasOwnIdentity: boolean;
}

/** What `connect` writes on what it makes: `disconnect` takes away nothing without it. */
export const ourTag = { "azure-encryption-guard": "connect" };

export const topicType = "Microsoft.Resources.Subscriptions";

/** Whether tags say that `connect` made something. */
export function isOurs(tags: unknown): boolean {
  return typeof tags === "object" && tags !== null && "azure-encryption-guard" in tags
    ? tags["azure-encryption-guard"] === "connect"
    : false;
}

/** The subscription's own system topic; nothing where it has none. */
export async function topicOf({ grid, subscriptionId }: AzureSide): Promise<Topic | undefined> {
  const source = `/subscriptions/${subscriptionId}`.toLowerCase();
  for await (const topic of grid.systemTopics.listBySubscription()) {
    if (topic.source?.toLowerCase() === source) return asTopic(topic);
  }
  return undefined;
}

/** The topic as Azure told of it. Throws an Error where Azure gives an id that is none. */
export function asTopic({ id = "", tags, identity }: SystemTopic): Topic {
  const parsed = parseResourceId(id);
  if (!parsed.ok) throw new Error(`${id} is no system topic: ${parsed.reason}.`);
  const { names, resourceGroup } = parsed.id;
  const identities = Object.keys(identity?.userAssignedIdentities ?? {});
  const hasOwnIdentity = /SystemAssigned/i.test(identity?.type ?? "");
  return { id, name: names[0] ?? "", resourceGroup, isOurs: isOurs(tags), identities, hasOwnIdentity };
}

/** Whether a topic carries an identity, so that what it delivers can be written by it. */
export function carries({ identities }: Pick<Topic, "identities">, identityId: string): boolean {
  return identities.some((each) => each.toLowerCase() === identityId.toLowerCase());
}

/** What a topic has to be written with to carry these identities. */
export function identityInfo(identityIds: readonly string[], hasOwnIdentity: boolean): IdentityInfo {
  return {
    type: hasOwnIdentity ? "SystemAssigned, UserAssigned" : "UserAssigned",
    userAssignedIdentities: Object.fromEntries(identityIds.map((each) => [each, {}])),
  };
}

/** All event subscriptions of a topic, whoever made them. */
export async function eventSubscriptionsOf({ grid }: AzureSide, topic: Topic): Promise<EventSubscription[]> {
  const found: EventSubscription[] = [];
  const { resourceGroup, name } = topic;
  for await (const each of grid.systemTopicEventSubscriptions.listBySystemTopic(resourceGroup, name)) found.push(each);
  return found;
}
