import type { JsonObject } from "../../json.ts";
import { ArmError } from "../../message.ts";

/** An error as Microsoft.Network writes it, always with `details` (recorded in errors). */
export function networkError(status: number, code: string, message: string, details: JsonObject[] = []): ArmError {
  return new ArmError(status, { code, message, details });
}

/** The 400 for a body that is not of the documented form: a value outside its set, a name that is missing. */
export function unreadable(message: string): ArmError {
  return networkError(400, "InvalidRequestFormat", "Cannot parse the request.", [{ code: "InvalidJson", message }]);
}
