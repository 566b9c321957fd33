import { type Exchange, readBody } from "../exchange.ts";
import { textAt } from "../json.ts";
import type { ArmState } from "../state.ts";
import type { StorageOperation } from "./throttling.ts";

/**
 * Takes one from the limits of the storage provider, where throttling is on; requests to other providers take none. They hold for a
 * subscription and the region of the account in the request, which a list of a subscription has not.
 */
export function takeFromStorage(state: ArmState, exchange: Exchange, operation: StorageOperation): void {
  const { path } = exchange;
  if (!state.switches.throttling || path.namespace?.toLowerCase() !== "microsoft.storage") return;
  state.throttle.takeFromStorage(path.subscriptionId ?? "", regionOf(state, exchange), operation);
}

function regionOf(state: ArmState, { path, request }: Exchange): string {
  const [account] = path.names;
  if (account === undefined) return "";
  const id = `${path.scope}/providers/${path.namespace}/${path.types[0]}/${account}`;
  const body = state.resources.get(id)?.body ?? (request.method === "PUT" ? readBody(request) : {});
  return textAt(body, "location")?.toLowerCase().replaceAll(" ", "") ?? "";
}
