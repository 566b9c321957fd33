import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** A notification as it came in: CloudEvents 1.0. */
export interface ReceivedNotification {
  id: string;
  type: string;
  source: string;
  subject: string;
  time: string;
  data: { summary: string; [name: string]: unknown };
}

/** A webhook that keeps what it is told. */
export interface Receiver {
  /** Where it takes notifications, and shows those of before to a GET. */
  url: string;
  /** The oldest first; one that came twice stands twice. */
  received: readonly ReceivedNotification[];
  /** While it is set, it answers 503. */
  isDown: boolean;
  close(): Promise<void>;
}

/**
 * Starts a webhook for CloudEvents as somebody would write it who wants to be told: it consents to the handshake, takes what comes, and
 * shows it (`GET /`).
 * @param told of each notification.
 */
export async function startReceiver(told: (notification: ReceivedNotification) => void): Promise<Receiver> {
  const received: ReceivedNotification[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (receiver.isDown) return end(response, 503, "");
    if (request.method === "GET") return end(response, 200, JSON.stringify(received, undefined, 2));
    if (request.method === "OPTIONS") {
      // The handshake (CloudEvents' "HTTP 1.1 Web Hooks for Event Delivery", section 4).
      response.setHeader("webhook-allowed-origin", `${request.headers["webhook-request-origin"]}`);
      response.setHeader("webhook-allowed-rate", "120");
      return end(response, 200, "");
    }
    const notification: unknown = JSON.parse(await textOf(request));
    if (!isNotification(notification)) return end(response, 400, "");
    received.push(notification);
    told(notification);
    end(response, 200, "");
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const receiver: Receiver = {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`,
    received,
    isDown: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function isNotification(value: unknown): value is ReceivedNotification {
  if (typeof value !== "object" || value === null || !("data" in value)) return false;
  const { data } = value;
  return "type" in value && typeof data === "object" && data !== null && "summary" in data;
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
