import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { answerAdminRequest } from "./admin.ts";
import { answerEventGridRequest, eventGridWebhookPath } from "./event-grid-trigger.ts";
import { send } from "./http-messages.ts";
import { answerHttpRequest, type HttpFunction } from "./http-trigger.ts";
import type { HostedFunction, Invoker } from "./invoker.ts";
import type { HostKeys } from "./keys.ts";
import type { Log } from "./log.ts";

export interface ServerOptions {
  port: number;
  routePrefix: string;
  functions: HostedFunction[];
  httpFunctions: HttpFunction[];
  keys: HostKeys;
  invoker: Invoker;
  log: Log;
}

export interface HostServer {
  url: string;
  /** Takes no more requests. Fulfilled when those in progress are answered. */
  stop(): Promise<void>;
  /** Ends what is still connected. */
  closeConnections(): void;
}

/** Listens on 127.0.0.1 for the functions' own routes, the Event Grid webhook and the admin routes. */
export async function startServer(options: ServerOptions): Promise<HostServer> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error) => {
      options.log({ level: "error", source: "host", message: `${request.method} ${request.url}: ${error}` });
      if (response.headersSent) response.destroy();
      else send(response, 500);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
    closeConnections: () => server.closeAllConnections(),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "127.0.0.1"}`);
  const pathname = url.pathname.toLowerCase();
  if (pathname === eventGridWebhookPath.toLowerCase()) {
    return await answerEventGridRequest(request, response, { url, ...options });
  }
  if (pathname.startsWith("/admin/")) return await answerAdminRequest(request, response, { url, ...options });
  const prefix = options.routePrefix === "" ? "/" : `/${options.routePrefix.toLowerCase()}/`;
  if (!pathname.startsWith(prefix)) return send(response, 404);
  const path = url.pathname.slice(prefix.length);
  await answerHttpRequest(request, response, { ...options, url, path, functions: options.httpFunctions });
}
