import type { Change, Resource } from "../baselines/baseline.ts";
import type { ErrorCode } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { RequestLimits } from "./request-limits.ts";
import type { ResourceId } from "./resource-id.ts";

/** Why a resource is looked at: a sweep or re-check spares what an event does not. */
export type Occasion = "event" | "sweep" | "recheck";

/** Why something was not done as asked: Azure refused it, or this service did. */
export type Refusal = AzureRefusal | OwnRefusal;

interface Refused {
  /**
   * `later`: the same may succeed by itself, look again. `blocked`: a person has to take something out of the way.
   * `gone`: there is no such resource. `invalid`: the request as it is will never be accepted.
   */
  kind: "later" | "blocked" | "gone" | "invalid";
  message: string;
  /** What a person can do, for `blocked` and `invalid`. */
  advice?: string;
  /** How long to wait, in seconds. */
  waitSeconds?: number;
}

/** What Azure said when it did not do as asked. */
export interface AzureRefusal extends Refused {
  own?: undefined;
  /** HTTP status. */
  status: number;
  /** Azure's own code, e.g. `ScopeLocked`. */
  code: string;
}

/** Why this service did not ask Azure, or can't go on with what it answered. */
export interface OwnRefusal extends Refused {
  /** The code of errors.ts, which also says what to do. */
  own: ErrorCode;
}

/** How the last change of a resource, or of its parts, stands. */
export interface ChangeState {
  /** No change is under way. */
  settled: boolean;
  /** Parts (the resource itself is the empty text) whose last change failed: what they show may not be in effect. */
  failed?: readonly string[];
}

/** A resource as read, with what has to be taken where that is not itself, or why it was not read. */
export type ReadResult =
  | ({ kind: "read"; resource: Resource; units?: readonly ResourceId[] } & ChangeState)
  | { kind: "skipped"; outcome: "skipped-paused" | "unsupported" | "compliant"; reason: string }
  | { kind: "refused"; refusal: Refusal };

/** Parts as read, or why one was not. Those that tell nothing of their own changes are settled. */
export type PartsResult =
  | ({ kind: "read"; parts: { [name: string]: Json } } & Partial<ChangeState>)
  | { kind: "refused"; refusal: Refusal };

/**
 * What became of a write. `done`: applied, with the whole resource where the answer shows it.
 * `started`: accepted, and proven by a later read only; `operation` is the URL at which Azure tells how it goes.
 */
export type WriteResult =
  | { kind: "done"; body?: JsonObject }
  | { kind: "started"; lookAgainSeconds: number; operation?: string }
  | RefusedWrite;

/** A write that was not made, or may not have been. */
export interface RefusedWrite {
  kind: "refused";
  refusal: Refusal;
  /** Nothing was sent: what was read before the write stood in its way. */
  unsent?: true;
}

/** How a long operation goes. */
export type OperationStatus = { kind: "running" } | { kind: "ended" } | { kind: "failed"; refusal: Refusal };

/** What is remembered that may spare a read. */
export interface Remembered {
  /** When the resource was last read compliant with all its baselines; nothing where it was not. */
  compliantAt: Date | undefined;
}

/** What a write needs beside the change. */
export interface WriteOptions {
  /** Sent as `x-ms-correlation-request-id`, by which our own events are recognised. */
  correlationId: string;
  /** The request is given up when this signal fires. */
  signal: AbortSignal;
}

/**
 * How one resource type is read and written: the wire's JSON through Azure's own client. One file a type.
 * Secrets are cut out of every answer in here, before anything else sees it.
 */
export interface ResourceType {
  /** ARM's type, e.g. `Microsoft.Storage/storageAccounts`. */
  type: string;
  /** What requests to its resources come under; absent where none is sent. */
  limits?: RequestLimits;
  /** Paths of the resource's body that change by themselves, and are not compared before and after a write. */
  volatilePaths: string[];
  /**
   * What has to be taken before the resource may be written: itself, or what it depends on, always in the same order.
   * The default, where absent, is the resource itself.
   */
  unitsOf?(id: ResourceId, signal: AbortSignal): Promise<ResourceId[]>;
  read(id: ResourceId, occasion: Occasion, signal: AbortSignal, remembered: Remembered): Promise<ReadResult>;
  /** Asks how an operation goes that a write started. Absent where no write starts one. */
  readOperation?(id: ResourceId, operation: string, signal: AbortSignal): Promise<OperationStatus>;
  /** Reads parts of a resource that was just read, by name; a part that does not exist is null. */
  readParts(id: ResourceId, names: readonly string[], signal: AbortSignal, known: Resource): Promise<PartsResult>;
  /**
   * The resource that a change is written to, where it is another one than the resource that it mends. The default, where absent, is the
   * resource itself.
   */
  targetOf?(change: Change, known: Resource): ResourceId | undefined;
  /** Writes one change, once: nothing is sent a second time in here. */
  write(id: ResourceId, change: Change, options: WriteOptions, known: Resource): Promise<WriteResult>;
}
