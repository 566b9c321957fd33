import { type Json, type JsonObject, valueAt } from "../json.ts";
import type { ProviderAccess } from "./provider-access.ts";
import { sqlLimits } from "./request-limits.ts";
import type { ResourceId } from "./resource-id.ts";
import type { PartsResult, Refusal, ResourceType, WriteResult } from "./resource-type.ts";
import { createWire, unexpectedAnswer, type Wire, type WireAnswer } from "./wire.ts";

/** A database that was seen encrypted is read again this much later, unless an event says that something changed. */
const encryptedForMilliseconds = 24 * 3_600_000;

/**
 * Codes that say "not now", for up to days: taken up every 5 to 15 minutes. Source: the answers 409, 429, 500 and 503 of
 * TransparentDataEncryptions_CreateOrUpdate in TransparentDataEncryptions.json. An operation that was accepted may end with them too.
 */
const laterCodes = new Set([
  "EncryptionInProgress",
  "KeyChangeInProgress",
  "NeedsLogBackup",
  "NoBulkOperationLock",
  "AltStateConflict",
  "NoDekLock",
  "ServerKeyDoesNotExists",
  "AzureKeyVaultKeyNameNotFound",
  "AzureKeyVaultKeyInUse",
  "AzureKeyVaultConnectionFailed",
  "AzureKeyVaultGenericConnectionError",
  "OperationCancelled",
  "OperationInterrupted",
  "OperationTimedOut",
  "TooManyRequests",
  "SubscriptionTooManyRequests",
  "SubscriptionTooManyCreateUpdateRequests",
]);
const shortestWaitSeconds = 300;
/** The engine spreads a wait by up to a minute more: 15 minutes in all. */
const longestWaitSeconds = 840;

/** A paused dedicated pool can't be changed, and nobody but its owner should resume it: the resume's own event leads here again. */
const pausedCode = "UpdateNotAllowedOnPausedDatabase";
const resumeAdvice = "Its encryption is turned on when somebody resumes it.";

/** Recorded: turning encryption on takes about 31 s on an empty database. */
const secondsUntilNextLook = 30;

/** What SQL databases need beside the access to their provider. */
export interface SqlDatabasesOptions extends ProviderAccess {
  now(): Date;
  /** From 0 to less than 1. */
  random(): number;
}

/**
 * SQL databases with the parts `transparentDataEncryption`, `database` and `replicationLinks`. On an event only the encryption is read.
 * In a sweep or re-check the database comes first, since reading its encryption resumes a paused serverless one, and bills it.
 */
export function sqlDatabases(options: SqlDatabasesOptions): ResourceType {
  async function wireFor(id: ResourceId): Promise<Wire> {
    return createWire(await options.pipelineFor(id.subscriptionId), options.endpoint, options.apiVersion);
  }

  return {
    type: "Microsoft.Sql/servers/databases",
    limits: sqlLimits,
    volatilePaths: [],

    async read(id, occasion, signal, { compliantAt }) {
      const wire = await wireFor(id);
      const parts: { [name: string]: Json } = {};
      if (occasion !== "event") {
        const database = await wire.get(id.text, signal);
        if (database.kind === "refused") return database;
        if (isPaused(database.body)) {
          return {
            kind: "skipped",
            outcome: "skipped-paused",
            reason: "The database is paused; reading its encryption would wake it.",
          };
        }
        const isFresh =
          compliantAt !== undefined && options.now().getTime() - compliantAt.getTime() < encryptedForMilliseconds;
        if (isFresh) {
          const reason = `Seen encrypted at ${compliantAt.toISOString()}; without an event it is read again a day later.`;
          return { kind: "skipped", outcome: "compliant", reason };
        }
        parts.database = database.body;
      }
      const encryption = await wire.get(encryptionPath(id), signal);
      if (encryption.kind === "refused") return { kind: "refused", refusal: understood(encryption.refusal) };
      if (typeof valueAt(encryption.body, "properties.state") !== "string") return unexpectedAnswer(encryption.status);
      parts.transparentDataEncryption = encryption.body;
      return { kind: "read", resource: { id: id.text, body: {}, parts }, settled: true };
    },

    async readParts(id, names, signal) {
      const wire = await wireFor(id);
      const parts: { [name: string]: Json } = {};
      for (const name of names) {
        const read = await readPart(wire, id, name, signal);
        if (read.kind === "refused") return read;
        Object.assign(parts, read.parts);
      }
      return { kind: "read", parts };
    },

    async write(id, change, writeOptions): Promise<WriteResult> {
      const wire = await wireFor(id);
      const answer = await wire.put(encryptionPath(id), change.patch, writeOptions);
      if (answer.kind === "refused") return { ...answer, refusal: understood(answer.refusal) };
      if (answer.status === 200) return { kind: "done" };
      const lookAgainSeconds = answer.retryAfterSeconds ?? secondsUntilNextLook;
      return {
        kind: "started",
        lookAgainSeconds,
        ...(answer.operation === undefined ? {} : { operation: answer.operation }),
      };
    },

    async readOperation(id, operation, signal) {
      const status = await (await wireFor(id)).operation(operation, signal);
      return status.kind === "failed" ? { kind: "failed", refusal: understood(status.refusal) } : status;
    },
  };

  function understood(refusal: Refusal): Refusal {
    if (refusal.own !== undefined) return refusal;
    if (refusal.code === pausedCode) return { ...refusal, kind: "blocked", advice: resumeAdvice };
    if (!laterCodes.has(refusal.code)) return { ...refusal, ...adviceFor(refusal.code) };
    const spread = shortestWaitSeconds + options.random() * (longestWaitSeconds - shortestWaitSeconds);
    return { ...refusal, kind: "later", waitSeconds: Math.max(spread, refusal.waitSeconds ?? 0) };
  }
}

/** What a person can do about codes that are final. Source: answer 400 of TransparentDataEncryptions_CreateOrUpdate. */
function adviceFor(code: string): Pick<Refusal, "advice"> {
  if (code === "ReadOnly" || code === "CanNotDropAlterOnMirror") {
    return { advice: "The database follows a primary: encrypt that, and this one follows." };
  }
  if (code.startsWith("AzureKeyVault")) {
    return { advice: "Check the server's TDE protector: its key vault, the key, and the server's access to both." };
  }
  return {};
}

function encryptionPath(id: ResourceId): string {
  return `${id.text}/transparentDataEncryption/current`;
}

function isPaused(database: JsonObject): boolean {
  const status = valueAt(database, "properties.status");
  return status === "Paused" || status === "Pausing";
}

async function readPart(wire: Wire, id: ResourceId, name: string, signal: AbortSignal): Promise<PartsResult> {
  const answer = await wire.get(partPath(id, name), signal);
  if (answer.kind === "refused") return answer;
  return { kind: "read", parts: { [name]: name === "replicationLinks" ? valuesIn(answer) : answer.body } };
}

function partPath(id: ResourceId, name: string): string {
  if (name === "database") return id.text;
  if (name === "transparentDataEncryption") return encryptionPath(id);
  if (name === "replicationLinks") return `${id.text}/replicationLinks`;
  throw new TypeError(`SQL databases have no part ${name}.`);
}

function valuesIn(answer: Extract<WireAnswer, { kind: "answer" }>): Json {
  return Array.isArray(answer.body.value) ? answer.body.value : [];
}
