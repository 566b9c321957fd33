import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "./clock.ts";
import { breakOff, type Fault, type ReadyAnswer } from "./faults.ts";

/** One request, read whole. */
export interface ProxiedRequest {
  method: string;
  /** With its query, as the client wrote it. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What became of a request. */
export interface ProxiedEnd {
  /** What the server behind answered; absent where a fault kept the request from it. */
  answer: ReadyAnswer | undefined;
  /** What the client was told; 0 for no answer. */
  status: number;
}

export interface ReverseProxyOptions {
  /** http://host:port of the server behind. */
  target: string;
  clock: Clock;
  /** Is asked at each request, when it has arrived. */
  fault(request: ProxiedRequest): Fault | undefined;
  /** Is shown each request at its arrival, before `fault` is asked; may give a function for what the server answered, and one for the end. */
  observe(request: ProxiedRequest): ProxyObserver;
}

/** Is told how a request goes on. */
export interface ProxyObserver {
  /** The server behind has answered: the request took effect, or was refused. The client knows nothing of it yet. */
  answered?(answer: ReadyAnswer): void;
  /** The client was told, or never will be. */
  ended?(end: ProxiedEnd): void;
}

/** Headers that belong to one connection and are made anew for the next. */
const perConnection = new Set(["connection", "keep-alive", "transfer-encoding"]);

/**
 * Passes every request on to the server behind as it came, its Host header too, so that signatures stay right; and lets those fail that
 * a test asks for. Knows nothing of what goes through it.
 */
export async function startReverseProxy(
  options: ReverseProxyOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((message, response) => {
    pass(message).catch((error: unknown) => {
      response.writeHead(502, { "content-type": "text/plain" });
      response.end(String(error));
    });

    async function pass(incoming: IncomingMessage): Promise<void> {
      const request = await readRequest(incoming);
      const observer = options.observe(request);
      const fault = options.fault(request);
      const answer = fault !== undefined && isBefore(fault) ? undefined : await forward(request, fault, observer);
      if (fault?.kind === "drop" || fault?.kind === "reset" || fault?.kind === "silence") {
        await breakOff(fault, response, incoming.socket, answer);
        observer.ended?.({ answer, status: 0 });
        return;
      }
      const told = fault?.kind === "answer" ? faultAnswer(fault) : answer;
      response.writeHead(told?.status ?? 502, told?.headers);
      response.end(request.method === "HEAD" ? undefined : told?.body);
      observer.ended?.({ answer, status: told?.status ?? 502 });
    }
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function forward(
    request: ProxiedRequest,
    fault: Fault | undefined,
    observer: ProxyObserver,
  ): Promise<ReadyAnswer> {
    const { clock, target } = options;
    if (fault?.kind === "delay" && fault.when !== "after") await wait(clock, fault.milliseconds);
    const answer = await ask(agent, target, request);
    observer.answered?.(answer);
    if (fault?.kind === "delay" && fault.when === "after") await wait(clock, fault.milliseconds);
    return answer;
  }
}

async function readRequest(message: IncomingMessage): Promise<ProxiedRequest> {
  const { method = "GET", url = "/", headers } = message;
  return { method, url, headers, body: await readWhole(message) };
}

function ask(agent: Agent, target: string, { method, url, headers, body }: ProxiedRequest): Promise<ReadyAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = send(`${target}${url}`, { agent, method, headers: forwarded(headers) });
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      readWhole(response).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: forwarded(response.headers), body: read }),
        reject,
      );
    });
    outgoing.end(body);
  });
}

function forwarded(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !perConnection.has(name)) kept[name] = value;
  }
  return kept;
}

async function readWhole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function isBefore(fault: Fault): boolean {
  return fault.kind !== "delay" && fault.when === "before";
}

function faultAnswer(fault: Extract<Fault, { kind: "answer" }>): ReadyAnswer {
  const isText = typeof fault.body === "string";
  const text = fault.body === undefined ? "" : isText ? String(fault.body) : JSON.stringify(fault.body);
  const body = Buffer.from(text);
  const type = isText ? "text/html" : "application/json";
  return {
    status: fault.status,
    headers: { "content-type": type, "content-length": String(body.byteLength), ...fault.headers },
    body,
  };
}

function wait(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(milliseconds, resolve));
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}
