import type { ServerResponse } from "node:http";
import type { Json } from "./json.ts";
import type { Answer, ArmRequest } from "./message.ts";

/** What goes wrong with one request: before it took effect, or after, so that only its answer is lost. */
export type Fault =
  | {
      kind: "answer";
      when: "before" | "after";
      status: number;
      /** An object is sent as JSON, a string as text; ARM's own 503 is an HTML page. */
      body?: Json;
      headers?: Record<string, string>;
    }
  | {
      kind: "drop";
      when: "before" | "after";
      /** Send half of the answer first; only after. */
      halfAnswer?: boolean;
    }
  | { kind: "delay"; milliseconds: number };

/** Looks at a request and gives the fault that it shall meet, or undefined. */
export type FaultDecision = (request: ArmRequest) => Fault | undefined;

/** The faults that tests have asked for. */
export interface FaultInjector {
  /**
   * Asks `decide` at each request until it has given `times` faults (1 without it).
   * Gives a function that takes it away.
   */
  failNext(decide: FaultDecision, times?: number): () => void;
  /** The fault for this request. */
  next(request: ArmRequest): Fault | undefined;
}

export function createFaultInjector(): FaultInjector {
  let pending: { decide: FaultDecision; left: number }[] = [];
  return {
    failNext(decide, times = 1) {
      const entry = { decide, left: times };
      pending.push(entry);
      return () => {
        pending = pending.filter((other) => other !== entry);
      };
    },
    next(request) {
      for (const entry of pending) {
        const fault = entry.decide(request);
        if (!fault) continue;
        entry.left -= 1;
        if (entry.left <= 0) pending = pending.filter((other) => other !== entry);
        return fault;
      }
      return undefined;
    },
  };
}

/** Sends the head and half of the body, then breaks the connection. */
export function truncated(response: ServerResponse, answer: Answer): void {
  const body = JSON.stringify(answer.body ?? {});
  response.writeHead(answer.status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
  });
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
}
