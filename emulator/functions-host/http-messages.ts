import type { IncomingMessage, ServerResponse } from "node:http";

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Answers with a status, and with a text or, for an object, JSON. */
export function send(response: ServerResponse, status: number, body?: string | object): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const contentType = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
  response.writeHead(status, { "content-type": contentType });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
