import type { Fault } from "../faults.ts";
import type { Json, JsonObject } from "./json.ts";

/** Who asks, as the identity part reads it out of a bearer token. */
export interface Caller {
  objectId: string;
  tenantId: string;
  applicationId?: string;
  name?: string;
  claims: Record<string, string>;
}

/** One request, read whole. */
export interface ArmRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string;
  /** https://host:port as the client wrote it; operation URLs begin with it. */
  origin: string;
  clientAddress: string;
  /** The client's own x-ms-correlation-request-id, or a fresh one. */
  correlationId: string;
  requestId: string;
}

/** Looks at a request and gives the fault that it shall meet, or undefined. */
export type FaultDecision = (request: ArmRequest) => Fault | undefined;

/** One answer. An object is sent as JSON, a string as plain text, undefined as no body. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Json | undefined;
}

/** An answer that ends the handling of a request, thrown. */
export class ArmError extends Error {
  readonly answer: Answer;
  constructor(status: number, error: JsonObject, headers: Record<string, string> = {}) {
    super(`${String(error.code)}: ${String(error.message)}`);
    this.answer = { status, headers, body: { error } };
  }
}

/** A time as Azure writes it, with seven digits of a second. */
export function azureTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "0000Z");
}
