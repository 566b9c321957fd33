import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createEmptyPipeline } from "@azure/core-rest-pipeline";
import { afterEach, describe, expect, test } from "vitest";
import { CodedError } from "../../../shared/errors.ts";
import { createWire, type Wire } from "../../../shared/resources/wire.ts";

const path = "/subscriptions/1/resourceGroups/über(1)/providers/A.B/c/d";
const servers: Server[] = [];

interface Seen {
  method?: string | undefined;
  url?: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A wire to a server of its own on this machine. */
async function wireTo(answer: (response: ServerResponse) => void): Promise<{ wire: Wire; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy({
    name: "allowInsecure",
    sendRequest: (request, next) => next(Object.assign(request, { allowInsecureConnection: true })),
  });
  return { wire: createWire(pipeline, `http://127.0.0.1:${port}/`, "2025-06-01"), seen };
}

function json(status: number, body: unknown, headers: { [name: string]: string } = {}) {
  return (response: ServerResponse) => void response.writeHead(status, headers).end(JSON.stringify(body));
}

const noLimit = new AbortController().signal;
const options = { correlationId: "correlation-1", signal: noLimit };

describe("a read", () => {
  test("asks with the api-version, and keeps letters of other scripts", async () => {
    const { wire, seen } = await wireTo(json(200, { a: 1 }));

    const answer = await wire.get(path, noLimit, { $skipToken: "a b" });

    expect(answer).toEqual({ kind: "answer", status: 200, body: { a: 1 } });
    const url = new URL(seen[0]?.url ?? "", "http://localhost");
    expect(decodeURIComponent(url.pathname)).toBe(path);
    expect(Object.fromEntries(url.searchParams)).toEqual({ $skipToken: "a b", "api-version": "2025-06-01" });
  });

  test("has no secret in its answer", async () => {
    const { wire } = await wireTo(json(200, { properties: { sharedKey: "canary", list: [{ password: "canary" }] } }));

    expect(JSON.stringify(await wire.get(path, noLimit))).not.toContain("canary");
  });
});

describe("a write", () => {
  test.each(["patch", "put"] as const)("by %s sends the JSON as it is, and the correlation id", async (method) => {
    const { wire, seen } = await wireTo(json(201, { b: 2 }));

    const answer = await wire[method](path, { properties: { a: null } }, options);

    expect(answer).toEqual({ kind: "answer", status: 201, body: { b: 2 } });
    expect(seen).toMatchObject([
      {
        method: method.toUpperCase(),
        headers: { "content-type": "application/json", "x-ms-correlation-request-id": "correlation-1" },
        body: '{"properties":{"a":null}}',
      },
    ]);
  });

  test.each([429, 500, 503])("that is answered %i is not sent again", async (status) => {
    const { wire, seen } = await wireTo(json(status, { error: { code: "Busy", message: "" } }));

    await wire.patch(path, {}, options);

    expect(seen).toHaveLength(1);
  });
});

describe("an answer", () => {
  test.each<[string, (response: ServerResponse) => void, object]>([
    [
      "without a body",
      (response) => void response.writeHead(204).end(),
      { refusal: { kind: "later", own: "answer-unexpected" } },
    ],
    ["of a list", json(200, [1]), { refusal: { kind: "later", own: "answer-unexpected" } }],
    [
      "with a refusal",
      json(409, { error: { code: "ScopeLocked", message: "M" } }),
      { refusal: { kind: "blocked", code: "ScopeLocked" } },
    ],
    [
      "of HTML",
      (response) => void response.writeHead(503, { "content-type": "text/html" }).end("<html>busy</html>"),
      { refusal: { kind: "later", status: 503, code: "Http503" } },
    ],
    ["that names a wait", json(429, {}, { "retry-after": "17" }), { refusal: { kind: "later", waitSeconds: 17 } }],
    [
      "that names a moment in the past",
      json(429, {}, { "retry-after": "Mon, 23 Nov 2020 08:00:00 GMT" }),
      { refusal: { waitSeconds: 0 } },
    ],
    ["that names nonsense", json(429, {}, { "retry-after": "soon" }), { refusal: { kind: "later" } }],
    [
      "that never comes: a reset connection",
      (response) => void response.destroy(),
      { refusal: { kind: "later", own: "no-answer" } },
    ],
  ])("%s is a value", async (_which, answer, expected) => {
    const { wire } = await wireTo(answer);

    expect(await wire.get(path, noLimit)).toMatchObject(expected);
  });

  test("that does not come in time is a value", async () => {
    const limit = new AbortController();
    const { wire } = await wireTo(() => limit.abort());

    const answer = await wire.patch(path, {}, { correlationId: "1", signal: limit.signal });

    expect(answer).toMatchObject({
      refusal: { kind: "later", own: "no-answer", message: "No answer within the time limit." },
    });
  });

  test("that can't come since nobody listens is a value, and tells no more than a code", async () => {
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy({ name: "throws", sendRequest: () => Promise.reject(new TypeError("token canary")) });

    const answer = await createWire(pipeline, "https://localhost", "1").get(path, noLimit);

    expect(answer).toMatchObject({ refusal: { own: "no-answer", message: "No answer: TypeError." } });
  });

  test("that can't come since there is no token says that nothing was sent", async () => {
    const pipeline = createEmptyPipeline();
    const failure = Object.assign(new Error("token canary"), { name: "CredentialUnavailableError" });
    pipeline.addPolicy({ name: "throws", sendRequest: () => Promise.reject(failure) });

    const answer = await createWire(pipeline, "https://localhost", "1").patch(path, {}, options);

    expect(answer).toMatchObject({ refusal: { kind: "later", own: "credential-missing" }, unsent: true });
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("of a write whose time limit passed while it waited for its turn says that nothing was sent", async () => {
    const pipeline = createEmptyPipeline();
    const failure = new CodedError("turn-missed", "Too many writes went before it.");
    pipeline.addPolicy({ name: "throws", sendRequest: () => Promise.reject(failure) });

    const answer = await createWire(pipeline, "https://localhost", "1").patch(path, {}, options);

    expect(answer).toMatchObject({ refusal: { kind: "later", own: "turn-missed" }, unsent: true });
  });
});
