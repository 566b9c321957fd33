import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { JsonObject } from "./json.ts";
import { type ArmRequest, azureTime, type Caller } from "./message.ts";

/** An event of a subscription's system topic, in the Event Grid schema (docs: Azure subscription as an Event Grid source). */
export interface ResourceEvent {
  id: string;
  topic: string;
  subject: string;
  eventType:
    | "Microsoft.Resources.ResourceWriteSuccess"
    | "Microsoft.Resources.ResourceActionSuccess"
    | "Microsoft.Resources.ResourceDeleteSuccess";
  eventTime: string;
  data: Record<string, unknown>;
  dataVersion: "2";
  metadataVersion: "1";
}

/** What happened, as far as the event tells of it. */
export interface Happening {
  kind: "Write" | "Action" | "Delete";
  resourceId: string;
  /** E.g. Microsoft.Storage/storageAccounts/write */
  operationName: string;
  subscriptionId: string;
  request: ArmRequest;
  caller: Caller;
  /** The role that allowed it, where roles are enforced. */
  evidence: JsonObject | undefined;
  /** True for updates of an existing resource, deletes and actions: those carry httpRequest. */
  withRequest: boolean;
}

/** Turns what happened in a subscription into events, and hands them over; what happens above has no such topic. */
export function createEventSource(
  clock: Clock,
  publish: (event: ResourceEvent) => void,
): (happening: Happening) => void {
  let count = 0;
  return (happening) => {
    if (!happening.subscriptionId) return;
    count += 1;
    publish(resourceEvent(happening, clock.now(), count % 3 === 0));
  };
}

/** @param lowerCase Real ids mix `resourceGroups` and `resourcegroups`: every third event here has the second. */
function resourceEvent(happening: Happening, now: number, lowerCase: boolean): ResourceEvent {
  const { kind, operationName, subscriptionId, request, caller } = happening;
  const uri = lowerCase
    ? happening.resourceId.replace(/\/resourceGroups\//i, "/resourcegroups/")
    : happening.resourceId;
  return {
    id: randomUUID(),
    topic: `/subscriptions/${subscriptionId}`,
    subject: uri,
    eventType: `Microsoft.Resources.Resource${kind}Success`,
    eventTime: azureTime(now),
    data: {
      authorization: {
        scope: uri,
        action: operationName,
        evidence: happening.evidence ?? { role: "Subscription Admin" },
      },
      claims: claims(caller, request),
      correlationId: request.correlationId,
      ...(happening.withRequest && { httpRequest: httpRequest(request) }),
      resourceProvider: operationName.split("/")[0],
      resourceUri: uri,
      operationName,
      status: "Succeeded",
      subscriptionId,
      tenantId: caller.tenantId,
    },
    dataVersion: "2",
    metadataVersion: "1",
  };
}

function claims(caller: Caller, request: ArmRequest): Record<string, string> {
  return {
    ...caller.claims,
    ...(caller.name && { name: caller.name }),
    ...(caller.applicationId && { appid: caller.applicationId }),
    ipaddr: request.clientAddress,
    "http://schemas.microsoft.com/identity/claims/objectidentifier": caller.objectId,
    "http://schemas.microsoft.com/identity/claims/tenantid": caller.tenantId,
  };
}

function httpRequest(request: ArmRequest): Record<string, string> {
  const query = request.query.toString();
  return {
    clientRequestId: request.headers["x-ms-client-request-id"] ?? request.correlationId,
    clientIpAddress: request.clientAddress,
    method: request.method,
    url: `${request.origin}${request.path}${query && `?${query}`}`,
  };
}
