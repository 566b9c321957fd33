import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../emulator/arm/index.ts";
import { refuseEncryption } from "../../emulator/arm/types/sql/refusal.ts";
import { entriesOf, resultOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import {
  enforceAll,
  foreignSubscriptionId,
  group,
  groupId,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

const baseline = "sql/transparent-data-encryption";
const owned = "transparentDataEncryption/properties.state";
const location = "westeurope";
/** Pauses itself when nobody uses it, and did. */
const serverless = { sku: { name: "GP_S_Gen5", capacity: 1 }, properties: { status: "Paused", autoPauseDelay: 60 } };

let world: World;

beforeAll(async () => {
  world = await startWorld(enforceAll, { durationScale: 0.01 });
});
afterAll(() => world?.close());

describe.concurrent("a database whose encryption", () => {
  test("a person turned off is encrypted again within 10 s, proven by a later read; who and why are told", async () => {
    const id = seedDatabase("bookings");
    const begin = Date.now();

    await turnOff("bookings");
    const remediation = await world.remediation(id, "remediated");

    expect(Date.now() - begin).toBeLessThan(10_000);
    expect(encryptionOf(id)).toBe("Enabled");
    expect(remediation).toMatchObject({ via: "event", changedBy: world.personId });
    expect(resultOf(remediation, baseline)).toMatchObject({
      reason: "Read enabled afterwards; scan state unknown.",
      findings: [{ path: owned, expected: "Enabled", actual: "Disabled" }],
      changes: [{ part: "transparentDataEncryption", patch: { properties: { state: "Enabled" } } }],
      readAfterwards: [{ path: owned, value: "Enabled" }],
    });
    expect(remediation.baselines).toMatchObject([{ changed: [{ path: owned, before: "Disabled", after: "Enabled" }] }]);
    const [intent] = entriesOf(remediation, "intent");
    expect(intent).toMatchObject({
      before: [{ path: owned, value: "Disabled" }],
      after: [{ path: owned, value: "Enabled" }],
      causes: [{ operation: "Microsoft.Sql/servers/databases/transparentDataEncryption/write" }],
    });
    expect(entriesOf(remediation, "intent-outcome")).toMatchObject([
      { outcome: "remediated", readAfterwards: [{ path: owned, value: "Enabled" }] },
    ]);
    const { body } = await world.get(`/api/remediations?resourceId=${encodeURIComponent(id)}`);
    expect(JSON.stringify(body)).toContain(`${owned} was \\"Disabled\\", expected Enabled.`);
  });

  test("is on costs one read, of the encryption alone", async () => {
    const id = seedDatabase("quiet");

    await world.deliver(databaseEvent(id));
    await world.judged(id, "compliant");

    expect(requestsOf(id)).toEqual(["GET /transparentdataencryption/current"]);
  });

  test("was off since a restore costs one read, the guard's two, one write and one proving read", async () => {
    const id = seedDatabase("restored");
    seedEncryption(id, "Disabled");

    await world.deliver(databaseEvent(id));
    await world.judged(id, "remediated");

    expect(requestsOf(id)).toEqual([
      "GET /transparentdataencryption/current",
      "GET ",
      "GET /replicationlinks",
      "PUT /transparentdataencryption/current",
      "GET /transparentdataencryption/current",
    ]);
  });

  test("follows its primary is left alone, and the primary is mended", async () => {
    const primary = seedDatabase("primary");
    seedEncryption(primary, "Disabled");
    const id = seedSecondary("replica", primary);

    await world.deliver(databaseEvent(id));
    await world.judged(primary, "remediated");
    const remediation = await world.remediation(id, "unsupported");
    const ofPrimary = await world.remediation(primary, "remediated");

    expect(resultOf(remediation, baseline)).toMatchObject({ outcome: "unsupported", guard: "follows-its-primary" });
    expect(ofPrimary.via, "it was led to, and who changed the secondary changed nothing here").toBe("follow-up");
    expect(ofPrimary).not.toHaveProperty("changedBy");
    expect(entriesOf(ofPrimary, "intent")).toMatchObject([{ causes: [{ via: "follow-up", ledBy: id }] }]);
    expect(world.writes(id)).toEqual([]);
    expect(encryptionOf(primary)).toBe("Enabled");
  });

  test("is a dedicated pool's is turned on like any other", async () => {
    const id = databaseId("warehouse");
    world.azure.arm.seed(id, { location, sku: { name: "DW100c" } });

    await world.deliver(databaseEvent(id));
    await world.judged(id, "remediated");

    expect(encryptionOf(id)).toBe("Enabled");
  });

  test("can't be turned on now waits, and is turned on later", async () => {
    const id = seedDatabase("scanning");
    seedEncryption(id, "Disabled");
    world.azure.arm.failNext(refuseEncryption(id, "EncryptionInProgress"));

    await world.deliver(databaseEvent(id));
    const waiting = await world.remediation(id, "retrying");
    await recheck(id);
    const remediation = await world.remediation(id, "remediated");

    expect(resultOf(waiting, baseline).azure).toMatchObject({ status: 409, code: "EncryptionInProgress" });
    expect(remediation.id).toBe(waiting.id);
    expect(encryptionOf(id)).toBe("Enabled");
    expect(world.writes(id)).toHaveLength(2);
  });

  test("was accepted and then failed for now is tried again", async () => {
    const id = seedDatabase("interrupted");
    seedEncryption(id, "Disabled", ["NoDekLock"]);

    await world.deliver(databaseEvent(id));
    await eventually(
      async () =>
        (await world.journal(id)).some((entry) => entry.kind === "intent-outcome" && entry.outcome === "retrying"),
      "the failed operation to be told",
    );
    await recheck(id);
    await world.judged(id, "remediated");

    expect(encryptionOf(id)).toBe("Enabled");
    expect(world.writes(id)).toHaveLength(2);
  });
});

describe.concurrent("left alone with a reason:", () => {
  test("master", async () => {
    const id = databaseId("master");
    world.azure.arm.seed(id.slice(0, id.indexOf("/databases")), { location });

    await recheck(id);
    const remediation = await world.remediation(id, "unsupported");

    expect(resultOf(remediation, baseline).reason).toMatch(/master.*refuses to encrypt/);
    expect(world.writes(id)).toEqual([]);
  });

  test("a paused database, which is not woken by a re-check", async () => {
    const id = seedDatabase("asleep", serverless);
    seedEncryption(id, "Disabled");

    await recheck(id);
    await world.judged(id, "skipped-paused");

    expect(requestsOf(id)).toEqual(["GET "]);
    expect(world.azure.arm.resources.get(id)?.hidden?.resumes).toBe(0);
  });

  test("a secondary whose primary is out of scope, which is said", async () => {
    const primary = databaseId("elsewhere", foreignSubscriptionId);
    seedServer(primary);
    world.azure.arm.seed(primary, { location });
    seedEncryption(primary, "Disabled");
    const id = seedSecondary("follower", primary);

    await world.deliver(databaseEvent(id));
    const remediation = await world.remediation(id, "unsupported");

    expect(resultOf(remediation, baseline).advice).toContain("where that is out of scope, its owner has to");
    expect(world.requests(primary)).toEqual([]);
  });

  test("a pool of a Synapse workspace, without a request", async () => {
    const id = `${groupId(group)}/providers/Microsoft.Synapse/workspaces/voyages/sqlPools/pool`;

    await world.deliver(writeEvent(id, { data: { operationName: "Microsoft.Synapse/workspaces/sqlPools/write" } }));
    const remediation = await world.remediation(id, "unsupported");

    expect(resultOf(remediation, "synapse/transparent-data-encryption").reason).toContain("not looked at yet");
    expect(world.requests(id)).toEqual([]);
  });
});

test("a database seen encrypted is not read again by a re-check of the same day", async () => {
  const id = seedDatabase("fresh");
  await world.deliver(databaseEvent(id));
  await world.judged(id, "compliant");

  await recheck(id);
  await world.judged(id, "compliant", 2);

  expect(requestsOf(id)).toEqual(["GET /transparentdataencryption/current", "GET "]);
});

test("a sweep finds what no event told of, and leaves what is paused asleep, each time", async () => {
  const asleep = seedDatabase("hibernating", serverless);
  const restored = seedDatabase("unannounced");
  seedEncryption(restored, "Disabled");

  await world.fire("sweep");
  const remediation = await world.remediation(restored, "remediated");
  await world.judged(asleep, "skipped-paused");
  await world.fire("sweep");
  await world.judged(asleep, "skipped-paused", 2);

  expect(remediation.via).toBe("sweep");
  expect(requestsOf(asleep)).toEqual(["GET ", "GET "]);
  expect(world.azure.arm.resources.get(asleep)?.hidden?.resumes).toBe(0);
});

function databaseId(name: string, subscription = subscriptionId, server = "voyages"): string {
  return `${groupId(group, subscription)}/providers/Microsoft.Sql/servers/${server}/databases/${name}`;
}

/** An encrypted database, without an event. */
function seedDatabase(name: string, body: JsonObject = {}): string {
  const id = databaseId(name);
  seedServer(id);
  world.azure.arm.seed(id, { location, ...body });
  return id;
}

function seedServer(databaseId: string): void {
  const server = databaseId.slice(0, databaseId.indexOf("/databases"));
  if (!world.azure.arm.resources.get(server)) world.azure.arm.seed(server, { location });
}

function seedSecondary(name: string, sourceDatabaseId: string): string {
  const id = databaseId(name, subscriptionId, "voyages-geo");
  seedServer(id);
  world.azure.arm.seed(id, { location, properties: { createMode: "Secondary", sourceDatabaseId } });
  return id;
}

/** As T-SQL sets it: no event tells of it. */
function seedEncryption(id: string, state: string, failures: string[] = []): void {
  world.azure.arm.seed(`${id}/transparentDataEncryption/current`, { properties: { state }, failures });
}

function encryptionOf(id: string): unknown {
  const { properties } = world.stored(`${id}/transparentDataEncryption/Current`);
  return typeof properties === "object" && properties !== null && "state" in properties ? properties.state : undefined;
}

/** The service's requests about a database, in their order: method and what is below it. */
function requestsOf(id: string): string[] {
  return world.requests(id).map(({ method, path }) => `${method} ${path.slice(id.length).toLowerCase()}`);
}

function databaseEvent(id: string) {
  return writeEvent(id, { data: { operationName: "Microsoft.Sql/servers/databases/write" } });
}

async function recheck(resourceId: string): Promise<void> {
  const { status } = await world.post("/api/recheck", { resourceId });
  expect(status).toBeLessThan(300);
}

async function turnOff(name: string): Promise<void> {
  const { transparentDataEncryptions } = world.databases;
  await transparentDataEncryptions.beginCreateOrUpdate(group, "voyages", name, "current", { state: "Disabled" });
}
