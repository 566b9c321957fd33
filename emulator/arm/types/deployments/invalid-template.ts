import { gatewayError } from "../../errors.ts";

/** ARM's 400 for a template that it can't run, or that is not emulated: always before anything is made. */
export function invalidTemplate(reason: string) {
  return gatewayError(400, "InvalidTemplate", `Deployment template validation failed: '${reason}'.`);
}
