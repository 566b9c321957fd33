import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export interface HostKeys {
  /** Opens everything. */
  master: string;
  /** The host key for functions with `authLevel: "function"`. */
  function: string;
  /** The system key of the Event Grid extension, `eventgrid_extension`. */
  eventGrid: string;
}

/** Keys as given, and random ones for those that are not. */
export function createKeys(given: Partial<HostKeys> = {}): HostKeys {
  const random = () => randomBytes(32).toString("base64url");
  return {
    master: given.master ?? random(),
    function: given.function ?? random(),
    eventGrid: given.eventGrid ?? random(),
  };
}

/** Whether a request brings one of the keys. The header `x-functions-key` wins over `?code=`, also when it is wrong. */
export function hasKey(request: IncomingMessage, url: URL, accepted: string[]): boolean {
  const header = request.headers["x-functions-key"];
  const given = (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get("code");
  return given !== undefined && given !== null && accepted.some((key) => isEqual(key, given));
}

function isEqual(key: string, given: string): boolean {
  const [left, right] = [Buffer.from(key), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}
