import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";
import { type Fault, type FaultInjector, truncated } from "./faults.ts";
import { type Handled, handleRequest } from "./gateway.ts";
import { type Answer, type ArmRequest, azureTime } from "./message.ts";
import type { ArmState } from "./state.ts";

/** One request that was answered. Holds no body: those may carry secrets. */
export interface RequestRecord {
  time: string;
  method: string;
  path: string;
  apiVersion?: string;
  /** The caller's object id. */
  caller?: string;
  /** 0 where the connection was dropped. */
  status: number;
  correlationId: string;
}

const recordsKept = 20_000;

/** Serves ARM over https on localhost. Gives the port and a way to stop. */
export async function serve(
  port: number,
  certificate: Certificate,
  state: ArmState,
  faults: FaultInjector,
  records: RequestRecord[],
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (message, response) => {
    respond(message, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(error instanceof Error ? error.stack : String(error));
    });
  });
  server.keepAliveTimeout = 60_000;
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
    const fault = faults.next(request);
    if (fault?.kind === "delay") await wait(state, fault.milliseconds);
    const before = fault !== undefined && fault.kind !== "delay" && fault.when === "before";
    const handled: Handled | undefined = before ? undefined : handleRequest(state, request);
    const answer = fault?.kind === "answer" ? faultAnswer(fault) : handled?.answer;
    const dropped = fault?.kind === "drop" || !answer;
    record(records, state, request, handled, dropped ? 0 : answer.status);
    if (!dropped) return send(response, request, answer);
    if (fault?.kind === "drop" && fault.halfAnswer && handled) truncated(response, handled.answer);
    else message.socket.destroy();
  }
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

function send(response: ServerResponse, request: ArmRequest, answer: Answer): void {
  const isText = typeof answer.body === "string";
  const body = answer.body === undefined ? "" : isText ? answer.body : JSON.stringify(answer.body);
  const type =
    answer.body === undefined ? {} : { "content-type": isText ? "text/plain" : "application/json; charset=utf-8" };
  const echo = request.headers["x-ms-return-client-request-id"] === "true" && request.headers["x-ms-client-request-id"];
  const now = azureTime(Date.now()).replace(/[-:]|\.\d+/g, "");
  response.writeHead(answer.status, {
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
  });
  response.end(body);
}

function faultAnswer(fault: Extract<Fault, { kind: "answer" }>): Answer {
  return { status: fault.status, body: fault.body, ...(fault.headers && { headers: fault.headers }) };
}

function record(
  records: RequestRecord[],
  { clock }: ArmState,
  { method, path, query, correlationId }: ArmRequest,
  handled: Handled | undefined,
  status: number,
): void {
  const apiVersion = query.get("api-version");
  const caller = handled?.caller?.objectId;
  const time = azureTime(clock.now());
  records.push({
    time,
    method,
    path,
    ...(apiVersion && { apiVersion }),
    ...(caller && { caller }),
    status,
    correlationId,
  });
  if (records.length > recordsKept) records.splice(0, records.length - recordsKept);
}

function wait({ clock }: ArmState, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(milliseconds, resolve));
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
