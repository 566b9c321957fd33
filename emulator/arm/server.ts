import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, Socket } from "node:net";
import { breakOff, type Fault, type FaultInjector, type ReadyAnswer } from "../faults.ts";
import type { Certificate } from "./certificate.ts";
import { callerOf, handleRequest } from "./gateway.ts";
import { type Answer, type ArmRequest, azureTime, type Caller } from "./message.ts";
import type { ArmState } from "./state.ts";

/** One request that has ended. Holds no body: those may carry secrets. */
export interface RequestRecord {
  time: string;
  method: string;
  path: string;
  apiVersion?: string;
  /** The caller's object id. */
  caller?: string;
  /** 0 where no answer was sent. */
  status: number;
  /** Whether it came as far as to be handled: a fault may have kept it from that. */
  handled: boolean;
  correlationId: string;
}

/** Is shown a request when it arrives, before anything became of it; may give a function for its end. */
export type RequestObserver = (
  request: ArmRequest,
  caller: Caller | undefined,
) => ((record: RequestRecord) => void) | undefined;

/** What tests ask for, and get told. */
interface Tests {
  faults: FaultInjector<ArmRequest>;
  requests: RequestRecord[];
  observers: RequestObserver[];
}

const recordsKept = 20_000;

/** Serves ARM over https on localhost. Gives the port and a way to stop. */
export async function serve(
  port: number,
  certificate: Certificate,
  state: ArmState,
  tests: Tests,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (message, response) => {
    respond(message, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(error instanceof Error ? error.stack : String(error));
    });
  });
  server.keepAliveTimeout = 60_000;
  const connections = new Map<number | undefined, Socket>();
  server.on("connection", (socket) => {
    if (!(socket instanceof Socket)) return;
    const { remotePort } = socket;
    connections.set(remotePort, socket);
    socket.once("close", () => connections.delete(remotePort));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    port: isAddress(address) ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    const caller = callerOf(state, request);
    const ended = tests.observers.map((observer) => observer(request, caller));
    const fault = tests.faults.next(request);
    const handled = fault !== undefined && isBefore(fault) ? undefined : await handle(request, fault);
    const answer = fault?.kind === "answer" ? faultAnswer(fault) : handled;
    const ready = answer && readyAnswer(request, answer);
    const isBroken = fault?.kind === "drop" || fault?.kind === "reset" || fault?.kind === "silence";
    if (isBroken) {
      const connection = connections.get(message.socket.remotePort) ?? message.socket;
      await breakOff(fault, response, connection, ready);
    } else if (ready) {
      response.writeHead(ready.status, ready.headers);
      response.end(ready.body);
    }
    const record = recordOf(state, request, caller, {
      handled: handled !== undefined,
      answer: isBroken ? undefined : answer,
    });
    tests.requests.push(record);
    if (tests.requests.length > recordsKept) tests.requests.splice(0, tests.requests.length - recordsKept);
    for (const tell of ended) tell?.(record);
  }

  async function handle(request: ArmRequest, fault: Fault | undefined): Promise<Answer> {
    if (fault?.kind !== "delay") return handleRequest(state, request);
    if (fault.when !== "after") await wait(state, fault.milliseconds);
    const answer = handleRequest(state, request);
    if (fault.when === "after") await wait(state, fault.milliseconds);
    return answer;
  }
}

function isBefore(fault: Fault): boolean {
  return fault.kind !== "delay" && fault.when === "before";
}

async function readRequest(message: IncomingMessage): Promise<ArmRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
  const url = new URL(message.url ?? "/", `https://${headers.host ?? "localhost"}`);
  const asked = headers["x-ms-correlation-request-id"] ?? "";
  return {
    method: message.method ?? "GET",
    path: url.pathname.replace(/\/{2,}/g, "/"),
    query: url.searchParams,
    headers,
    body: Buffer.concat(chunks).toString("utf8"),
    origin: url.origin,
    clientAddress: message.socket.remoteAddress ?? "127.0.0.1",
    correlationId: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(asked) ? asked : randomUUID(),
    requestId: randomUUID(),
  };
}

function readyAnswer(request: ArmRequest, answer: Answer): ReadyAnswer {
  const isText = typeof answer.body === "string";
  const body = answer.body === undefined ? "" : isText ? answer.body : JSON.stringify(answer.body);
  const type =
    answer.body === undefined ? {} : { "content-type": isText ? "text/plain" : "application/json; charset=utf-8" };
  const echo = request.headers["x-ms-return-client-request-id"] === "true" && request.headers["x-ms-client-request-id"];
  const now = azureTime(Date.now()).replace(/[-:]|\.\d+/g, "");
  const headers = {
    "cache-control": "no-cache",
    pragma: "no-cache",
    expires: "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-ms-request-id": request.requestId,
    "x-ms-correlation-request-id": request.correlationId,
    "x-ms-routing-request-id": `LOCAL:${now}:${request.requestId}`,
    ...(echo && { "x-ms-client-request-id": echo }),
    ...type,
    ...answer.headers,
    ...(answer.status !== 204 && { "content-length": String(Buffer.byteLength(String(body))) }),
  };
  return { status: answer.status, headers, body: Buffer.from(String(body)) };
}

function faultAnswer(fault: Extract<Fault, { kind: "answer" }>): Answer {
  return { status: fault.status, body: fault.body, ...(fault.headers && { headers: fault.headers }) };
}

function recordOf(
  { clock }: ArmState,
  { method, path, query, correlationId }: ArmRequest,
  caller: Caller | undefined,
  { handled, answer }: { handled: boolean; answer: Answer | undefined },
): RequestRecord {
  const apiVersion = query.get("api-version");
  return {
    time: azureTime(clock.now()),
    method,
    path,
    ...(apiVersion && { apiVersion }),
    ...(caller && { caller: caller.objectId }),
    status: answer?.status ?? 0,
    handled,
    correlationId,
  };
}

function wait({ clock }: ArmState, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(milliseconds, resolve));
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
