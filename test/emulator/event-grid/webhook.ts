import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";

/** A request that a webhook got. */
export interface ReceivedRequest {
  method: string;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What a webhook answers; `undefined` for no answer at all. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A webhook on localhost that tells what it got. */
export interface TestWebhook {
  url: string;
  /** Notifications, in the order in which they came. */
  notifications: ReceivedRequest[];
  /** Handshakes of either schema. */
  handshakes: ReceivedRequest[];
  /** Answers notifications; 200 until a test says otherwise. */
  answer: (request: ReceivedRequest, index: number) => Answer | undefined;
  /** Answers handshakes; consents until a test says otherwise. */
  answerHandshake: (request: ReceivedRequest) => Answer | undefined;
  /** The ids of the events that the notifications told of. */
  eventIds(): string[];
  close(): Promise<void>;
}

export async function startTestWebhook(): Promise<TestWebhook> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const received = {
      method: request.method ?? "",
      headers: request.headers,
      text: Buffer.concat(chunks).toString("utf8"),
    };
    const isNotification = received.headers["aeg-event-type"] === "Notification";
    const list = isNotification ? webhook.notifications : webhook.handshakes;
    list.push(received);
    const answer = isNotification ? webhook.answer(received, list.length - 1) : webhook.answerHandshake(received);
    if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const webhook: TestWebhook = {
    url: `http://127.0.0.1:${port}/runtime/webhooks/EventGrid?functionName=resource-changed&code=key`,
    notifications: [],
    handshakes: [],
    answer: () => ({ status: 200 }),
    answerHandshake: consent,
    eventIds: () => webhook.notifications.map(eventId),
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
  return webhook;
}

/** What an endpoint answers that wants the events. */
export function consent(request: ReceivedRequest): Answer {
  if (request.method === "OPTIONS") {
    return { status: 200, headers: { "webhook-allowed-origin": `${request.headers["webhook-request-origin"]}` } };
  }
  return { status: 200, body: JSON.stringify({ validationResponse: validationData(request).validationCode }) };
}

/** The code and URL that a handshake of the Event Grid schema offers. */
export function validationData(request: ReceivedRequest): { validationCode: string; validationUrl: string } {
  const [event]: { data: { validationCode: string; validationUrl: string } }[] = JSON.parse(request.text);
  if (!event) throw new Error("a handshake without an event");
  return event.data;
}

function eventId(request: ReceivedRequest): string {
  const body: { id: string } | { id: string }[] = JSON.parse(request.text);
  const event = Array.isArray(body) ? body[0] : body;
  return event?.id ?? "";
}
