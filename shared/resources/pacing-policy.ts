import type { PipelinePolicy, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import { CodedError } from "../errors.ts";
import { isThrottled } from "./refusal.ts";
import { type Lane, laneOf, type RequestLimits } from "./request-limits.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/** Where requests are counted, and where it is kept what Azure asks to wait. */
export interface PacedRequests {
  count(lane: Lane): void;
  holdBack(lane: Lane, until: Date): void;
}

/** What the policy needs from outside. */
export interface PacingOptions {
  limits: RequestLimits;
  subscriptionId: string;
  pace: PacedRequests;
  now(): Date;
  /** Resolves at a time. */
  waitUntil(time: Date): Promise<void>;
}

/** Where Azure does not say how long to wait: so long, doubled with each refusal in a row. */
const firstWaitSeconds = 5;
const longestWaitSeconds = 300;

/** So long a request may be on its way. Azure often works for seconds on a write, which must not count as its way there. */
const longestWayMilliseconds = 500;

/**
 * Counts the reads that a client sends in one subscription, keeps its writes within what Azure takes in a second, and remembers until when
 * Azure asks to wait. It repeats nothing: a request that is refused stays refused.
 */
export function pacingPolicy(options: PacingOptions): PipelinePolicy {
  const { limits, subscriptionId, pace, now } = options;
  const reads = laneOf(limits, subscriptionId, "reads");
  const writes = laneOf(limits, subscriptionId, "writes");
  const most = mostInASecond(limits);
  const send = most === undefined ? sendAtOnce : secondGate(most, options);
  let refusedInARow = 0;

  function learn(response: PipelineResponse, lane: Lane): void {
    if (!isThrottled(response.status, response.bodyAsText ?? "")) {
      refusedInARow = 0;
      return;
    }
    const named = retryAfterSeconds(response.headers.get("retry-after"), now()) ?? 0;
    const growing = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** refusedInARow);
    refusedInARow += 1;
    const seconds = named > 0 ? Math.min(named, longestWaitSeconds) : growing;
    pace.holdBack(lane, new Date(now().getTime() + seconds * 1000));
  }

  return {
    name: "pacing",
    async sendRequest(request, next) {
      const isRead = request.method === "GET";
      if (isRead) pace.count(reads);
      const response = await (isRead ? next(request) : send(request, next));
      learn(response, isRead ? reads : writes);
      return response;
    },
  };
}

function sendAtOnce(request: PipelineRequest, next: Next): Promise<PipelineResponse> {
  return next(request);
}

type Next = (request: PipelineRequest) => Promise<PipelineResponse>;

/** A write on its way to Azure. Times in milliseconds. */
interface SentWrite {
  at: number;
  answeredAt: number | undefined;
}

/**
 * Lets requests through so that no second at Azure's end can have more than the most, whatever their way there takes: one goes a second after
 * another has arrived. Slots alone can't promise that, since a busy process is late for some of them. Whose time limit passes meanwhile is not
 * sent: what was never sent must not look like a write without an answer.
 */
function secondGate(most: number, { now, waitUntil }: Pick<PacingOptions, "now" | "waitUntil">) {
  const sent: SentWrite[] = [];
  let last: Promise<void> = Promise.resolve();

  async function until(time: number): Promise<void> {
    if (time > now().getTime()) await waitUntil(new Date(time));
  }

  async function enter(write: SentWrite, isGivenUp: () => boolean): Promise<void> {
    const before = sent.length < most ? undefined : sent[0];
    if (before && !isGivenUp()) {
      await until(before.at + 1000);
      await until(arrivedBy(before) + 1000);
    }
    if (isGivenUp()) throw turnMissed();
    if (before) sent.shift();
    write.at = now().getTime();
    sent.push(write);
  }

  return async (request: PipelineRequest, next: Next): Promise<PipelineResponse> => {
    const write: SentWrite = { at: 0, answeredAt: undefined };
    const entered = last.then(() => enter(write, () => request.abortSignal?.aborted === true));
    last = entered.catch(() => undefined);
    await entered;
    try {
      return await next(request);
    } finally {
      write.answeredAt = now().getTime();
    }
  };
}

/** What Azure answered had arrived, and what is on its way for so long has too. A second after it was sent this is known. */
function arrivedBy({ at, answeredAt = Number.POSITIVE_INFINITY }: SentWrite): number {
  return Math.min(answeredAt, at + longestWayMilliseconds);
}

function turnMissed(): CodedError {
  return new CodedError("turn-missed", "Too many writes went before it, so it was not sent within its time limit.");
}

/** Writes that go at even distances are those that are limited by the second. */
function mostInASecond({ writes }: RequestLimits): number | undefined {
  const rates = writes.flatMap((limit) => (limit.kind === "bucket" && limit.size === 1 ? limit.perSecond : []));
  return rates.length === 0 ? undefined : Math.max(1, Math.floor(Math.min(...rates)));
}
