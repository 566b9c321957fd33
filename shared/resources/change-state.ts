import { type Json, valueAt } from "../json.ts";
import type { ChangeState } from "./resource-type.ts";

/**
 * States in which a change is under way. Source: `ProvisioningState` in Microsoft.Storage storage.json and Microsoft.Network network.json, and
 * `Accepted` of ARM's own contract for long operations.
 */
const changing = new Set(["updating", "creating", "deleting", "accepted", "resolvingdns"]);
const failing = new Set(["failed", "canceled"]);

/**
 * How the last change of a resource stands, by its `provisioningState`; one that is not told, or not known here, is no change under way.
 * @param part the name of the part that the document is; empty for the resource itself.
 */
export function changeStateOf(document: Json | undefined, part = ""): Required<ChangeState> {
  const state = String(valueAt(document, "properties.provisioningState") ?? "").toLowerCase();
  return { settled: !changing.has(state), failed: failing.has(state) ? [part] : [] };
}
