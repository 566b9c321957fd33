import type { Change } from "../../shared/baselines/baseline.ts";
import { isJsonObject, type Json, type JsonObject, mergePatch } from "../../shared/json.ts";
import { noAnswer, refusalFrom, unsent } from "../../shared/resources/refusal.ts";
import type { ResourceId } from "../../shared/resources/resource-id.ts";
import type {
  AzureRefusal,
  Refusal,
  RefusedWrite,
  ResourceType,
  WriteResult,
} from "../../shared/resources/resource-type.ts";

/** A write that took effect, or was accepted. */
export interface AppliedWrite {
  id: string;
  change: Change;
  correlationId: string;
}

/** Resources of one type in memory, with switches for what Azure and others may do to a caller. */
export interface MemoryAzure {
  type: ResourceType;
  /** Every write that was accepted, oldest first. */
  writes: AppliedWrite[];
  /** How many requests only read; parts count by themselves. */
  reads: number;
  put(id: string, body: JsonObject, parts?: { [name: string]: Json }): void;
  remove(id: string): void;
  bodyOf(id: string): JsonObject;
  partOf(id: string, name: string): Json;
  /** Somebody else changes the resource. */
  change(id: string, patch: JsonObject): void;
  refuseNextRead(refusal: Refusal): void;
  refuseNextWrite(refusal: Refusal): void;
  /** Has the service itself refuse the next write, before anything is sent. */
  sendNothingNext(refusal: Refusal): void;
  /** Refuses every write for which this gives a refusal. */
  refuseWhere(refusing: (change: Change) => Refusal | undefined): void;
  /** The next write takes effect, but its answer gets lost. */
  loseNextAnswer(): void;
  /** The next write is accepted and changes nothing. */
  ignoreNextWrite(): void;
  /** The next write is accepted, shows its goal at once, and is done when {@link finish} says so. */
  startNextWrite(lookAgainSeconds: number): void;
  finish(id: string): void;
  /** The next write is accepted and shows its goal at once; its operation fails with this when {@link finish} says so. */
  failNextWrite(refusal: Refusal): void;
  /** Does something while the next read is on its way; what is read was read before. */
  duringNextRead(work: () => void | Promise<void>): void;
  beforeNextWrite(work: () => void | Promise<void>): void;
}

/**
 * Azure in memory.
 * @param unitsOf what has to be taken before a resource may be written.
 */
export function memoryAzure(type: string, unitsOf?: (id: ResourceId) => ResourceId[]): MemoryAzure {
  const resources = new Map<string, { body: JsonObject; parts: { [name: string]: Json } }>();
  const readRefusals: Refusal[] = [];
  const writeRefusals: RefusedWrite[] = [];
  const duringRead: (() => void | Promise<void>)[] = [];
  const beforeWrite: (() => void | Promise<void>)[] = [];
  const nextWrites: ("lost" | "ignored" | { startedFor: number; failure?: Refusal })[] = [];
  /** Operations that will fail, by correlation id, and those that did. */
  const failing = new Map<string, { id: string; part: string; refusal: Refusal }>();
  const failed = new Map<string, Refusal>();
  const failedParts = new Set<string>();
  const keyOf = (id: string, part: string) => `${id.toLowerCase()} ${part}`;
  let refusing: (change: Change) => Refusal | undefined = () => undefined;

  function stored(id: string) {
    const resource = resources.get(id.toLowerCase());
    if (!resource) throw new Error(`There is no ${id}.`);
    return resource;
  }
  function patched(document: Json | undefined, patch: Json): JsonObject {
    const merged = mergePatch(document, patch);
    return isJsonObject(merged) ? merged : {};
  }
  function apply(id: string, { part, patch }: Change): void {
    const resource = stored(id);
    if (part === "") resource.body = patched(resource.body, patch);
    else resource.parts[part] = patched(resource.parts[part], patch);
  }
  function setState(id: string, provisioningState: string): void {
    apply(id, { part: "", patch: { properties: { provisioningState } } });
  }

  const azure: MemoryAzure = {
    writes: [],
    reads: 0,
    put: (id, body, parts = {}) => void resources.set(id.toLowerCase(), { body, parts: { ...parts } }),
    remove: (id) => void resources.delete(id.toLowerCase()),
    bodyOf: (id) => structuredClone(stored(id).body),
    partOf: (id, name) => structuredClone(stored(id).parts[name] ?? null),
    change: (id, patch) => apply(id, { part: "", patch }),
    refuseNextRead: (refusal) => void readRefusals.push(refusal),
    refuseNextWrite: (refusal) => void writeRefusals.push({ kind: "refused", refusal }),
    sendNothingNext: (refusal) => void writeRefusals.push(unsent(refusal)),
    refuseWhere: (where) => {
      refusing = where;
    },
    loseNextAnswer: () => void nextWrites.push("lost"),
    ignoreNextWrite: () => void nextWrites.push("ignored"),
    startNextWrite: (startedFor) => void nextWrites.push({ startedFor }),
    finish: (id) => {
      setState(id, "Succeeded");
      for (const [operation, { part, refusal }] of failing) {
        failed.set(operation, refusal);
        failedParts.add(keyOf(id, part));
        if (part === "") setState(id, "Failed");
      }
      failing.clear();
    },
    failNextWrite: (failure) => void nextWrites.push({ startedFor: 30, failure }),
    duringNextRead: (work) => void duringRead.push(work),
    beforeNextWrite: (work) => void beforeWrite.push(work),
    type: {
      type,
      volatilePaths: ["properties.provisioningState", "etag"],
      ...(unitsOf === undefined ? {} : { unitsOf: async (id: ResourceId) => unitsOf(id) }),
      async read(id) {
        azure.reads += 1;
        const refusal = readRefusals.shift();
        const resource = structuredClone(resources.get(id.key));
        await duringRead.shift()?.();
        if (refusal) return { kind: "refused", refusal };
        if (!resource) return { kind: "refused", refusal: refusals.gone };
        const { properties } = resource.body;
        const state = isJsonObject(properties) ? properties.provisioningState : undefined;
        const read = { id: id.text, body: resource.body, parts: {} };
        const units = unitsOf === undefined ? {} : { units: unitsOf(id) };
        const failed = state === "Failed" ? [""] : [];
        return { kind: "read", resource: read, ...units, settled: state !== "Updating", failed };
      },
      async readParts(id, names) {
        if (names.includes("")) throw new TypeError("The resource itself is no part of it.");
        azure.reads += names.length;
        const refusal = readRefusals.shift();
        if (refusal) return { kind: "refused", refusal };
        const { parts } = stored(id.text);
        const read = names.map((name): [string, Json] => [name, structuredClone(parts[name] ?? null)]);
        const failed = names.filter((name) => failedParts.has(keyOf(id.text, name)));
        return { kind: "read", parts: Object.fromEntries(read), failed };
      },
      async readOperation(_id, operation) {
        const refusal = failed.get(operation);
        if (refusal) return { kind: "failed", refusal };
        return { kind: failing.has(operation) ? "running" : "ended" };
      },
      async write(id, change, { correlationId }): Promise<WriteResult> {
        await beforeWrite.shift()?.();
        const refused = writeRefusals.shift();
        if (refused) return refused;
        const refusal = refusing(change);
        if (refusal) return { kind: "refused", refusal };
        if (!resources.has(id.key)) return { kind: "refused", refusal: refusals.gone };
        const next = nextWrites.shift();
        azure.writes.push({ id: id.key, change: structuredClone(change), correlationId });
        if (next !== "ignored") apply(id.text, change);
        failedParts.delete(keyOf(id.text, change.part));
        if (next === "lost") return { kind: "refused", refusal: noAnswer("No answer: ECONNRESET.") };
        if (typeof next === "object") {
          setState(id.text, "Updating");
          const { failure: refusal } = next;
          if (refusal) failing.set(correlationId, { id: id.text, part: change.part, refusal });
          return { kind: "started", lookAgainSeconds: next.startedFor, operation: correlationId };
        }
        return change.part === "" ? { kind: "done", body: azure.bodyOf(id.text) } : { kind: "done" };
      },
    },
  };
  return azure;
}

function refused(status: number, code: string, retryAfterSeconds?: number): AzureRefusal {
  const body = { error: { code, message: `Azure says ${code}.` } };
  return refusalFrom({ status, body, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) });
}

/** What Azure may say when it does not do as asked. */
export const refusals = {
  gone: refused(404, "ResourceNotFound"),
  invalid: refused(400, "InvalidRequestPropertyValue"),
  locked: refused(409, "ScopeLocked"),
  missingRole: refused(403, "AuthorizationFailed"),
  busy: refused(409, "StorageAccountOperationInProgress"),
  throttled: refused(429, "TooManyRequests", 17),
  throttledForHours: refused(429, "TooManyRequests", 4 * 3600),
  broken: refused(500, "InternalServerError"),
};
