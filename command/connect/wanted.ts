import { isDeepStrictEqual } from "node:util";
import type { EventSubscription } from "@azure/arm-eventgrid";
import * as z from "zod";
import { includedEventTypes } from "../../shared/events/operation-prefixes.ts";
import type { ResourceId } from "../../shared/resources/resource-id.ts";

/** The service's storage account, and who writes into it for Event Grid. */
export interface DeliveryStorage {
  /** The resource id of the account with the queue `events` and the container `dead-letters`. */
  storageId: string;
  /** The resource id of the identity that writes there, which the topic has to carry. */
  identityId: string;
}

/** How events come: to the function that takes them, or by the queue `events`. */
export type Destination = { by: "function"; functionId: string } | { by: "queue"; storage: DeliveryStorage };

/** As infra/events names them. */
const queueName = "events";
const deadLetterContainer = "dead-letters";

/**
 * The event subscription for a list of operations, as infra/events makes it.
 * @param deadLetters where dead letters are left; nowhere where the topic carries no identity that may write there.
 */
export function wantedEventSubscription(
  destination: Destination,
  prefixes: readonly string[],
  deadLetters: DeliveryStorage | undefined,
): EventSubscription {
  return {
    eventDeliverySchema: "EventGridSchema",
    ...(destination.by === "function" ? toFunction(destination.functionId) : toQueue(destination.storage)),
    filter: {
      includedEventTypes: [...includedEventTypes],
      advancedFilters: [{ operatorType: "StringBeginsWith", key: "data.operationName", values: [...prefixes] }],
    },
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 },
    ...(deadLetters && {
      deadLetterWithResourceIdentity: {
        identity: { type: "UserAssigned", userAssignedIdentity: deadLetters.identityId },
        deadLetterDestination: {
          endpointType: "StorageBlob",
          resourceId: deadLetters.storageId,
          blobContainerName: deadLetterContainer,
        },
      },
    }),
  };
}

/** Whether an event subscription does what another one says, and is in force. */
export function isAsWanted(found: EventSubscription, wanted: EventSubscription): boolean {
  if (found.provisioningState !== "Succeeded") return false;
  return isDeepStrictEqual(comparedSchema.parse(found), comparedSchema.parse(wanted));
}

/**
 * Whether an event subscription leads to the service, by its function or by its queue.
 * @param storageId the account with the queue; where it is not known, any in the app's own resource group counts.
 */
export function leadsToService(found: EventSubscription, app: ResourceId, storageId: string | undefined): boolean {
  const { destination, deliveryWithResourceIdentity } = leadingSchema.parse(found);
  const target = destination ?? deliveryWithResourceIdentity?.destination;
  const resourceId = target?.resourceId ?? "";
  if (target?.endpointType === "AzureFunction") return resourceId === functionIdOf(app).toLowerCase();
  if (target?.endpointType !== "StorageQueue" || target.queueName?.toLowerCase() !== queueName) return false;
  if (storageId !== undefined) return resourceId === storageId.toLowerCase();
  return resourceId.startsWith(`${groupOf(app)}/providers/microsoft.storage/storageaccounts/`.toLowerCase());
}

/** The function that takes events. */
export function functionIdOf(app: ResourceId): string {
  return `${app.text}/functions/resource-changed`;
}

/** The resource group of the app, and of all that is the service's own. */
export function groupOf({ subscriptionId, resourceGroup }: ResourceId): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

function toFunction(resourceId: string): Pick<EventSubscription, "destination"> {
  const batch = { maxEventsPerBatch: 1, preferredBatchSizeInKilobytes: 64 };
  return { destination: { endpointType: "AzureFunction", resourceId, ...batch } };
}

function toQueue({ storageId, identityId }: DeliveryStorage): Pick<EventSubscription, "deliveryWithResourceIdentity"> {
  return {
    deliveryWithResourceIdentity: {
      identity: { type: "UserAssigned", userAssignedIdentity: identityId },
      // An event that nobody took yet is not thrown away after a week.
      destination: {
        endpointType: "StorageQueue",
        resourceId: storageId,
        queueName,
        queueMessageTimeToLiveInSeconds: -1,
      },
    },
  };
}

const id = z
  .string()
  .nullish()
  .transform((text) => text?.toLowerCase());
const sorted = z
  .array(z.unknown())
  .nullish()
  .transform((values) => (values ?? []).map(String).sort());

const targetSchema = z.object({
  endpointType: z.string(),
  resourceId: id,
  queueName: z.string().optional(),
  queueMessageTimeToLiveInSeconds: z.number().optional(),
});
const leadingSchema = z.object({
  destination: targetSchema.nullish(),
  deliveryWithResourceIdentity: z.object({ destination: targetSchema.nullish() }).nullish(),
});

/** What is compared: what Azure adds by itself is left out, ids count without case, and null is as good as nothing. */
const comparedSchema = z.object({
  destination: targetSchema.nullish().transform((target) => target ?? null),
  deliveryWithResourceIdentity: z
    .object({ identity: z.object({ userAssignedIdentity: id }).nullish(), destination: targetSchema.nullish() })
    .nullish()
    .transform((delivery) => delivery ?? null),
  filter: z
    .object({
      subjectBeginsWith: z
        .string()
        .nullish()
        .transform((text) => text ?? ""),
      subjectEndsWith: z
        .string()
        .nullish()
        .transform((text) => text ?? ""),
      includedEventTypes: sorted,
      advancedFilters: z
        .array(z.object({ operatorType: z.string(), key: z.string().nullish(), values: sorted }))
        .nullish()
        .transform((filters) => filters ?? []),
    })
    .default({ subjectBeginsWith: "", subjectEndsWith: "", includedEventTypes: [], advancedFilters: [] }),
  retryPolicy: z
    .object({ maxDeliveryAttempts: z.number().nullish(), eventTimeToLiveInMinutes: z.number().nullish() })
    .nullish(),
  deadLetterWithResourceIdentity: z
    .object({
      identity: z.object({ userAssignedIdentity: id }).nullish(),
      deadLetterDestination: z.object({ resourceId: id, blobContainerName: z.string().nullish() }).nullish(),
    })
    .nullish()
    .transform((letters) => letters ?? null),
});
