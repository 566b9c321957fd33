import * as z from "zod";
import type { RegisteredBaseline } from "../baselines/baseline.ts";
import { ancestorOfType, parseResourceId, type ResourceId } from "../resources/resource-id.ts";
import type { Cause } from "./cause.ts";

/** What an event leads to. */
export type ParsedEvent =
  | { kind: "change"; id: ResourceId; cause: Cause }
  /** It concerns no baseline. */
  | { kind: "ignored"; reason: string }
  /** It is no event that this service knows. */
  | { kind: "unreadable"; reason: string };

const eventTypes = new Map([
  ["Microsoft.Resources.ResourceWriteSuccess", "write"],
  ["Microsoft.Resources.ResourceActionSuccess", "action"],
  ["Microsoft.Resources.ResourceDeleteSuccess", "delete"],
]);

const objectIdClaim = "http://schemas.microsoft.com/identity/claims/objectidentifier";

const dataSchema = z.object({
  resourceUri: z.string().optional(),
  operationName: z.string().max(256).optional(),
  correlationId: z.string().max(128).nullish(),
  /** Holds personal data: the object id is taken, everything else is dropped here. */
  claims: z.record(z.string(), z.unknown()).nullish(),
});

/** Event Grid schema (docs: "Event Grid event schema") and CloudEvents 1.0 in one; either name of a property will do. */
const eventSchema = z.object({
  id: z.string().min(1).max(128),
  subject: z.string().max(2048).optional(),
  eventType: z.string().optional(),
  type: z.string().optional(),
  eventTime: z.string().max(64).optional(),
  time: z.string().max(64).optional(),
  data: dataSchema,
});

/**
 * Reads one event of Azure Resource Manager. What it says is a hint where to look: nothing in it is taken for the resource's state.
 * A write to a child leads to the resource whose baselines it concerns, and a write to a parent to the same.
 */
export function parseEvent(event: unknown, baselines: readonly RegisteredBaseline[]): ParsedEvent {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return { kind: "unreadable", reason: z.prettifyError(parsed.error) };
  const { id, subject, data } = parsed.data;
  const type = parsed.data.eventType ?? parsed.data.type ?? "";
  const action = eventTypes.get(type);
  if (action === undefined) return { kind: "unreadable", reason: `Its type is ${JSON.stringify(type)}.` };

  // Decided first: names of other types may hold what an id that is put into a URL must not.
  if (data.operationName !== undefined && !concernsBaselines(data.operationName, baselines)) {
    return { kind: "ignored", reason: `No baseline concerns ${data.operationName}.` };
  }
  const uri = data.resourceUri ?? subject ?? "";
  const resource = parseResourceId(uri);
  if (!resource.ok)
    return notInAGroup(uri) ?? { kind: "unreadable", reason: `Its resource id is none: ${resource.reason}.` };
  const operation = data.operationName ?? `${resource.id.type}/${action}`;
  const target = targetOf(resource.id, operation, action, baselines);
  if (!target) return { kind: "ignored", reason: `No baseline concerns ${operation}.` };

  const changedBy = objectIdIn(data.claims);
  const changedAt = parsed.data.eventTime ?? parsed.data.time;
  const cause: Cause = {
    via: "event",
    eventId: id,
    operation,
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(data.correlationId ? { correlationId: data.correlationId } : {}),
  };
  return { kind: "change", id: target, cause };
}

function concernsBaselines(operation: string, baselines: readonly RegisteredBaseline[]): boolean {
  const name = operation.toLowerCase();
  return baselines.some(({ resourceType, operations }) => {
    const isDelete = name === `${resourceType}/delete`.toLowerCase();
    return isDelete || operations.some((each) => each.name.toLowerCase() === name);
  });
}

function targetOf(
  id: ResourceId,
  operation: string,
  action: string,
  baselines: readonly RegisteredBaseline[],
): ResourceId | undefined {
  for (const baseline of baselines) {
    const target = ancestorOfType(id, baseline.resourceType);
    if (!target) continue;
    const isTargetGone = action === "delete" && target.key === id.key;
    const isConcerned = baseline.operations.some(({ name }) => name.toLowerCase() === operation.toLowerCase());
    if (isTargetGone || isConcerned) return target;
  }
  return undefined;
}

/** Events of subscriptions and resource groups themselves are real, and concern no baseline. */
function notInAGroup(uri: string): ParsedEvent | undefined {
  if (!/^\/subscriptions\/[0-9a-f-]{36}(\/resourcegroups\/[^/]{1,90}|\/providers\/[^?#\\]+)?$/i.test(uri))
    return undefined;
  return { kind: "ignored", reason: "It concerns no resource in a resource group." };
}

function objectIdIn(claims: z.infer<typeof dataSchema>["claims"]): string | undefined {
  const claimed = claims?.[objectIdClaim] ?? claims?.oid;
  return typeof claimed === "string" && z.guid().safeParse(claimed).success ? claimed.toLowerCase() : undefined;
}
