import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import type { Caller } from "../../../shared/access/caller.ts";
import { mostTries } from "../../../shared/doors/last-try.ts";
import { resourceHash } from "../../../shared/resources/resource-id.ts";
import { openTable } from "../../../shared/state/table.ts";
import type { Operations } from "../../../shared/sweep/operations.ts";
import { useAzurite } from "../../support/azurite.ts";
import { engineer } from "../../support/engine-world.ts";
import { resourceId } from "../../support/things.ts";

const azurite = useAzurite();
const subscription = "/subscriptions/11111111-1111-4111-8111-111111111111";
const account = `${subscription}/resourceGroups/cruises/providers/Microsoft.Storage/storageAccounts/passengers`;
/** Who may ask for re-checks. */
const operator: Caller = { kind: "function key", roles: new Set(["Operator"]) };
const noCredential = { IDENTITY_ENDPOINT: undefined };

/** The lines that an invocation logged. */
function logger() {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { lines, info: write, warn: write, error: write };
}

/** The doors of a process of its own, with these app settings. */
async function doors(environment: { [name: string]: string | undefined } = {}) {
  vi.resetModules();
  vi.unstubAllEnvs();
  const settings = {
    AzureWebJobsStorage: azurite.connectionString(),
    SCOPES: subscription,
    ...noCredential,
    ...environment,
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const [event, change, recheck, remediations, health, service] = await Promise.all([
    import("../../../shared/doors/take-event.ts"),
    import("../../../shared/doors/handle-change.ts"),
    import("../../../shared/doors/recheck.ts"),
    import("../../../shared/doors/remediations.ts"),
    import("../../../shared/doors/health.ts"),
    import("../../../shared/service/service.ts"),
  ]);
  return { ...event, ...change, ...recheck, ...remediations, ...health, storage: service.storage };
}

function event(data: object = {}): object {
  return {
    id: "event-1",
    eventType: "Microsoft.Resources.ResourceWriteSuccess",
    eventTime: "2026-11-23T08:00:00Z",
    data: {
      resourceUri: account,
      operationName: "Microsoft.Storage/storageAccounts/write",
      claims: { oid: engineer, name: "canary" },
      ...data,
    },
  };
}

beforeEach(async () => {
  const { queue } = azurite.clients();
  for (const name of ["changes", "changes-poison", "unreadable"]) {
    await queue(name).createIfNotExists();
    await queue(name).clearMessages();
  }
});

describe("a request", () => {
  test.each<[string, string, string]>([
    ["no JSON", "{", ""],
    ["nothing", "{}", "subscriptionId"],
    ["a resource id of a wrong type", '{ "resourceId": 7 }', "resourceId"],
    ["an unknown property", `{ "resourceId": "${account}", "force": true }`, ""],
    ["a subscription that is no GUID", '{ "subscriptionId": "mine" }', "subscriptionId"],
    [
      "a group with a slash",
      `{ "subscriptionId": "${subscription.slice(15)}", "resourceGroup": "a/b" }`,
      "resourceGroup",
    ],
    ["a dry run that is no boolean", `{ "resourceId": "${account}", "dryRun": "yes" }`, "dryRun"],
  ])("for a re-check with %s is answered 400, with what is wrong where", async (_what, body, target) => {
    const { recheck } = await doors();

    const answer = await recheck(body, operator, logger());

    expect(answer).toMatchObject({ status: 400, jsonBody: { error: { code: "body-invalid" } } });
    expect(answer.jsonBody).toMatchObject({
      error: { details: expect.arrayContaining([expect.objectContaining({ target })]) },
    });
  });

  test.each([
    [`https://evil.example${account}`, 400, "resource-id-invalid"],
    [account.replace("Storage/storageAccounts", "Compute/virtualMachines"), 400, "resource-type-unknown"],
    [account.replace("11111111", "22222222"), 403, "out-of-scope"],
  ])("for a re-check of %s is answered %i %s", async (resourceId, status, code) => {
    const { recheck } = await doors();

    const answer = await recheck(JSON.stringify({ resourceId }), operator, logger());

    expect(answer).toMatchObject({ status, jsonBody: { error: { code } } });
  });

  test.each([
    ["outcome=good", "outcome"],
    ["top=0", "top"],
    ["top=many", "top"],
    ["from=yesterday", "from"],
    ["resourceId=/x", "resourceId"],
    ["sort=up", ""],
  ])("for remediations with %s is answered 400, with the parameter", async (query, target) => {
    const { listRemediations } = await doors();

    const answer = await listRemediations(new URLSearchParams(query), logger());

    expect(answer).toMatchObject({
      status: 400,
      jsonBody: { error: { code: "query-invalid", details: [{ target }] } },
    });
  });

  test("for remediations may carry the function key, and gives an empty list where there are none", async () => {
    const { listRemediations } = await doors();

    expect(await listRemediations(new URLSearchParams("code=key"), logger())).toEqual({
      status: 200,
      jsonBody: { remediations: [] },
    });
  });

  test("for what is not there is answered 404", async () => {
    const { readRemediation, recheckOperation } = await doors();

    expect(await readRemediation("1763884800000-00000000", logger())).toMatchObject({ status: 404 });
    expect(await recheckOperation("x' or '1'='1", logger())).toMatchObject({ status: 404 });
  });

  test("is answered 503 by every route while a setting is wrong: which, its value, what is allowed", async () => {
    const { recheck, listRemediations, readRemediation, recheckOperation } = await doors({ WRITES_PER_HOUR: "lots" });

    const answers = [
      await recheck(JSON.stringify({ resourceId: account }), operator, logger()),
      await listRemediations(new URLSearchParams(), logger()),
      await readRemediation("1", logger()),
      await recheckOperation("1", logger()),
    ];

    for (const answer of answers) {
      const details = [{ target: "WRITES_PER_HOUR", message: expect.stringMatching(/"lots".*1 to 1200/) }];
      expect(answer).toMatchObject({ status: 503, jsonBody: { error: { code: "configuration-invalid", details } } });
    }
  });

  test("for health tells modes, queues and switch; with a wrong setting 503 and the problem", async () => {
    const healthy = await (await doors()).health(logger());
    const wrong = await (await doors({ MODE_DEFAULT: "x" })).health(logger());

    expect(healthy).toMatchObject({
      status: 200,
      jsonBody: {
        status: "healthy",
        modes: { "storage/minimum-tls": "audit" },
        queues: { changes: 0 },
        writesStopped: false,
      },
    });
    expect(wrong).toMatchObject({
      status: 503,
      jsonBody: { status: "configuration-invalid", problems: [{ setting: "MODE_DEFAULT", value: "x" }] },
    });
  });
});

test("health tells which subscriptions the last sweep found not connected, and nothing before one looked", async () => {
  const { health, storage } = await doors();
  const connections = {
    at: "2026-11-23T08:00:00.000Z",
    notConnected: { count: 1, subscriptions: ["00000000-0000-4000-8000-00000000000b"] },
    unknown: { count: 0, subscriptions: [] },
  };
  const before = await health(logger());
  await storage().control.keepConnections(JSON.stringify(connections));

  expect(before).toMatchObject({ status: 200 });
  expect(before.jsonBody).not.toHaveProperty("connections");
  expect(await health(logger())).toMatchObject({ status: 200, jsonBody: { status: "healthy", connections } });
});

describe("an event that comes in", () => {
  test("becomes a change on the queue, with the object id as the only thing about a person", async () => {
    const { takeEvent, storage } = await doors();
    const log = logger();

    await takeEvent(event(), log);

    const { messages } = await storage().changes.peek(8);
    expect(messages.map((message) => JSON.parse(message))).toMatchObject([
      { version: 1, resourceId: account, cause: { changedBy: engineer }, attempt: 0 },
    ]);
    expect([...messages, ...log.lines].join()).not.toContain("canary");
  });

  test("is kept also while a setting is wrong", async () => {
    const { takeEvent, handleChange, storage } = await doors({ MODE_DEFAULT: "x" });

    await takeEvent(event(), logger());
    const [message = ""] = (await storage().changes.peek(1)).messages;
    await handleChange(JSON.parse(message), logger());

    expect((await storage().changes.peek(8)).count).toBe(2);
  });

  test.each<[string, object]>([
    ["huge", event({ resourceUri: "x", operationName: "y".repeat(900_000) })],
    ["full of quotes", { a: '"'.repeat(60_000) }],
    ["in another script", { a: "東".repeat(60_000) }],
    ["of a type with a huge name", { ...event(), eventType: "z".repeat(200_000) }],
    ["nested very deep", { a: JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`) }],
  ])("and is unreadable and %s is kept with the reason, and not thrown back", async (_what, given) => {
    const { takeEvent, storage } = await doors();

    await takeEvent(given, logger());

    const { messages } = await storage().unreadable.peek(8);
    expect(messages.map((message) => JSON.parse(message))).toEqual([
      { reason: expect.any(String), event: expect.any(String) },
    ]);
  });

  test("and lies out of scope is counted", async () => {
    const { takeEvent, storage } = await doors();
    const before = (await storage().control.counters())["out-of-scope"] ?? 0;

    await takeEvent(event({ resourceUri: account.replace("11111111", "22222222") }), logger());

    expect((await storage().control.counters())["out-of-scope"]).toBe(before + 1);
    expect((await storage().changes.peek(8)).count).toBe(0);
  });

  test("and can't be kept is thrown back with event-not-kept", async () => {
    const { takeEvent } = await doors({ AzureWebJobsStorage: undefined });

    await expect(takeEvent(event(), logger())).rejects.toMatchObject({ code: "event-not-kept" });
  });
});

describe("a re-check operation", () => {
  const asked = (operationId: string) => ({
    version: 1,
    resourceId: account,
    cause: { via: "recheck", operationId },
    attempt: 0,
    dryRun: false,
  });

  /** Something that nobody foresaw: a lease that can't be read. */
  async function spoilLease(): Promise<void> {
    const table = openTable(azurite.clients().table, "leases");
    await table.upsert(resourceHash(resourceId(account)), "lease", {
      owner: "a",
      expiresAt: "2026-11-23T08:00:00Z",
      pending: "no JSON",
    });
  }

  test.each([
    { tries: 1, status: "running", outcome: "waiting" },
    { tries: mostTries, status: "succeeded", outcome: "failed" },
  ])(
    "of a message that fails for the $tries. time is $status, its resource $outcome",
    async ({ tries, status, outcome }) => {
      const { handleChange, storage } = await doors();
      await spoilLease();
      const operationId = `failing-${tries}`;
      await begin(storage().operations, operationId);

      const invocation = { ...logger(), triggerMetadata: { dequeueCount: tries } };
      await expect(handleChange(asked(operationId), invocation)).rejects.toThrow("JSON");

      expect(await storage().operations.read(operationId)).toMatchObject({ status, resources: [{ outcome }] });
      await openTable(azurite.clients().table, "leases").remove(resourceHash(resourceId(account)), "lease", "*");
    },
  );

  test("does not wait for a resource that is out of scope by now", async () => {
    const { handleChange, storage } = await doors({ SCOPES: `${subscription}/resourceGroups/ports` });
    await begin(storage().operations, "out-of-scope");

    await handleChange(asked("out-of-scope"), logger());

    expect(await storage().operations.read("out-of-scope")).toMatchObject({
      status: "succeeded",
      outcomes: { failed: 1 },
    });
  });

  async function begin(operations: Operations, operationId: string): Promise<void> {
    await operations.begin({ operationId, scope: account, dryRun: false, listings: [] });
    await operations.found(operationId, resourceId(account));
  }

  test("knows how often the host tries", () => {
    const host = z.object({ extensions: z.object({ queues: z.object({ maxDequeueCount: z.number() }) }) });

    expect(host.parse(JSON.parse(readFileSync("host.json", "utf8"))).extensions.queues.maxDequeueCount).toBe(mostTries);
  });
});

describe("a message", () => {
  test.each<[string, unknown]>([
    ["of another shape", { hello: "world" }],
    ["that is no object", "text"],
    ["whose id is none", { version: 1, resourceId: "/x", cause: { via: "event" }, attempt: 0, dryRun: false }],
    [
      "of a type without baselines",
      {
        version: 1,
        resourceId: account.replace("Storage/storageAccounts", "A/b"),
        cause: { via: "event" },
        attempt: 0,
        dryRun: false,
      },
    ],
  ])("%s goes to the poison queue with the reason", async (_what, message) => {
    const { handleChange, storage } = await doors();

    await handleChange(message, logger());

    const { messages } = await storage().poison.peek(8);
    expect(messages.map((each) => JSON.parse(each))).toMatchObject([
      { code: "message-unreadable", reason: expect.any(String) },
    ]);
  });
});
