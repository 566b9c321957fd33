import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { healthSchema } from "../end-to-end/answers.ts";
import { eventually } from "../end-to-end/eventually.ts";
import { assignGuard } from "../end-to-end/guard-role.ts";
import {
  accountId,
  enforceAll,
  groupId,
  seedAccount,
  startWorld,
  type World,
  writeEvent,
} from "../end-to-end/world.ts";

/** The one group in scope; a `k` is in its name, which has look-alikes. */
const group = "docks";
const serviceId = "b0000000-0000-4000-8000-000000000001";
const weakTls = { minimumTlsVersion: "TLS1_0" };
const network = `${groupId(group)}/providers/Microsoft.Network`;

let world: World;
/** Somebody else's host. Whoever connects to it was lured there. */
let elsewhere: { server: Server; port: number; visits: number };

beforeAll(async () => {
  elsewhere = await listenElsewhere();
  world = await startWorld(
    { ...enforceAll, SCOPES: groupId(group) },
    { durationScale: 0, prepare: (arm) => assignGuard(arm, groupId(group), serviceId) },
  );
});
afterAll(async () => {
  elsewhere?.server.close();
  await world?.close();
});

afterEach(() => {
  expect(elsewhere.visits).toBe(0);
  expect(world.azure.functions.worker.restarts).toBe(0);
  const outside = world.azure.arm.requests
    .filter(({ caller }) => caller === serviceId)
    .filter(({ path }) => !path.toLowerCase().startsWith(groupId(group).toLowerCase()))
    // What is asked once before the first write, what a provider's api-versions are, and how an operation of its goes.
    .filter(
      ({ path }) =>
        !/\/providers\/Microsoft\.(ResourceGraph\/resources|Network|Network\/locations\/.*|Sql\/locations\/.*)$/.test(
          path,
        ),
    );
  expect(outside).toEqual([]);
});

describe("an event that is made to harm its reader", () => {
  test.each([
    ["is nested two thousand deep", () => withData(`{"nested":${nested(2_000)}}`)],
    ["is nested deep where claims are read", () => withData(`{"claims":{"oid":${nested(2_000)}}}`)],
    ["has a million characters of claims", () => withData(JSON.stringify({ claims: { name: "x".repeat(1_000_000) } }))],
    ["has a hundred thousand claims", () => withData(JSON.stringify({ claims: manyNames(100_000) }))],
    [
      "has a resource id of a million characters",
      () => withData(JSON.stringify({ resourceUri: `${id("x")}${"x".repeat(1_000_000)}` })),
    ],
    [
      "names properties that objects have by themselves",
      () => withData('{"__proto__":{"operationName":"x"},"constructor":null,"claims":{"__proto__":{"oid":"x"}}}'),
    ],
  ])("that %s is acknowledged, and the next one is read as ever", async (_, textOf) => {
    expect(await deliverText(textOf())).toBe(202);

    const account = seed(freshName(), weakTls);
    expect(await world.deliver(writeEvent(account))).toBe(202);
    await world.judged(account, "remediated");
  });

  test("is played back days later under new ids: it costs reads, and no write", async () => {
    const account = seed("replayed");
    const old = new Date(Date.now() - 5 * 86_400_000).toISOString();
    const replays = Array.from({ length: 20 }, () => writeEvent(account, { eventTime: old }));

    await Promise.all(replays.map((event) => world.deliver(event)));
    await world.quiet();

    expect(world.writes(account)).toEqual([]);
    expect(world.reads(account)).toBeLessThanOrEqual(replays.length);
  });

  test.each([
    ["a Cyrillic letter in the provider", () => id("ship").replace("Microsoft", "Micrоsoft")],
    ["a full-width letter in the account's name", () => id("ｓhip")],
    ["a right-to-left mark", () => id("ship\u202e")],
    ["a full-width slash", () => id("ship／..／..")],
    ["a fraction slash in the group", () => id("ship").replace(group, `${group}⁄..`)],
    ["a percent-encoded slash in the group", () => id("ship").replace(group, `${group}%2f..`)],
    ["a null character", () => id("ship\u0000")],
  ])("with an id that has %s never becomes a request", async (_, hostile) => {
    const asked = world.azure.arm.requests.length;
    const before = await unreadable();

    expect(await world.deliver(writeEvent(hostile()))).toBe(202);

    await eventually(async () => (await unreadable()) === before + 1, "the event to be kept");
    expect(world.azure.arm.requests).toHaveLength(asked);
  });
});

describe("a message that spoofs what the queue says of it", () => {
  test("is one like any other: its own properties decide, and it is not thrown away", async () => {
    const account = seed("spoofed", weakTls);
    const message = {
      version: 1,
      resourceId: account,
      cause: { via: "event", eventId: "forged", changedBy: serviceId },
      attempt: 0,
      dryRun: false,
      dequeueCount: 99,
      DequeueCount: 99,
      id: "forged",
      popReceipt: "forged",
      expirationTime: "1970-01-01T00:00:00Z",
      nextVisibleTime: "9999-12-31T00:00:00Z",
      queueTrigger: "{}",
    };

    await send(JSON.stringify(message));
    await world.judged(account, "remediated");

    await world.quiet();
    expect(world.azure.functions.statistics.poisoned).toBe(0);
  });

  test.each([
    ["attempts without end", { attempt: 1e308 }],
    ["a negative attempt", { attempt: -1 }],
    ["a cause that is a list", { cause: [] }],
    ["an id that is an object", { resourceId: { toString: "x" } }],
  ])("with %s is put aside with the reason, and leads to no request", async (_, forged) => {
    const asked = world.azure.arm.requests.length;
    const before = (await health()).poison.count;

    await send(
      JSON.stringify({
        version: 1,
        resourceId: id("aside"),
        cause: { via: "event" },
        attempt: 0,
        dryRun: false,
        ...forged,
      }),
    );

    await eventually(async () => (await health()).poison.count === before + 1, "the message to be put aside");
    expect(world.azure.arm.requests).toHaveLength(asked);
  });
});

describe("an answer that points elsewhere", () => {
  test.each([
    ["another host", () => `https://127.0.0.1:${elsewhere.port}/operations/1`],
    ["another port of the same host", () => `https://localhost:${elsewhere.port}/operations/1`],
    ["another host behind a name that looks right", () => `https://localhost@127.0.0.1:${elsewhere.port}/operations/1`],
    ["another host without a scheme", () => `//127.0.0.1:${elsewhere.port}/operations/1`],
    ["another host in plain text", () => `http://127.0.0.1:${elsewhere.port}/operations/1`],
    ["no URL at all", () => "javascript:alert(1)"],
  ])(
    "to follow an operation at %s is never followed there, and the database is encrypted all the same",
    async (name, url) => {
      const database = seedDatabase(`operation-at-${name.replaceAll(" ", "-")}`);
      lure(database, "PUT", { status: 202, body: {}, headers: { "azure-asyncoperation": url(), "retry-after": "1" } });

      await world.deliver(databaseEvent(database));
      await eventually(() => isEncrypted(database), "the database to be encrypted");
      await world.quiet();
    },
  );

  test.each([301, 302, 307, 308])("by a redirect with %i is not followed to another host", async (status) => {
    const account = seed(`redirect${status}`, weakTls);
    const headers = { location: `https://127.0.0.1:${elsewhere.port}${account}` };
    lure(account, "GET", { status, body: {}, headers });
    lure(account, "PATCH", { status, body: {}, headers });

    await world.deliver(writeEvent(account));
    await eventually(
      () => world.lines.some((line) => line.resourceId === account && line.message === "judged"),
      "a judgment",
    );
    await world.quiet();
  });

  test("for the next page of a list is not followed to another host", async () => {
    const connection = seedPair();
    const gateway = `${network}/virtualNetworkGateways/west`;
    lure(`${gateway}/connections`, "GET", {
      status: 200,
      body: { value: [], nextLink: `https://127.0.0.1:${elsewhere.port}${gateway}/connections?page=2` },
      headers: {},
    });

    await world.deliver(writeEvent(connection, { data: { operationName: "Microsoft.Network/connections/write" } }));
    await world.judged(connection, "remediated");
  });

  test.each(["-1", "1e99", "NaN", "Thu, 01 Jan 1970 00:00:00 GMT", "tomorrow"])(
    "or asks to wait %s is asked again in sensible time",
    async (retryAfter) => {
      const account = seed(`wait${retryAfter.replaceAll(/\W/g, "").toLowerCase().slice(0, 10)}`, weakTls);
      lure(account, "PATCH", { status: 429, body: {}, headers: { "retry-after": retryAfter } });

      await world.deliver(writeEvent(account));
      await world.judged(account, "retrying");
    },
  );
});

test.each([
  ["nested a hundred thousand deep", `{"resourceId":${nested(100_000)}}`],
  ["a million characters long", JSON.stringify({ resourceId: "x".repeat(1_000_000) })],
  ["with properties that objects have by themselves", '{"__proto__":{"resourceId":"x"},"resourceId":null}'],
])("a request for a re-check whose body is %s is refused with a code", async (_, body) => {
  const { status } = await world.post("/api/recheck", body);

  expect(status).toBe(400);
});

function id(name: string): string {
  return accountId(name, group);
}

function seed(name: string, properties = {}): string {
  return seedAccount(world, name, properties, {}, id(name));
}

/** The text of an event whose data is this JSON. */
function withData(data: string): string {
  const { data: _data, ...event } = writeEvent(id("hostile"));
  return `[${JSON.stringify(event).slice(0, -1)},"data":${data}}]`;
}

let names = 0;

function freshName(): string {
  names += 1;
  return `ship${names}`;
}

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

function manyNames(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`claim${index}`, "x"]));
}

async function deliverText(text: string): Promise<number> {
  const response = await fetch(world.azure.functions.eventGridUrl("resource-changed"), {
    method: "POST",
    headers: { "content-type": "application/json", "aeg-event-type": "Notification" },
    body: text,
  });
  return response.status;
}

async function send(text: string): Promise<void> {
  await world.queues.getQueueClient("changes").sendMessage(Buffer.from(text, "utf8").toString("base64"));
}

async function health() {
  return healthSchema.parse((await world.get("/api/health")).body);
}

async function unreadable(): Promise<number> {
  return (await health()).unreadable.count;
}

/** The next answer to such a request says something else than it should; what was asked is done all the same. */
function lure(
  path: string,
  wanted: string,
  answer: { status: number; body: { [name: string]: string | [] }; headers: Record<string, string> },
): void {
  world.azure.arm.failNext((request) =>
    request.method === wanted && request.path.toLowerCase().startsWith(path.toLowerCase())
      ? { kind: "answer", when: "after", ...answer }
      : undefined,
  );
}

function seedDatabase(name: string): string {
  const server = `${groupId(group)}/providers/Microsoft.Sql/servers/${name}`;
  world.azure.arm.seed(server, { location: "westeurope" });
  const database = `${server}/databases/cabins`;
  world.azure.arm.seed(database, { location: "westeurope" });
  world.azure.arm.seed(`${database}/transparentDataEncryption/current`, { properties: { state: "Disabled" } });
  return database;
}

function databaseEvent(database: string) {
  return writeEvent(database, { data: { operationName: "Microsoft.Sql/servers/databases/write" } });
}

function isEncrypted(database: string): boolean {
  return JSON.stringify(world.stored(`${database}/transparentDataEncryption/Current`)).includes("Enabled");
}

/** A connection between two gateways, and the one that comes back, both without a policy of their own. */
function seedPair(): string {
  const { arm } = world.azure;
  const [east, west] = ["east", "west"].map((side) => ({ id: `${network}/virtualNetworkGateways/${side}` }));
  if (!east || !west) throw new Error("A pair needs two gateways");
  for (const gateway of [east, west]) arm.seed(gateway.id, {});
  const common = { connectionType: "Vnet2Vnet", sharedKey: "of no use to anybody", ipsecPolicies: [] };
  const ends = { virtualNetworkGateway1: east, virtualNetworkGateway2: west };
  arm.seed(`${network}/connections/out`, { properties: { ...common, ...ends } });
  const back = { virtualNetworkGateway1: west, virtualNetworkGateway2: east };
  arm.seed(`${network}/connections/back`, { properties: { ...common, ...back } });
  return `${network}/connections/out`;
}

async function listenElsewhere(): Promise<{ server: Server; port: number; visits: number }> {
  const server = createServer((socket) => {
    elsewhere.visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { server, port: typeof address === "object" && address ? address.port : 0, visits: 0 };
}
