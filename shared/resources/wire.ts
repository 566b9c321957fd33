import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type Pipeline,
} from "@azure/core-rest-pipeline";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { noAnswer, refusalFrom } from "./refusal.ts";
import type { Refusal, WriteOptions } from "./resource-type.ts";
import { withoutSecrets } from "./secrets.ts";

/** How requests reach ARM: through the pipeline (credential, user agent, logging) of an Azure client. */
export interface Wire {
  get(path: string, signal: AbortSignal, query?: { [name: string]: string }): Promise<WireAnswer>;
  patch(path: string, body: JsonObject, options: WriteOptions): Promise<WireAnswer>;
  put(path: string, body: JsonObject, options: WriteOptions): Promise<WireAnswer>;
}

/** A success with its JSON, secrets cut out; or a refusal. */
export type WireAnswer = { kind: "answer"; status: number; body: JsonObject } | { kind: "refused"; refusal: Refusal };

/** Whatever a server asks, a day later the resource is looked at again. */
const longestWaitSeconds = 24 * 3600;

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
    return await answerOf(pipeline, request);
  }
  return {
    async get(path, signal, query) {
      const headers = createHttpHeaders({ accept: "application/json" });
      const request = createPipelineRequest({ url: urlOf(path, query), headers, abortSignal: signal });
      const answer = await answerOf(pipeline, request);
      // A proxy's page or an empty body with status 200 says nothing about the resource.
      return answer.kind === "answer" && Object.keys(answer.body).length === 0
        ? unexpectedAnswer(answer.status)
        : answer;
    },
    patch: (path, body, options) => write("PATCH", path, body, options),
    put: (path, body, options) => write("PUT", path, body, options),
  };
}

/** An answer of success that has not the shape of the resource: nothing is concluded from it, it is asked again. */
export function unexpectedAnswer(status: number): WireAnswer & { kind: "refused" } {
  const message = "Azure answered with something else than the resource.";
  return { kind: "refused", refusal: { kind: "later", status, code: "UnexpectedAnswer", message } };
}

async function answerOf(pipeline: Pipeline, request: ReturnType<typeof createPipelineRequest>): Promise<WireAnswer> {
  try {
    const response = await pipeline.sendRequest(httpClient, request);
    const body = parsed(response.bodyAsText ?? "");
    if (response.status >= 200 && response.status < 300) {
      return { kind: "answer", status: response.status, body: isJsonObject(body) ? withoutSecrets(body) : {} };
    }
    const seconds = retryAfterSeconds(response.headers.get("retry-after"));
    const answer = { status: response.status, body, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) };
    return { kind: "refused", refusal: refusalFrom(answer) };
  } catch (thrown) {
    const refusal = noAnswer(reasonOf(thrown));
    return { kind: "refused", refusal: isCredentialFailure(thrown) ? { ...refusal, ...noCredential } : refusal };
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

function retryAfterSeconds(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number.isFinite(Number(header)) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds), longestWaitSeconds);
}

/** Names of the failure only: a message could carry parts of a token request. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "The request failed.";
  if (thrown.name === "AbortError") return "No answer within the time limit.";
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.name;
  return `No answer: ${code}.`;
}

/** The identity endpoint may fail for a moment, so this is tried again too; but it needs a person where it stays. */
const noCredential = {
  code: "NoCredential",
  advice: "Check that the function app has a managed identity, and AZURE_CLIENT_ID where it has several.",
};

function isCredentialFailure(thrown: unknown): boolean {
  return thrown instanceof Error && /Authentication|Credential/.test(thrown.name);
}
