import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import {
  acceptedSchema,
  accountOutcomes,
  errorSchema,
  healthSchema,
  operationSchema,
  recheckedSchema,
  remediationSchema,
  remediationsSchema,
  standings,
} from "./answers.ts";
import { eventually } from "./eventually.ts";
import {
  accountId,
  enforceAll,
  foreignSubscriptionId,
  group,
  groupId,
  readOnlyGroup,
  seedAccount,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

let world: World;

const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld({
    ...enforceAll,
    SCOPES: `/subscriptions/${subscriptionId}/resourceGroups/${group}, ${groupId(readOnlyGroup)}`,
  });
});
afterAll(() => world?.close());

describe.concurrent("POST /api/recheck of one account", () => {
  test("fixes it, and answers with the outcome of each baseline and the remediation's id", async () => {
    const id = seedAccount(world, "one", weakTls);

    const { status, body } = await world.post("/api/recheck", { resourceId: id });

    expect(status).toBe(200);
    const checked = recheckedSchema.parse(body);
    expect(checked).toMatchObject({ resourceId: id, dryRun: false, outcome: "remediated" });
    expect(standings(checked.results)).toEqual(accountOutcomes({ "storage/minimum-tls": "remediated" }));
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
    const remediation = await readRemediation(checked.remediationId ?? "");
    expect(remediation).toMatchObject({ via: "recheck", outcome: "remediated" });
    expect(remediation).not.toHaveProperty("changedBy");
    expect(remediation.journal[0]).toMatchObject({ causes: [{ via: "recheck", askedBy: "function key" }] });
  });

  test("takes an id in any case", async () => {
    const id = seedAccount(world, "anycase", weakTls);

    const { body } = await world.post("/api/recheck", {
      resourceId: id.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"),
    });

    expect(recheckedSchema.parse(body).outcome).toBe("remediated");
    expect(await world.remediations(id)).toHaveLength(1);
  });

  test("with dryRun says what would be done, and writes nothing", async () => {
    const id = seedAccount(world, "dry", { ...weakTls, supportsHttpsTrafficOnly: false });
    const before = world.stored(id);

    const { status, body } = await world.post("/api/recheck", { resourceId: id, dryRun: true });

    expect(status).toBe(200);
    const checked = recheckedSchema.parse(body);
    expect(checked).toMatchObject({ dryRun: true, outcome: "audit" });
    expect(checked.results.find(({ baseline }) => baseline === "storage/minimum-tls")).toMatchObject({
      outcome: "audit",
      findings: [{ path: "properties.minimumTlsVersion", actual: "TLS1_0" }],
      changes: [{ part: "", patch: { properties: { minimumTlsVersion: "TLS1_2" } } }],
    });
    expect(world.stored(id)).toEqual(before);
    expect(world.writes(id)).toEqual([]);
    expect(await world.remediations(id)).toEqual([]);
    expect(await world.journal(id)).toMatchObject([{ kind: "check", dryRun: true, outcome: "audit" }]);
  });

  test("that is compliant reads it once; one that is gone is gone", async () => {
    const id = seedAccount(world, "fine");

    const fine = await world.post("/api/recheck", { resourceId: id });
    const gone = await world.post("/api/recheck", { resourceId: accountId("nowhere") });

    expect(recheckedSchema.parse(fine.body).outcome).toBe("compliant");
    expect(world.reads(id)).toBe(1);
    expect(recheckedSchema.parse(gone.body).outcome).toBe("gone");
  });
});

describe("POST /api/recheck of many", () => {
  test("answers 202 with an operation, which ends with the outcome of each account in the group", async () => {
    const good = seedAccount(world, "manygood", {}, {}, accountId("manygood", readOnlyGroup));
    const bad = seedAccount(world, "manybad", weakTls, {}, accountId("manybad", readOnlyGroup));
    const elsewhere = seedAccount(world, "manyelse", weakTls);

    const { status, headers, body } = await world.post("/api/recheck", {
      subscriptionId,
      resourceGroup: readOnlyGroup,
    });

    expect(status).toBe(202);
    const { operationId, location } = acceptedSchema.parse(body);
    expect(headers.get("location")).toBe(location);
    const operation = await ended(location);
    expect(operation).toMatchObject({
      operationId,
      scope: groupId(readOnlyGroup),
      dryRun: false,
      found: 2,
      judged: 2,
      outcomes: { compliant: 1, blocked: 1 },
    });
    expect(new Map(operation.resources.map(({ resourceId, outcome }) => [resourceId, outcome]))).toEqual(
      new Map([
        [good, "compliant"],
        [bad, "blocked"],
      ]),
    );
    expect(world.requests(elsewhere)).toEqual([]);
  });

  test("of a subscription, with dryRun, looks at every account in scope and writes nothing", async () => {
    const id = seedAccount(world, "wholedry", weakTls);
    const outside = seedAccount(world, "outofscope", weakTls, {}, accountId("outofscope", "not-ours"));

    const { status, body } = await world.post("/api/recheck", {
      subscriptionId: subscriptionId.toUpperCase(),
      dryRun: true,
    });

    expect(status).toBe(202);
    const operation = await ended(acceptedSchema.parse(body).location);
    expect(operation).toMatchObject({ dryRun: true, scope: `/subscriptions/${subscriptionId}` });
    expect(operation.resources).toContainEqual({ resourceId: id, outcome: "audit" });
    expect(operation.resources.map(({ resourceId }) => resourceId)).not.toContain(outside);
    expect(world.writes(id)).toEqual([]);
    expect(world.requests(outside)).toEqual([]);
  });
});

describe.concurrent("a wrong request", () => {
  const wrongBodies: { name: string; body: unknown; code: string; targets: string[] }[] = [
    { name: "no JSON", body: "{", code: "body-invalid", targets: [""] },
    { name: "an empty object", body: {}, code: "body-invalid", targets: ["subscriptionId"] },
    { name: "a number for an id", body: { resourceId: 7 }, code: "body-invalid", targets: ["resourceId"] },
    {
      name: "two wrong properties",
      body: { resourceId: 7, dryRun: "yes" },
      code: "body-invalid",
      targets: ["resourceId", "dryRun"],
    },
    {
      name: "an unknown property",
      body: { resourceId: accountId("x"), force: true },
      code: "body-invalid",
      targets: [""],
    },
    { name: "no GUID", body: { subscriptionId: "all" }, code: "body-invalid", targets: ["subscriptionId"] },
    {
      name: "no name of a group",
      body: { subscriptionId, resourceGroup: "../../x" },
      code: "body-invalid",
      targets: ["resourceGroup"],
    },
    { name: "no resource id", body: { resourceId: "/etc/passwd" }, code: "resource-id-invalid", targets: [] },
    {
      name: "a type without baselines",
      body: { resourceId: `${groupId(group)}/providers/Contoso.Ships/ships/one` },
      code: "resource-type-unknown",
      targets: [],
    },
  ];

  test.each(wrongBodies)("to re-check with $name is answered 400 with what is wrong where", async (wrong) => {
    const { status, body } = await world.post("/api/recheck", wrong.body);

    expect(status).toBe(400);
    const { error } = errorSchema.parse(body);
    expect(error.code).toBe(wrong.code);
    expect(error.details.map(({ target }) => target)).toEqual(wrong.targets);
  });

  test.each([
    ["outcome=splendid", "outcome"],
    ["top=0", "top"],
    ["top=201", "top"],
    ["from=yesterday", "from"],
    ["resourceId=/etc/passwd", "resourceId"],
    ["sort=up", ""],
  ])("to list with ?%s is answered 400", async (query, target) => {
    const { status, body } = await world.get(`/api/remediations?${query}`);

    expect(status).toBe(400);
    const { error } = errorSchema.parse(body);
    expect(error.code).toBe("query-invalid");
    expect(error.details.map((detail) => detail.target)).toEqual([target]);
  });

  test.each([
    ["/api/remediations/nothing", "remediation-unknown"],
    ["/api/remediations/9999999999999-00000000", "remediation-unknown"],
    ["/api/recheck/nothing", "operation-unknown"],
    ["/api/recheck/00000000-0000-4000-8000-000000000000", "operation-unknown"],
  ])("for %s is answered 404", async (route, code) => {
    const { status, body } = await world.get(route);

    expect(status).toBe(404);
    expect(errorSchema.parse(body).error.code).toBe(code);
  });

  test.each([
    { resourceId: accountId("x", group, foreignSubscriptionId) },
    { resourceId: accountId("x", "not-ours") },
    { subscriptionId: foreignSubscriptionId },
    { subscriptionId, resourceGroup: "not-ours" },
  ])("out of scope is answered 403 and asks Azure for nothing: %j", async (body) => {
    const answer = await world.post("/api/recheck", body);

    expect(answer.status).toBe(403);
    expect(errorSchema.parse(answer.body).error).toMatchObject({
      code: "out-of-scope",
      message: expect.stringContaining("SCOPES"),
    });
    expect(world.requests(accountId("x", "not-ours"))).toEqual([]);
  });

  test.each(["", "not-the-key"])("with the key %j is answered 401 on every route", async (key) => {
    const replies = await Promise.all([
      world.get("/api/health", key),
      world.get("/api/remediations", key),
      world.get("/api/remediations/x", key),
      world.get("/api/recheck/x", key),
      world.post("/api/recheck", { resourceId: accountId("x") }, key),
    ]);
    expect(replies.map(({ status }) => status)).toEqual(Array(5).fill(401));
  });
});

describe("GET /api/remediations", () => {
  const names = ["list0", "list1", "list2", "list3", "list4"];
  let started: Date;

  beforeAll(async () => {
    started = new Date();
    for (const name of names.slice(0, 4)) {
      await world.post("/api/recheck", { resourceId: seedAccount(world, name, weakTls) });
    }
    const blocked = seedAccount(world, "list4", weakTls, {}, accountId("list4", readOnlyGroup));
    await world.post("/api/recheck", { resourceId: blocked });
  });

  test("lists newest first, in pages", async () => {
    const since = `from=${started.toISOString()}`;
    const pages: string[][] = [];
    let continuation: string | undefined;
    do {
      const next = continuation === undefined ? "" : `&continuation=${encodeURIComponent(continuation)}`;
      const page = await list(`${since}&top=2${next}`);
      pages.push(page.remediations.map(({ resourceId }) => resourceId.split("/").at(-1) ?? ""));
      continuation = page.continuation;
    } while (continuation !== undefined && pages.length < 10);

    expect(pages.filter((page) => page.length > 0)).toEqual([["list4", "list3"], ["list2", "list1"], ["list0"]]);
  });

  test("filters by outcome, resource and time", async () => {
    const since = `from=${started.toISOString()}`;
    const blocked = await list(`${since}&outcome=blocked`);
    const remediated = await list(`${since}&outcome=remediated`);
    const one = await list(
      `resourceId=${encodeURIComponent(accountId("list2").toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"))}`,
    );
    const earlier = await list(`to=${started.toISOString()}&resourceId=${encodeURIComponent(accountId("list2"))}`);

    expect(blocked.remediations.map(({ resourceId }) => resourceId)).toEqual([accountId("list4", readOnlyGroup)]);
    expect(remediated.remediations).toHaveLength(4);
    expect(one.remediations.map(({ resourceId }) => resourceId)).toEqual([accountId("list2")]);
    expect(earlier.remediations).toEqual([]);
  });

  test("gives one whole by its id, with its journal entries oldest first", async () => {
    const [found] = (await list(`resourceId=${encodeURIComponent(accountId("list1"))}`)).remediations;
    const remediation = await readRemediation(found?.id ?? "");

    const { journal, ...summary } = remediation;
    expect(summary).toEqual(found);
    expect(journal.map(({ kind }) => kind)).toEqual(["intent", "intent-outcome", "remediation"]);
    expect(journal.every(({ resourceId }) => resourceId === accountId("list1"))).toBe(true);
  });
});

test("GET /api/health tells modes, scopes, queues and counters, and is healthy", async () => {
  const before = healthSchema.parse((await world.get("/api/health")).body).counters["out-of-scope"] ?? 0;
  await world.deliver(writeEvent(accountId("x", "not-ours")));

  const { status, body } = await world.get("/api/health");

  expect(status).toBe(200);
  expect(healthSchema.parse(body)).toMatchObject({
    status: "healthy",
    problems: [],
    scopes: [
      { subscriptionId, resourceGroup: group },
      { subscriptionId, resourceGroup: readOnlyGroup },
    ],
    modes: {
      "storage/secure-transfer": "enforce",
      "storage/https-only-sas": "enforce",
      "storage/minimum-tls": "enforce",
      "storage/sas-expiration": "enforce",
    },
    writesStopped: false,
    writesStoppedBySetting: false,
    poison: { count: 0, reasons: [] },
    unreadable: { count: 0, reasons: [] },
    counters: { "out-of-scope": before + 1 },
  });
});

async function list(query: string): Promise<z.infer<typeof remediationsSchema>> {
  const { status, body } = await world.get(`/api/remediations?${query}`);
  if (status !== 200) throw new Error(`${query}: ${status} ${JSON.stringify(body)}`);
  return remediationsSchema.parse(body);
}

async function readRemediation(id: string): Promise<z.infer<typeof remediationSchema>> {
  return remediationSchema.parse((await world.get(`/api/remediations/${id}`)).body);
}

function ended(location: string): Promise<z.infer<typeof operationSchema>> {
  return eventually(async () => {
    const operation = operationSchema.parse((await world.get(location)).body);
    return operation.status === "succeeded" && operation;
  }, `${location} to succeed`);
}
