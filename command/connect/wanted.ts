import { isDeepStrictEqual } from "node:util";
import type { EventSubscription } from "@azure/arm-eventgrid";
import * as z from "zod";
import { includedEventTypes } from "../../shared/events/operation-prefixes.ts";

/** Where dead letters are left, and by whom. */
export interface DeadLetters {
  /** Resource ids of the storage account with the container `dead-letters`, and of the identity that the topic carries. */
  storageId: string;
  identityId: string;
}

/** The event subscription for a list of operations, as infra/events makes it. */
export function wantedEventSubscription(
  functionId: string,
  prefixes: readonly string[],
  deadLetters: DeadLetters | undefined,
): EventSubscription {
  return {
    eventDeliverySchema: "EventGridSchema",
    destination: {
      endpointType: "AzureFunction",
      resourceId: functionId,
      maxEventsPerBatch: 1,
      preferredBatchSizeInKilobytes: 64,
    },
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
          blobContainerName: "dead-letters",
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

/** The function that an event subscription leads to; nothing where it leads elsewhere. */
export function functionOf({ destination }: EventSubscription): string | undefined {
  const parsed = z.object({ endpointType: z.literal("AzureFunction"), resourceId: z.string() }).safeParse(destination);
  return parsed.data?.resourceId;
}

const id = z
  .string()
  .nullish()
  .transform((text) => text?.toLowerCase());
const sorted = z
  .array(z.unknown())
  .nullish()
  .transform((values) => (values ?? []).map(String).sort());

/** What is compared: what Azure adds by itself is left out, and ids count without case. */
const comparedSchema = z.object({
  destination: z.object({ endpointType: z.string(), resourceId: id }).nullish(),
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
    .transform((letters) => letters ?? undefined),
});
