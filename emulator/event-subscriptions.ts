import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { JsonObject, ResourceStore } from "./arm/index.ts";
import type { Clock } from "./clock.ts";
import type { EventGrid, EventGridEvent, EventSubscription } from "./event-grid/index.ts";

/** What brings the events of Azure Resource Manager to whom its event subscriptions name. */
export interface Surroundings {
  clock: Clock;
  /** Azure Resource Manager's. */
  resources: Pick<ResourceStore, "get" | "ofType">;
  eventGrid: Pick<EventGrid, "subscribe" | "unsubscribe" | "publish">;
  /** The webhook of a function, by its resource id; undefined where none of that id runs here. */
  webhookOf(functionId: string): string | undefined;
  /** Is told, once, of an event subscription that is in force and can't be delivered here, and why. */
  log(line: string): void;
}

/** An event subscription as Event Grid here takes it, or why it can't. */
type Read = { ok: true; subscription: EventSubscription } | { ok: false; reason: string };

/** Those whose events are delivered. One that is being updated was in force before, and goes by what it says now. */
const inForce = ["Succeeded", "Updating"];
const topicTypeOfSubscriptions = "microsoft.resources.subscriptions";

/**
 * Gives what publishes an event to the event subscriptions that Azure Resource Manager holds at that moment, on the system topic of the
 * event's subscription, and to nobody where there is none. What waits for one that is gone or was changed ends with the next event.
 */
export function followEventSubscriptions(surroundings: Surroundings): (event: EventGridEvent) => void {
  const { eventGrid, log } = surroundings;
  const followed = new Map<string, Read>();

  function subscribe(id: string, read: Read): void {
    eventGrid.unsubscribe(id);
    const refused = (reason: string) => log(`Event Grid delivers nothing by ${id}: ${reason}`);
    // In force from here on, since no endpoint that is read has a handshake: the event that follows finds it.
    if (read.ok) eventGrid.subscribe(read.subscription).catch((thrown: unknown) => refused(String(thrown)));
    else refused(read.reason);
  }

  return (event) => {
    const now = readAll(surroundings);
    for (const id of followed.keys()) {
      if (now.has(id)) continue;
      eventGrid.unsubscribe(id);
      followed.delete(id);
    }
    for (const [id, read] of now) {
      if (isDeepStrictEqual(followed.get(id), read)) continue;
      followed.set(id, read);
      subscribe(id, read);
    }
    eventGrid.publish(event);
  };
}

/** All that are in force, by their resource ids. */
function readAll({ clock, resources, webhookOf }: Surroundings): Map<string, Read> {
  const found = resources.ofType("Microsoft.EventGrid/systemTopics/eventSubscriptions").flatMap(({ id, body }) => {
    const source = sourceOf(resources.get(id.split("/").slice(0, -2).join("/"))?.body);
    if (source === undefined || !isInForce(body, clock.now())) return [];
    return [[id.toLowerCase(), read(id.toLowerCase(), source, body, webhookOf)] as const];
  });
  return new Map(found);
}

const topicSchema = z.object({
  properties: z.object({
    topicType: z.string().refine((type) => type.toLowerCase() === topicTypeOfSubscriptions),
    source: z.string(),
    provisioningState: z.enum(inForce),
  }),
});

/** The subscription whose events a topic has; undefined where it has others', or is not in force itself. */
function sourceOf(topic: JsonObject | undefined): string | undefined {
  return topicSchema.safeParse(topic).data?.properties.source;
}

const lifeSchema = z.object({
  properties: z.object({ provisioningState: z.enum(inForce), expirationTimeUtc: z.string().nullish() }),
});

function isInForce(body: JsonObject, now: number): boolean {
  const life = lifeSchema.safeParse(body).data?.properties;
  if (!life) return false;
  return !life.expirationTimeUtc || Date.parse(life.expirationTimeUtc) > now;
}

const destinationSchema = z.discriminatedUnion("endpointType", [
  z.object({ endpointType: z.literal("AzureFunction"), properties: z.object({ resourceId: z.string() }) }),
  z.object({ endpointType: z.literal("StorageQueue"), properties: z.object({ queueName: z.string() }) }),
]);
const deadLettersSchema = z.object({ properties: z.object({ blobContainerName: z.string() }) }).nullish();

/** As swagger has it (EventSubscriptionProperties, with its defaults), as far as Event Grid here goes by it. */
const eventSubscriptionSchema = z.object({
  name: z.string(),
  properties: z.object({
    destination: destinationSchema.nullish(),
    deliveryWithResourceIdentity: z.object({ destination: destinationSchema }).nullish(),
    filter: z.object({
      subjectBeginsWith: z.string(),
      subjectEndsWith: z.string(),
      isSubjectCaseSensitive: z.boolean().default(false),
      includedEventTypes: z.array(z.string()).nullish(),
      advancedFilters: z
        .array(z.object({ operatorType: z.string(), key: z.string(), values: z.array(z.string()).default([]) }))
        .nullish(),
    }),
    eventDeliverySchema: z.enum(["EventGridSchema", "CloudEventSchemaV1_0"]),
    retryPolicy: z.object({
      maxDeliveryAttempts: z.number().default(30),
      eventTimeToLiveInMinutes: z.number().default(1440),
    }),
    deadLetterDestination: deadLettersSchema,
    deadLetterWithResourceIdentity: z.object({ deadLetterDestination: deadLettersSchema }).nullish(),
  }),
});

function read(id: string, topic: string, body: JsonObject, webhookOf: Surroundings["webhookOf"]): Read {
  const parsed = eventSubscriptionSchema.safeParse(body);
  if (!parsed.success) return { ok: false, reason: z.prettifyError(parsed.error) };
  const { name, properties } = parsed.data;
  const { includedEventTypes, advancedFilters, ...subject } = properties.filter;
  const destination = properties.destination ?? properties.deliveryWithResourceIdentity?.destination;
  const endpoint = destination && endpointOf(destination, webhookOf);
  if (!destination || endpoint === undefined) return { ok: false, reason: "its destination is not here" };
  const letters = properties.deadLetterDestination ?? properties.deadLetterWithResourceIdentity?.deadLetterDestination;
  const subscription: EventSubscription = {
    id,
    name,
    topic,
    endpointType: destination.endpointType,
    endpoint,
    eventDeliverySchema: properties.eventDeliverySchema,
    ...subject,
    ...properties.retryPolicy,
    ...(includedEventTypes && { includedEventTypes }),
    ...(advancedFilters && { advancedFilters }),
    ...(letters && { deadLetterContainer: letters.properties.blobContainerName }),
  };
  return { ok: true, subscription };
}

/** Whichever account is named, its queues are Azurite's: the local Azure has no other storage. */
function endpointOf(
  destination: z.infer<typeof destinationSchema>,
  webhookOf: Surroundings["webhookOf"],
): string | undefined {
  if (destination.endpointType === "StorageQueue") return destination.properties.queueName;
  return webhookOf(destination.properties.resourceId);
}
