import type { WorkerError } from "../protocol.ts";

/** Whatever was thrown, as an error: strings and objects become its message, as in the real worker. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) {
    return Object.getOwnPropertyDescriptor(thrown, "message")?.writable ? thrown : new Error(JSON.stringify(thrown));
  }
  if (thrown === undefined || thrown === null) return new Error("Unknown error");
  if (typeof thrown === "object") return new Error(JSON.stringify(thrown));
  return new Error(String(thrown));
}

/** The part of an error that reaches the host: message and stack, no cause, code or other members. */
export function toWorkerError(thrown: unknown): WorkerError {
  const error = asError(thrown);
  return { message: error.message, ...(error.stack !== undefined && { stack: error.stack }) };
}
