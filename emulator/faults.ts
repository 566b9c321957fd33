import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Json } from "./arm/json.ts";

/** What goes wrong with one request: before it took effect, or after, so that only its answer suffers. */
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
      /** The connection ends without an answer. */
      kind: "drop";
      when: "before" | "after";
      /** Send half of the answer first; only after. */
      halfAnswer?: boolean;
    }
  /** The connection is reset. */
  | { kind: "reset"; when: "before" | "after" }
  /** No answer ever comes: the connection stays until the client gives up. */
  | { kind: "silence"; when: "before" | "after" }
  /** It takes long, before it takes effect unless said otherwise. A client that gave up meanwhile stops nothing. */
  | { kind: "delay"; milliseconds: number; when?: "before" | "after" };

/** The faults that tests have asked for. */
export interface FaultInjector<Request> {
  /**
   * Asks `decide` at each request until it has given `times` faults (1 without it).
   * Gives a function that takes it away.
   */
  failNext(decide: (request: Request) => Fault | undefined, times?: number): () => void;
  /** The fault for this request. */
  next(request: Request): Fault | undefined;
}

export function createFaultInjector<Request>(): FaultInjector<Request> {
  let pending: { decide: (request: Request) => Fault | undefined; left: number }[] = [];
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

/** An answer, ready to be sent. */
export interface ReadyAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/**
 * Ends an exchange without the answer that it should have. Resolves when the client is told, or has given up.
 * @param socket the connection itself, below TLS where there is any.
 * @param answer what would have been sent, for half of it.
 */
export async function breakOff(
  fault: Extract<Fault, { kind: "drop" | "reset" | "silence" }>,
  response: ServerResponse,
  socket: Socket,
  answer: ReadyAnswer | undefined,
): Promise<void> {
  if (fault.kind === "silence") return await closed(socket);
  if (fault.kind === "reset") {
    socket.resetAndDestroy();
    return;
  }
  if (fault.halfAnswer && answer) await sendHalf(response, answer);
  socket.destroy();
}

/** The head and half of the body; where there is no body, half of the head. */
async function sendHalf(response: ServerResponse, { status, headers, body }: ReadyAnswer): Promise<void> {
  if (body.byteLength === 0) {
    await new Promise<void>((resolve) => response.socket?.write(`HTTP/1.1 ${status} `, () => resolve()));
    return;
  }
  response.writeHead(status, { ...headers, "content-length": String(body.byteLength) });
  const half = body.subarray(0, Math.floor(body.byteLength / 2));
  await new Promise<void>((resolve) => response.write(half, () => resolve()));
}

function closed(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
