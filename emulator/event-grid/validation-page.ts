import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

/** A URL that proves consent by being opened. */
export interface ValidationPage {
  url: string;
  opened: Promise<void>;
  close(): void;
}

/** Serves the validation URL of one handshake, on a free port of 127.0.0.1, until it is closed. */
export async function openValidationPage(subscription: string): Promise<ValidationPage> {
  const path = `/eventsubscriptions/${encodeURIComponent(subscription)}/validate`;
  const id = randomUUID();
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://127.0.0.1");
    if (request.method !== "GET" || asked.pathname !== path || asked.searchParams.get("id") !== id) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end('"Webhook successfully validated"', open);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}${path}?id=${id}`,
    opened,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
