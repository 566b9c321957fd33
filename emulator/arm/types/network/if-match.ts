import { textAt } from "../../json.ts";
import type { PlanContext } from "../../resource-type.ts";
import type { StoredResource } from "../../store.ts";
import { networkError } from "./network-error.ts";

/** Does with If-Match what the switch `networkIfMatch` says; throws 412 or 400 where that refuses the request. */
export function checkIfMatch({ request, switches, id }: PlanContext, existing: StoredResource | undefined): void {
  const asked = request.headers["if-match"];
  if (asked === undefined || switches.networkIfMatch === "ignored") return;
  if (switches.networkIfMatch === "refused") {
    throw networkError(400, "InvalidHeader", `The header 'If-Match' is not supported on resource ${id}.`);
  }
  const etag = textAt(existing?.body, "etag");
  if (existing && (asked === "*" || asked === etag)) return;
  const message = `Etag provided in if-match header ${asked} does not match etag ${etag ?? "null"} of resource ${id} in NRP data store.`;
  throw networkError(412, "PreconditionFailed", "Precondition failed.", [
    { code: "PreconditionFailedEtagMismatch", message },
  ]);
}
