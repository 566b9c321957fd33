import type { IncomingMessage, ServerResponse } from "node:http";
import { invokeWithEvent } from "./event-grid-trigger.ts";
import { readBody, send } from "./http-messages.ts";
import type { HostedFunction, Invoker } from "./invoker.ts";
import { type HostKeys, hasKey } from "./keys.ts";
import type { Log } from "./log.ts";
import { invokeWithQueueText } from "./queue-trigger.ts";
import { invokeTimer } from "./timer-trigger.ts";

export interface AdminContext {
  url: URL;
  functions: HostedFunction[];
  keys: HostKeys;
  invoker: Invoker;
  log: Log;
}

/** Answers the routes under `/admin` that run a function by hand and tell the host's state. All need the master key. */
export async function answerAdminRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: AdminContext,
): Promise<void> {
  const { functions, keys, url } = context;
  if (!hasKey(request, url, [keys.master])) return send(response, 401);
  if (request.method === "GET" && /^\/admin\/host\/status\/?$/i.test(url.pathname)) {
    return send(response, 200, { state: "Running", version: "4.0.0-local", processUptime: process.uptime() * 1000 });
  }
  const name = /^\/admin\/functions\/([^/]+)\/?$/i.exec(url.pathname)?.[1];
  if (name === undefined || request.method !== "POST") return send(response, 404);
  const invocation = parseInvocation((await readBody(request)).toString("utf8"));
  if (!invocation) return send(response, 400);
  const hosted = functions.find((other) => other.name.toLowerCase() === decodeURIComponent(name).toLowerCase());
  if (!hosted) return send(response, 404);
  // It runs in the background: the answer says only that it was taken.
  void invokeByHand(context, hosted, invocation.input);
  send(response, 202);
}

async function invokeByHand({ invoker, log }: AdminContext, hosted: HostedFunction, input: string): Promise<void> {
  try {
    if (hosted.triggerType === "timertrigger") await invokeTimer(invoker, hosted, false);
    else if (hosted.triggerType === "queuetrigger") await invokeWithQueueText(invoker, hosted, input);
    else if (hosted.triggerType === "eventgridtrigger") await invokeWithEvent(invoker, hosted, JSON.parse(input));
    else throw new Error("An HTTP function is run by its own route.");
  } catch (error) {
    const message = `Exception while executing function: Functions.${hosted.name}: ${error}`;
    log({ level: "error", source: "host", message, functionName: hosted.name });
  }
}

/** The body `{"input": "..."}`, undefined when there is none. */
function parseInvocation(text: string): { input: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    return { input: "input" in parsed ? String(parsed.input) : "" };
  } catch {
    return undefined;
  }
}
