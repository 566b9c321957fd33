import { createServer, type IncomingMessage, type Server } from "node:http";
import { createEmptyPipeline } from "@azure/core-rest-pipeline";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../shared/json.ts";
import { sqlDatabases } from "../../../shared/resources/sql-databases.ts";
import { resourceId } from "../../support/things.ts";

const id = resourceId(
  "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/cruises/providers/Microsoft.Sql/servers/guests/databases/bookings",
);
const tde = "/transparentDataEncryption/current";
const now = new Date("2026-05-01T12:00:00Z");
const signal = new AbortController().signal;
const options = { correlationId: "correlation-1", signal };
const turnOn = { part: "transparentDataEncryption", patch: { properties: { state: "Enabled" } } };
const known = { id: id.text, body: {}, parts: {} };
const unread = { compliantAt: undefined };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Answer {
  status?: number;
  headers?: { [name: string]: string };
  body?: JsonObject;
}

/** A server of its own on this machine that answers by method and path below the database. */
async function served(answers: { [request: string]: Answer }, random = 0) {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const path = new URL(request.url ?? "", "http://localhost").pathname.replace(id.text, "");
    requests.push(`${request.method} ${path}`);
    const { status = 200, headers = {}, body = {} } = answers[`${request.method} ${path}`] ?? { status: 500 };
    request.resume().on("end", () => response.writeHead(status, headers).end(JSON.stringify(body)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy({
    name: "allowInsecure",
    sendRequest: (request, next) => next(Object.assign(request, { allowInsecureConnection: true })),
  });
  const access = { endpoint, apiVersion: "2021-11-01", pipelineFor: async () => pipeline };
  return { type: sqlDatabases({ ...access, now: () => now, random: () => random }), requests, endpoint };
}

function database(status: string): Answer {
  return { body: { properties: { status } } };
}

function encryption(state: string): Answer {
  return { body: { name: "Current", properties: { state } } };
}

function refused(status: number, code: string): Answer {
  return { status, body: { error: { code, message: "No." } } };
}

describe("a database", () => {
  test("costs one read on an event: that of its encryption", async () => {
    const { type, requests } = await served({ [`GET ${tde}`]: encryption("Disabled") });

    const read = await type.read(id, "event", signal, unread);

    expect(read).toMatchObject({
      kind: "read",
      settled: true,
      resource: { body: {}, parts: { transparentDataEncryption: { properties: { state: "Disabled" } } } },
    });
    expect(requests).toEqual([`GET ${tde}`]);
  });

  test.each(["sweep", "recheck"] as const)("is read before its encryption in a %s", async (occasion) => {
    const { type, requests } = await served({ "GET ": database("Online"), [`GET ${tde}`]: encryption("Enabled") });

    const read = await type.read(id, occasion, signal, unread);

    expect(read).toMatchObject({
      kind: "read",
      resource: { parts: { database: { properties: { status: "Online" } } } },
    });
    expect(requests).toEqual(["GET ", `GET ${tde}`]);
  });

  test.each(["Paused", "Pausing"])("that is %s is not woken by a sweep", async (status) => {
    const { type, requests } = await served({ "GET ": database(status) });

    expect(await type.read(id, "sweep", signal, unread)).toMatchObject({ kind: "skipped", outcome: "skipped-paused" });
    expect(requests).toEqual(["GET "]);
  });

  test.each([
    { hours: 23, requested: ["GET "], kind: "skipped" },
    { hours: 24, requested: ["GET ", `GET ${tde}`], kind: "read" },
  ])("seen encrypted $hours h ago is $kind in a sweep", async ({ hours, requested, kind }) => {
    const { type, requests } = await served({ "GET ": database("Online"), [`GET ${tde}`]: encryption("Enabled") });
    const compliantAt = new Date(now.getTime() - hours * 3_600_000);

    expect(await type.read(id, "sweep", signal, { compliantAt })).toMatchObject({ kind });
    expect(requests).toEqual(requested);
  });

  test("seen encrypted a minute ago is read all the same on an event", async () => {
    const { type } = await served({ [`GET ${tde}`]: encryption("Disabled") });

    const read = await type.read(id, "event", signal, { compliantAt: new Date(now.getTime() - 60_000) });

    expect(read).toMatchObject({ kind: "read" });
  });

  test("that is gone is refused as gone", async () => {
    const { type } = await served({ [`GET ${tde}`]: refused(404, "ResourceNotFound") });

    expect(await type.read(id, "event", signal, unread)).toMatchObject({ kind: "refused", refusal: { kind: "gone" } });
  });

  test.each<{ body: JsonObject }>([{ body: { properties: { status: "Enabled" } } }, { body: { page: "proxy" } }])(
    "whose answer holds no state ($body) is not judged by it",
    async ({ body }) => {
      const { type } = await served({ [`GET ${tde}`]: { body } });

      expect(await type.read(id, "event", signal, unread)).toMatchObject({ refusal: { own: "answer-unexpected" } });
    },
  );
});

describe("its parts", () => {
  test("are the database, its encryption and the links of its replication", async () => {
    const link = { properties: { role: "Primary" } };
    const { type } = await served({
      "GET ": database("Online"),
      [`GET ${tde}`]: encryption("Enabled"),
      "GET /replicationLinks": { body: { value: [link] } },
    });
    const names = ["database", "transparentDataEncryption", "replicationLinks"];

    expect(await type.readParts(id, names, signal, known)).toMatchObject({
      kind: "read",
      parts: {
        database: { properties: { status: "Online" } },
        transparentDataEncryption: { properties: { state: "Enabled" } },
        replicationLinks: [link],
      },
    });
  });

  test("are refused with the first that is", async () => {
    const { type } = await served({ "GET /replicationLinks": refused(403, "AuthorizationFailed") });

    expect(await type.readParts(id, ["replicationLinks"], signal, known)).toMatchObject({
      refusal: { kind: "blocked" },
    });
  });

  test("have no other names", async () => {
    const { type } = await served({});

    await expect(type.readParts(id, ["tables"], signal, known)).rejects.toThrow("no part tables");
  });
});

describe("its encryption", () => {
  test("is turned on by one PUT, and Azure's word on when to look again is kept", async () => {
    const headers = { "azure-asyncoperation": "https://localhost/operation", "retry-after": "15" };
    const { type, requests } = await served({ [`PUT ${tde}`]: { status: 202, headers } });

    expect(await type.write(id, turnOn, options, known)).toEqual({
      kind: "started",
      lookAgainSeconds: 15,
      operation: "https://localhost/operation",
    });
    expect(requests).toEqual([`PUT ${tde}`]);
  });

  test("is looked at again after 30 s where Azure says nothing of it", async () => {
    const { type } = await served({ [`PUT ${tde}`]: { status: 202 } });

    expect(await type.write(id, turnOn, options, known)).toEqual({ kind: "started", lookAgainSeconds: 30 });
  });

  test("is on at once where Azure says so", async () => {
    const { type } = await served({ [`PUT ${tde}`]: encryption("Enabled") });

    expect(await type.write(id, turnOn, options, known)).toEqual({ kind: "done" });
  });

  test.each([
    [409, "EncryptionInProgress"],
    [409, "KeyChangeInProgress"],
    [409, "NeedsLogBackup"],
    [409, "NoBulkOperationLock"],
    [409, "AltStateConflict"],
    [409, "AzureKeyVaultKeyNameNotFound"],
    [503, "NoDekLock"],
    [503, "AzureKeyVaultConnectionFailed"],
    [503, "AzureKeyVaultGenericConnectionError"],
  ])("refused with %s %s is taken up after 5 to 15 minutes", async (status, code) => {
    const soonest = await (await served({ [`PUT ${tde}`]: refused(status, code) }, 0)).type.write(
      id,
      turnOn,
      options,
      known,
    );
    const latest = await (await served({ [`PUT ${tde}`]: refused(status, code) }, 1)).type.write(
      id,
      turnOn,
      options,
      known,
    );

    expect(soonest).toMatchObject({ refusal: { kind: "later", status, code, waitSeconds: 300 } });
    expect(latest).toMatchObject({ refusal: { kind: "later", status, code, waitSeconds: 840 } });
  });

  test.each(["AttemptedEncryptionOnSystemDatabase", "ReadOnly", "CanNotDropAlterOnMirror", "AzureKeyVaultKeyDisabled"])(
    "refused with 400 %s is not tried again",
    async (code) => {
      const { type } = await served({ [`PUT ${tde}`]: refused(400, code) });

      expect(await type.write(id, turnOn, options, known)).toMatchObject({ refusal: { kind: "invalid", code } });
    },
  );

  test("of a paused pool waits for a person to resume it", async () => {
    const { type } = await served({ [`PUT ${tde}`]: refused(400, "UpdateNotAllowedOnPausedDatabase") });

    expect(await type.write(id, turnOn, options, known)).toMatchObject({
      refusal: { kind: "blocked", advice: expect.stringContaining("resumes it") },
    });
  });
});

describe("an operation", () => {
  test.each([
    ["InProgress", "running"],
    ["Succeeded", "ended"],
  ])("that is %s is %s", async (status, kind) => {
    const { type, endpoint } = await served({ "GET /operations/1": { body: { status } } });

    expect(await type.readOperation?.(id, `${endpoint}/operations/1`, signal)).toMatchObject({ kind });
  });

  test("that failed for now is taken up later, as a refusal would be", async () => {
    const body = { status: "Failed", error: { code: "NoDekLock", message: "Try again later." } };
    const { type, endpoint } = await served({ "GET /operations/1": { body } });

    expect(await type.readOperation?.(id, `${endpoint}/operations/1`, signal)).toMatchObject({
      kind: "failed",
      refusal: { kind: "later", code: "NoDekLock", waitSeconds: 300 },
    });
  });

  test("of another host is never asked", async () => {
    const { type, requests } = await served({});

    const status = await type.readOperation?.(id, "https://evil.example/operations/1", signal);

    expect(status).toMatchObject({ kind: "failed", refusal: { own: "operation-foreign" } });
    expect(requests).toEqual([]);
  });
});
