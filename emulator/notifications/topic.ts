import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { Certificate } from "../arm/certificate.ts";
import type { EventGrid, EventGridEvent } from "../event-grid/index.ts";
import type { Caller } from "../identity/index.ts";

/** What a topic needs from its surroundings. */
export interface TopicOptions {
  certificate: Certificate;
  /** Who a bearer token speaks for. */
  authenticate(bearerToken: string): Caller | undefined;
  /** Takes what was published to those who subscribed. */
  publish: EventGrid["publish"];
}

/** An Event Grid topic whose input schema is CloudEvents 1.0. */
export interface Topic {
  /** `https://127.0.0.1:PORT/api/events` */
  endpoint: string;
  /** While it is set, it answers 503. */
  isDown: boolean;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  code?: string;
  message?: string;
}

/** What tokens for Event Grid are asked for (docs: "Authenticate publishing clients using Microsoft Entra ID"). */
const audience = "https://eventgrid.azure.net";
/** Docs: "Event Grid quotas and limits", maximum size of an array of events. */
const mostBytes = 1024 * 1024;

/** Starts the topic on any free port of 127.0.0.1. */
export async function startTopic(options: TopicOptions): Promise<Topic> {
  const server = createServer(options.certificate, (request, response) => {
    const answered = topic.isDown ? Promise.resolve(unavailable) : answer(request, options);
    answered.then(
      ({ status, code, message }) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(code === undefined ? "" : JSON.stringify({ error: { code, message } }));
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const topic: Topic = {
    endpoint: `https://127.0.0.1:${port}/api/events`,
    isDown: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return topic;
}

const unavailable: Answer = { status: 503, code: "ServiceUnavailable", message: "The service is unavailable." };

async function answer(request: IncomingMessage, options: TopicOptions): Promise<Answer> {
  const url = new URL(request.url ?? "/", "https://127.0.0.1");
  if (request.method !== "POST" || url.pathname !== "/api/events") return refuse(404, "NotFound", "No such path.");
  if (!isAllowed(request, options)) {
    return refuse(401, "Unauthorized", "Request must contain a bearer token for https://eventgrid.azure.net.");
  }
  const body = await readAll(request);
  if (body.byteLength > mostBytes) return refuse(413, "PayloadTooLarge", "The maximum size (1048576) was exceeded.");
  const events = cloudEventsIn(body.toString("utf8"));
  if (!events) return refuse(400, "BadRequest", "This resource is configured to receive CloudEvents of version 1.0.");
  for (const event of events) options.publish(event);
  return { status: 200 };
}

function isAllowed({ headers }: IncomingMessage, { authenticate }: TopicOptions): boolean {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  return token !== undefined && authenticate(token)?.claims.aud === audience;
}

/** A batch, as the events that its subscribers get; nothing where one of them is no CloudEvent. */
function cloudEventsIn(text: string): EventGridEvent[] | undefined {
  const batch: unknown = parsed(text);
  if (!Array.isArray(batch)) return undefined;
  const events = batch.map(toEvent);
  return events.every((event) => event !== undefined) ? events : undefined;
}

function toEvent(value: unknown): EventGridEvent | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const event = new Map(Object.entries(value));
  const text = (name: string): string => {
    const attribute: unknown = event.get(name);
    return typeof attribute === "string" ? attribute : "";
  };
  const isWhole = ["id", "source", "type"].every((name) => text(name) !== "") && text("specversion") === "1.0";
  if (!isWhole) return undefined;
  return {
    id: text("id"),
    topic: text("source"),
    subject: text("subject"),
    eventType: text("type"),
    eventTime: text("time"),
    data: event.get("data"),
    dataVersion: "",
    metadataVersion: "1",
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function refuse(status: number, code: string, message: string): Answer {
  return { status, code, message };
}
