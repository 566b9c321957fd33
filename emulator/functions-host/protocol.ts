/**
 * What the host and its worker process say to each other. The shapes of values are those of the gRPC protocol
 * between the real host and the real Node worker (azure-functions-language-worker-protobuf), which the programming
 * model of `@azure/functions` reads and writes.
 */

export type LogLevel = "trace" | "debug" | "information" | "warning" | "error" | "critical" | "none";

/** One value on its way in or out. One member is set, or none for an empty value. */
export interface TypedData {
  string?: string | null;
  json?: string | null;
  bytes?: Uint8Array | null;
  int?: number | null;
  double?: number | null;
  http?: HttpData | null;
}

export interface Nullable<Value> {
  value?: Value | null;
}

export interface HttpData {
  method?: string;
  url?: string;
  nullableHeaders?: Record<string, Nullable<string>>;
  nullableParams?: Record<string, Nullable<string>>;
  nullableQuery?: Record<string, Nullable<string>>;
  body?: TypedData | null;
  statusCode?: string;
  headers?: Record<string, string>;
  cookies?: HttpCookie[];
}

export interface HttpCookie {
  name?: string;
  value?: string;
  domain?: Nullable<string> | null;
  path?: Nullable<string> | null;
  expires?: Nullable<{ seconds?: number | null }> | null;
  secure?: Nullable<boolean> | null;
  httpOnly?: Nullable<boolean> | null;
  sameSite?: string | null;
  maxAge?: Nullable<number> | null;
}

/** A binding as the app registered it: the members that every binding has, and those of its type. */
export interface Binding {
  type: string;
  direction: "in" | "out" | "inout";
  [member: string]: unknown;
}

export interface FunctionMetadata {
  name: string;
  bindings: Record<string, Binding>;
}

export interface ParameterBinding {
  name: string;
  data: TypedData;
}

export interface InvocationRequest {
  invocationId: string;
  functionId: string;
  inputData: ParameterBinding[];
  triggerMetadata: Record<string, TypedData>;
  traceContext: { traceParent: string };
}

export interface InvocationResponse {
  invocationId: string;
  outputData?: ParameterBinding[] | null;
  returnValue?: TypedData | null;
}

/** Of an error only these two survive the way to the host. */
export interface WorkerError {
  message: string;
  stack?: string;
}

export type HostMessage =
  | { type: "invoke"; request: InvocationRequest }
  | { type: "terminate" }
  /** The host's clock leapt: by how many milliseconds it is ahead of the machine's now. */
  | { type: "time"; ahead: number }
  /** Asks whether the process is free to take messages. */
  | { type: "ping" };

export type WorkerMessage =
  | { type: "started"; functions: FunctionMetadata[] }
  | { type: "startFailed"; error: WorkerError }
  | { type: "completed"; response: InvocationResponse }
  | { type: "failed"; invocationId: string; error: WorkerError }
  | { type: "pong" }
  | { type: "log"; level: LogLevel; category: "user" | "system"; message: string; invocationId?: string };

/** Whether a message of the IPC channel comes from the host. Both ends are this folder's code: the kind decides. */
export function isHostMessage(message: unknown): message is HostMessage {
  return hasType(message, ["invoke", "terminate", "time", "ping"]);
}

/** Whether a message of the IPC channel comes from our part of the worker, and not from the app's own `process.send`. */
export function isWorkerMessage(message: unknown): message is WorkerMessage {
  return hasType(message, ["started", "startFailed", "completed", "failed", "pong", "log"]);
}

function hasType(message: unknown, types: string[]): boolean {
  if (typeof message !== "object" || message === null || !("type" in message)) return false;
  return typeof message.type === "string" && types.includes(message.type);
}
