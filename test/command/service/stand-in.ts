import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** What a service holds, as far as its answers show it. */
export interface StandIn {
  url: string;
  /** Headers and bodies of what was asked, by method and path. */
  asked: { [route: string]: { headers: IncomingMessage["headers"]; body: unknown } };
}

/** An answer: its status and JSON, or a text that is none. */
export interface StandInAnswer {
  status: number;
  body: object | string;
}

/** A service on localhost that answers as it is told, by method and path; 404 without a body, as the Functions host, for all else. */
export async function startStandIn(
  answer: (route: string, body: unknown) => StandInAnswer | undefined,
): Promise<StandIn> {
  const asked: StandIn["asked"] = {};
  const server = createServer(async (request, response) => {
    const given = await text(request);
    const body: unknown = given === "" ? undefined : JSON.parse(given);
    const route = `${request.method} ${request.url}`;
    asked[route] = { headers: request.headers, body };
    const { status, body: told } = answer(route, body) ?? { status: 404, body: "" };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof told === "string" ? told : JSON.stringify(told));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, asked };
}

/** A refusal in the service's own shape. */
export function refusal(status: number, code: string, message: string, details: object[] = []): StandInAnswer {
  return { status, body: { error: { code, message, details } } };
}
