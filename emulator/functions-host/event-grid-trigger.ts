import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, send } from "./http-messages.ts";
import type { HostedFunction, Invoker } from "./invoker.ts";
import { type HostKeys, hasKey } from "./keys.ts";
import { rewriteDates } from "./newtonsoft-dates.ts";

export const eventGridWebhookPath = "/runtime/webhooks/EventGrid";

export interface EventGridContext {
  url: URL;
  functions: HostedFunction[];
  keys: HostKeys;
  invoker: Invoker;
}

/**
 * Answers what Event Grid sends to the webhook of the real extension (EventGridExtensionConfigProvider and
 * HttpRequestProcessor of Microsoft.Azure.WebJobs.Extensions.EventGrid): handshakes of both schemas, notifications,
 * unsubscription. A notification of any schema is an array of events, or one.
 */
export async function answerEventGridRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { url, functions, keys, invoker }: EventGridContext,
): Promise<void> {
  if (!hasKey(request, url, [keys.eventGrid, keys.master])) return send(response, 401);
  const functionName = url.searchParams.get("functionName") ?? "";
  const hosted = functions.find(({ name }) => name === functionName);
  if (hosted?.triggerType !== "eventgridtrigger") {
    return send(response, 404, `cannot find function: '${functionName}'`);
  }
  if (request.method === "OPTIONS") {
    response.setHeader("Webhook-Allowed-Origin", request.headers["webhook-request-origin"] ?? "eventgrid.azure.net");
    return send(response, 200);
  }
  switch (String(request.headers["aeg-event-type"]).toLowerCase()) {
    case "subscriptionvalidation":
      return answerValidation(response, await readEvents(request));
    case "notification":
      return await deliver(response, hosted, invoker, await readEvents(request));
    case "unsubscribe":
      return send(response, 202);
    default:
      return send(response, 400);
  }
}

/** Runs a function with one event, as the webhook and the admin route do. */
export function invokeWithEvent(invoker: Invoker, hosted: HostedFunction, event: unknown) {
  const rewritten = rewriteDates(event);
  const data = typeof rewritten === "object" && rewritten !== null && "data" in rewritten ? rewritten.data : undefined;
  return invoker.invoke(
    hosted,
    { json: JSON.stringify(rewritten) },
    data === undefined ? {} : { data: { json: JSON.stringify(data) } },
  );
}

function answerValidation(response: ServerResponse, events: unknown[] | undefined): void {
  const code = readValidationCode(events?.[0]);
  if (code === undefined) send(response, 500);
  else send(response, 200, { validationResponse: code });
}

async function deliver(
  response: ServerResponse,
  hosted: HostedFunction,
  invoker: Invoker,
  events: unknown[] | undefined,
): Promise<void> {
  // The real host fails on a body that is not JSON, and so answers 500.
  if (!events) return send(response, 500);
  const results = await Promise.all(events.map((event) => invokeWithEvent(invoker, hosted, event)));
  if (results.some(({ status }) => status !== "succeeded")) {
    return send(response, 500, `Exception while executing function: Functions.${hosted.name}`);
  }
  send(response, 202);
}

async function readEvents(request: IncomingMessage): Promise<unknown[] | undefined> {
  const body = await readBody(request);
  try {
    const parsed: unknown = JSON.parse(body.toString("utf8"));
    return Array.isArray(parsed) ? parsed : [parsed];
  } catch {
    return undefined;
  }
}

function readValidationCode(event: unknown): string | undefined {
  if (typeof event !== "object" || event === null || !("data" in event)) return undefined;
  const { data } = event;
  if (typeof data !== "object" || data === null || !("validationCode" in data)) return undefined;
  return String(data.validationCode);
}
