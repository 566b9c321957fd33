import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { JsonObject } from "./json.ts";
import { type Answer, type ArmRequest, azureTime } from "./message.ts";
import type { LongOperation } from "./resource-type.ts";

interface Running {
  plan: LongOperation;
  due: number;
  started: number;
  done: boolean;
  polls: number;
  finish(): void;
  result(): Answer;
  failed(error: JsonObject): void;
}

/** The long operations that were started, and the answers to their polls. */
export interface Operations {
  /** Starts one; gives the headers of the first answer. When it is due, `finish` runs once, or `failed` where it fails. */
  start(
    plan: LongOperation,
    request: ArmRequest,
    finish: () => void,
    result: () => Answer,
    failed?: (error: JsonObject) => void,
  ): Record<string, string>;
  /** The answer to a GET of an operation's URL, undefined where the path is none. */
  poll(request: ArmRequest): Answer | undefined;
}

/** @param durationScale 1 keeps the recorded times, 0 ends every operation at once. */
export function createOperations(clock: Clock, durationScale: number): Operations {
  const operations = new Map<string, Running>();
  return {
    start(plan, request, finish, result, failed = () => undefined) {
      const id = randomUUID();
      const wait = plan.seconds * 1000 * durationScale;
      const times = { due: clock.now() + wait, started: clock.now() };
      const operation = { plan, ...times, done: false, polls: 0, finish, result, failed };
      operations.set(id, operation);
      if (wait === 0) end(operation);
      else clock.schedule(wait, () => end(operation));
      return headers(id, operation, request);
    },
    poll(request) {
      const id = request.path.split("/").at(-1)?.toLowerCase() ?? "";
      const operation = operations.get(id);
      if (!operation || request.method !== "GET") return undefined;
      operation.polls += 1;
      if (asksForStatus(operation.plan, request.path, id)) return statusAnswer(id, operation, clock.now());
      if (operation.done) return finalAnswer(id, operation, request);
      return { status: 202, headers: headers(id, operation, request) };
    },
  };

  function end(operation: Running): void {
    if (operation.done) return;
    operation.done = true;
    if (operation.plan.failure) operation.failed(operation.plan.failure);
    else operation.finish();
  }

  function finalAnswer(id: string, operation: Running, request: ArmRequest): Answer {
    const result = operation.result();
    if (!operation.plan.repeatsHeaders) return result;
    return { ...result, headers: { ...headers(id, operation, request), ...result.headers } };
  }

  function headers(id: string, operation: Running, request: ArmRequest): Record<string, string> {
    const { locationPath, statusPath } = operation.plan;
    const seconds = Math.ceil(Math.max(0, operation.due - clock.now()) / 1000);
    return {
      ...operation.plan.headers,
      ...(statusPath && { "azure-asyncoperation": operationUrl(statusPath, id, operation.polls, request) }),
      ...(locationPath && { location: operationUrl(locationPath, id, operation.polls, request) }),
      "retry-after": String(seconds),
    };
  }
}

/**
 * An operation's URL. Real ones carry a time, a certificate and a signature (t, c, s, h) that are new in every answer
 * (recordings storage-account-create), so that a client which keeps polling the first one is seen.
 */
function operationUrl(path: string, id: string, polls: number, request: ArmRequest): string {
  const url = new URL(path.replace("{operation}", id), request.origin);
  url.searchParams.set("api-version", request.query.get("api-version") ?? "");
  url.searchParams.set("t", String(polls + 1));
  url.searchParams.set("c", "local");
  url.searchParams.set("s", randomUUID());
  url.searchParams.set("h", String(polls + 1));
  return url.href;
}

function asksForStatus(plan: LongOperation, path: string, id: string): boolean {
  const asked = plan.statusPath?.replace("{operation}", id).split("?")[0];
  return asked?.toLowerCase() === path.toLowerCase();
}

/**
 * While it goes on, a poll is told when to come again (Retry-After of real polls: Azure/azure-powershell issue 20530), and
 * never 0, which azure-core takes for 30 s.
 */
function statusAnswer(id: string, { plan, done, started, due }: Running, now: number): Answer {
  const status = done ? (plan.failure ? "Failed" : "Succeeded") : "InProgress";
  const all: JsonObject = { name: id, status, startTime: plan.startTime ?? azureTime(started) };
  const fields = plan.statusFields ?? ["name", "status", "startTime"];
  const body: JsonObject = Object.fromEntries(Object.entries(all).filter(([name]) => fields.some((f) => f === name)));
  const wait = Math.max(1, Math.ceil((due - now) / 1000));
  if (!done) return { status: 200, headers: { "retry-after": String(wait) }, body };
  return { status: 200, body: plan.failure ? { ...body, error: plan.failure } : body };
}
