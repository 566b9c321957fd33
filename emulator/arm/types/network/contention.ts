import { randomUUID } from "node:crypto";
import { objectAt, textAt } from "../../json.ts";
import type { ArmError } from "../../message.ts";
import type { PlanContext } from "../../resource-type.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";
import { networkError } from "./network-error.ts";

const connectionType = "Microsoft.Network/connections";

/** The connections that begin or end at a gateway. */
export function connectionsOf(store: ResourceStore, gatewayId: string): StoredResource[] {
  return store
    .ofType(connectionType)
    .filter(({ body }) => isOneOf(gatewayId, gatewaysOf(objectAt(body, "properties"))));
}

/** The ids of the gateways that a connection's properties name. */
export function gatewaysOf(properties: Parameters<typeof objectAt>[0]): string[] {
  return ["virtualNetworkGateway1", "virtualNetworkGateway2"].flatMap(
    (name) => textAt(objectAt(properties, name), "id") ?? [],
  );
}

/**
 * Throws where one of these gateways, or a connection of one, is still being changed. Recorded (vpn-gateway-429): 429, and
 * the wait stands in the text alone. Public reports (Azure/azure-rest-api-specs issue 14473): 409 AnotherOperationInProgress.
 */
export function checkGatewayIsFree(context: PlanContext, gatewayIds: readonly string[]): void {
  const unit = gatewayIds.flatMap((id) => [context.store.get(id) ?? [], connectionsOf(context.store, id)].flat());
  const busy = unit.find(({ body }) => {
    const state = textAt(objectAt(body, "properties"), "provisioningState");
    return state === "Updating" || state === "Deleting";
  });
  if (!busy) return;
  throw context.switches.networkContention === "conflict" ? conflict(context, busy) : tooManyRequests(context, busy);
}

function tooManyRequests({ durationScale }: PlanContext, busy: StoredResource): ArmError {
  const kind = busy.type === connectionType ? "VirtualNetworkGatewayConnection" : "VirtualNetworkGateway";
  const seconds = Math.max(1, Math.ceil(11 * durationScale));
  const details = [
    {
      code: "RetryableErrorDueToAnotherOperation",
      message: `Operation Put${kind}Operation (${randomUUID()}) is updating resource ${busy.id}. The call can be retried in ${seconds} seconds.`,
    },
  ];
  return networkError(429, "RetryableError", "A retryable error occurred.", details);
}

/** The address in the text is one that nobody can read (Azure/bicep issue 5132). */
function conflict({ request, apiVersion }: PlanContext, busy: StoredResource): ArmError {
  const location = textAt(busy.body, "location");
  const uri = `${request.origin}/subscriptions/${busy.id.split("/")[2]}/providers/Microsoft.Network/locations/${location}/operations/${randomUUID()}?api-version=${apiVersion}`;
  return networkError(
    409,
    "AnotherOperationInProgress",
    `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${uri}.`,
  );
}

function isOneOf(id: string, ids: readonly string[]): boolean {
  return ids.some((each) => each.toLowerCase() === id.toLowerCase());
}
