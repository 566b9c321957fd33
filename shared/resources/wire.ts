import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import { CodedError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { noAnswer, ownRefusal, refusalFrom, unsent } from "./refusal.ts";
import type { OperationStatus, Refusal, RefusedWrite, WriteOptions } from "./resource-type.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import { withoutSecrets } from "./secrets.ts";

/** How requests reach ARM: through the pipeline (credential, user agent, logging) of an Azure client. */
export interface Wire {
  get(path: string, signal: AbortSignal, query?: { [name: string]: string }): Promise<WireAnswer>;
  /** The same with secrets: for the body of a PUT alone, in memory. */
  getWithSecrets(path: string, signal: AbortSignal): Promise<WireAnswer>;
  patch(path: string, body: JsonObject, options: WriteOptions): Promise<WireAnswer>;
  put(path: string, body: JsonObject, options: WriteOptions): Promise<WireAnswer>;
  /**
   * Asks how a long operation goes.
   * @param operation its URL as Azure gave it; asked only where it names ARM itself, since a token goes with the request.
   */
  operation(operation: string, signal: AbortSignal): Promise<OperationStatus>;
}

/** A success with its JSON, secrets cut out; or a refusal. */
export type WireAnswer = SuccessfulAnswer | RefusedWrite;

/** See {@link WireAnswer}. */
export interface SuccessfulAnswer {
  kind: "answer";
  status: number;
  body: JsonObject;
  /** URL at which a long operation can be followed, where one was started. */
  operation?: string;
  /** How long Azure asks to wait before the next look. */
  retryAfterSeconds?: number;
}

const httpClient = createDefaultHttpClient();

/**
 * Requests with the wire's own JSON through a client's pipeline. Typed operations would drop every property that the client's models
 * don't know, and a GET-then-PUT through them would delete it.
 * @param pipeline of a client made with `retryOptions: { maxRetries: 0 }`: a replayed write could undo what came in between.
 * @param endpoint ARM's, e.g. `https://management.azure.com`.
 * @param apiVersion sent with every request.
 */
export function createWire(pipeline: Pipeline, endpoint: string, apiVersion: string): Wire {
  function urlOf(path: string, query: { [name: string]: string } = {}): string {
    const url = new URL(`${endpoint.replace(/\/$/, "")}${encodePath(path)}`);
    for (const [name, value] of Object.entries({ ...query, "api-version": apiVersion }))
      url.searchParams.set(name, value);
    return url.href;
  }
  async function write(method: "PATCH" | "PUT", path: string, body: JsonObject, options: WriteOptions) {
    const headers = createHttpHeaders({
      accept: "application/json",
      "content-type": "application/json",
      "x-ms-correlation-request-id": options.correlationId,
    });
    const request = createPipelineRequest({ url: urlOf(path), method, headers, abortSignal: options.signal });
    request.body = JSON.stringify(body);
    return cut(await answerOf(pipeline, request));
  }
  async function read(path: string, signal: AbortSignal, query?: { [name: string]: string }): Promise<WireAnswer> {
    const headers = createHttpHeaders({ accept: "application/json" });
    const request = createPipelineRequest({ url: urlOf(path, query), headers, abortSignal: signal });
    const answer = await answerOf(pipeline, request);
    // A proxy's page or an empty body with status 200 says nothing about the resource.
    return answer.kind === "answer" && Object.keys(answer.body).length === 0 ? unexpectedAnswer(answer.status) : answer;
  }
  return {
    get: async (path, signal, query) => cut(await read(path, signal, query)),
    getWithSecrets: (path, signal) => read(path, signal),
    patch: (path, body, options) => write("PATCH", path, body, options),
    put: (path, body, options) => write("PUT", path, body, options),
    async operation(operation, signal) {
      const url = URL.canParse(operation) ? new URL(operation) : undefined;
      if (url?.hostname !== new URL(endpoint).hostname) return { kind: "failed", refusal: foreignOperation };
      const own = new URL(url.pathname + url.search, endpoint);
      const headers = createHttpHeaders({ accept: "application/json" });
      const answer = await answerOf(pipeline, createPipelineRequest({ url: own.href, headers, abortSignal: signal }));
      return answer.kind === "refused" ? statusOfRefused(answer.refusal) : statusOf(answer);
    },
  };
}

const foreignOperation = ownRefusal(
  "invalid",
  "operation-foreign",
  "The operation's URL names another host than Azure Resource Manager: it was not asked.",
);

/** Of an operation that is forgotten, or that we may not ask about, the resource itself tells; one that can't be asked now may still run. */
function statusOfRefused(refusal: Refusal): OperationStatus {
  const isForgotten = refusal.own === undefined && refusal.status === 404;
  if (isForgotten || refusal.kind === "blocked") return { kind: "ended" };
  return refusal.kind === "later" ? { kind: "running" } : { kind: "failed", refusal };
}

/** Statuses as recorded: InProgress and others while it runs, then Succeeded, Failed or Canceled; 202 without a body while it runs. */
function statusOf({ status, body }: SuccessfulAnswer): OperationStatus {
  if (body.status === "Succeeded" || (status !== 202 && body.status === undefined)) return { kind: "ended" };
  if (body.status !== "Failed" && body.status !== "Canceled") return { kind: "running" };
  // The error of an operation that failed stands for the answer that its request would have had.
  return { kind: "failed", refusal: refusalFrom({ status: 400, body }) };
}

/** An answer of success that has not the shape of the resource: nothing is concluded from it, it is asked again. */
export function unexpectedAnswer(status: number): WireAnswer & { kind: "refused" } {
  const message = `Azure answered ${status} with something else than the resource.`;
  return { kind: "refused", refusal: ownRefusal("later", "answer-unexpected", message) };
}

function cut(answer: WireAnswer): WireAnswer {
  return answer.kind === "answer" ? { ...answer, body: withoutSecrets(answer.body) } : answer;
}

async function answerOf(pipeline: Pipeline, request: ReturnType<typeof createPipelineRequest>): Promise<WireAnswer> {
  try {
    const response = await pipeline.sendRequest(httpClient, request);
    const body = parsed(response.bodyAsText ?? "");
    const seconds = retryAfterSeconds(response.headers.get("retry-after"), new Date());
    if (response.status >= 200 && response.status < 300) {
      const operation = response.headers.get("azure-asyncoperation") ?? response.headers.get("location");
      return {
        kind: "answer",
        status: response.status,
        body: isJsonObject(body) ? body : {},
        ...(operation === undefined ? {} : { operation }),
        ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
      };
    }
    const answer = { status: response.status, body, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) };
    return { kind: "refused", refusal: refusalFrom(answer) };
  } catch (thrown) {
    // Without a token nothing is sent. The identity endpoint may fail for a moment, so this is tried again; a person has to see to it where it stays.
    if (isCredentialFailure(thrown)) return unsent(ownRefusal("later", "credential-missing", reasonOf(thrown)));
    if (isTurnMissed(thrown)) return unsent(ownRefusal("later", "turn-missed", thrown.message));
    return { kind: "refused", refusal: noAnswer(reasonOf(thrown)) };
  }
}

/** The id was checked before; encoding keeps a resource group's letters of other scripts intact. */
function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function parsed(text: string): Json {
  try {
    const body: Json = JSON.parse(text);
    return body;
  } catch {
    return text;
  }
}

/** Names of the failure only: a message could carry parts of a token request. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "The request failed.";
  if (thrown.name === "AbortError") return "No answer within the time limit.";
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
  return `No answer: ${code}.`;
}

function isTurnMissed(thrown: unknown): thrown is CodedError {
  return thrown instanceof CodedError && thrown.code === "turn-missed";
}

function isCredentialFailure(thrown: unknown): boolean {
  return thrown instanceof Error && /Authentication|Credential/.test(thrown.name);
}
