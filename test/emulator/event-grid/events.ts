import type { EventGridEvent, EventSubscription } from "../../../emulator/event-grid/index.ts";

const SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111";

/** An event as Azure Resource Manager publishes it after a write of a storage account. */
export function writeEvent(id: string, changes: Partial<EventGridEvent> = {}): EventGridEvent {
  const resource = `${SUBSCRIPTION}/resourcegroups/guests/providers/Microsoft.Storage/storageAccounts/guestdocuments`;
  return {
    id,
    topic: SUBSCRIPTION,
    subject: resource,
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: "2026-03-01T08:00:00.0000000Z",
    data: {
      authorization: { scope: resource, action: "Microsoft.Storage/storageAccounts/write" },
      operationName: "Microsoft.Storage/storageAccounts/write",
      resourceProvider: "Microsoft.Storage",
    },
    dataVersion: "2",
    metadataVersion: "1",
    ...changes,
  };
}

/** A subscription in the Event Grid schema, to everything. */
export function subscriptionTo(endpoint: string, changes: Partial<EventSubscription> = {}): EventSubscription {
  return { name: "resource-changed", endpoint, eventDeliverySchema: "EventGridSchema", ...changes };
}
