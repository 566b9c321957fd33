import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { HostLogEntry } from "../../emulator/functions-host/index.ts";
import { type LocalAzure, startLocalAzure } from "../../emulator/local-azure.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "local-azure-"));
  await writeFile(path.join(directory, "package.json"), '{"type":"module","main":"index.mjs"}');
  await writeFile(path.join(directory, "host.json"), '{"version":"2.0"}');
  await writeFile(
    path.join(directory, "index.mjs"),
    `import { app } from ${JSON.stringify(import.meta.resolve("@azure/functions"))};
     app.eventGrid("resource-changed", {
       handler: (event, context) => context.info("told of " + event.subject + " in scopes " + process.env.SCOPES),
     });`,
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("tells the function app of a change that a person makes, and ends with nothing left", async () => {
  const log: HostLogEntry[] = [];
  const local = await startLocalAzure({ packageDirectory: directory, directory, log: (entry) => log.push(entry) });
  try {
    const { SUBSCRIPTION_ID } = local.environment;
    const group = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/guests`;

    const status = await put(local, `${group}?api-version=2021-04-01`, { location: "westeurope" });

    expect(status).toBe(201);
    await vi.waitUntil(() => log.some(({ message }) => /told of .*\/guests/i.test(message)), { timeout: 5_000 });
    expect(log.find(({ message }) => message.includes("told of"))?.message).toContain(
      `in scopes /subscriptions/${SUBSCRIPTION_ID},`,
    );
    // The function logs before Event Grid has its answer.
    await local.eventGrid.idle();
    expect(local.eventGrid.statistics).toMatchObject({ published: 1, delivered: 1, pending: 0 });
  } finally {
    await local.close();
  }

  await local.close();
  expect(() => process.kill(local.azurite.processId, 0)).toThrow(/ESRCH/);
  await expect(fetch(local.functions.url)).rejects.toThrow();
  await expect(put(local, "/", {})).rejects.toThrow(/ECONNREFUSED/);
});

test("ends what it started when a later part can't start", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const blob = await freePort();
  try {
    const ports = { functions: portOf(taken.address()), blob };

    await expect(startLocalAzure({ packageDirectory: directory, directory, ports })).rejects.toThrow(/EADDRINUSE/);
    await expect(fetch(`http://127.0.0.1:${blob}/`)).rejects.toThrow();
  } finally {
    taken.close();
  }
});

test("says what to do when the app was not built", async () => {
  const packageDirectory = path.join(directory, "none");

  await expect(startLocalAzure({ packageDirectory, directory })).rejects.toThrow(/npm run build/);
});

/** A request as a shell makes it: trusts the written certificate, and speaks for the person of the token. */
async function put({ environment }: LocalAzure, pathAndQuery: string, body: object): Promise<number | undefined> {
  const outgoing = request(`${environment.ARM_ENDPOINT}${pathAndQuery}`, {
    method: "PUT",
    ca: await readFile(environment.CA_CERT ?? ""),
    headers: { authorization: `Bearer ${environment.ACCESS_TOKEN}`, "content-type": "application/json" },
    agent: false,
  });
  return await new Promise((resolve, reject) => {
    outgoing.on("error", reject).on("response", (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.end(JSON.stringify(body));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server.address());
  server.close();
  await once(server, "close");
  return port;
}

function portOf(address: string | object | null): number {
  return typeof address === "object" && address !== null && "port" in address ? Number(address.port) : 0;
}
