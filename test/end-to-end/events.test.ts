import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entriesOf, healthSchema } from "./answers.ts";
import { eventually } from "./eventually.ts";
import {
  accountId,
  enforceAll,
  foreignSubscriptionId,
  group,
  groupId,
  seedAccount,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

let world: World;

const storm = ["storm0", "storm1", "storm2", "storm3"];
const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld(enforceAll, { seed: 7 });
  await raiseStorm();
});
afterAll(() => world?.close());

describe.concurrent("an event only says where to look", () => {
  test("a write to the file service leads to its account", async () => {
    const id = seedAccount(world, "child", weakTls);

    await world.person.fileServices.setServiceProperties(group, "child", { cors: { corsRules: [] } });
    const remediation = await world.remediation(id, "remediated");

    expect(entriesOf(remediation, "intent")[0]?.causes).toMatchObject([
      { operation: "Microsoft.Storage/storageAccounts/fileServices/write", changedBy: world.personId },
    ]);
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  });

  test("a new file share leads to its account", async () => {
    const id = seedAccount(world, "grandchild", weakTls);

    await world.person.fileShares.create(group, "grandchild", "logs", {});
    await world.judged(id, "remediated");

    expect(world.writes(id)).toHaveLength(1);
  });

  test("an event of something that no baseline concerns costs no read", async () => {
    const id = seedAccount(world, "unconcerned", weakTls);

    await world.person.storageAccounts.listKeys(group, "unconcerned");
    await world.deliver(
      writeEvent(`${id}/blobServices/default/containers/c1`, {
        data: { operationName: "Microsoft.Storage/storageAccounts/blobServices/containers/write" },
      }),
    );
    await world.deliver(
      writeEvent(groupId(group), { data: { operationName: "Microsoft.Resources/subscriptions/resourceGroups/write" } }),
    );
    await eventually(
      () => world.lines.filter(({ text }) => text.includes("listKeys") && text.includes("event ignored")).length > 0,
      "the event to be ignored",
    );

    expect(world.requests(id)).toEqual([]);
  });

  test("its claims about the resource decide nothing: a compliant account costs a read and no write", async () => {
    const id = seedAccount(world, "slander");

    const event = writeEvent(id, { data: { properties: { supportsHttpsTrafficOnly: false }, status: "Failed" } });
    expect(await world.deliver(event)).toBe(202);
    await world.judged(id, "compliant");

    expect(world.reads(id)).toBe(1);
    expect(world.writes(id)).toEqual([]);
  });

  test("about an account that was never there it costs a read", async () => {
    const id = accountId("neverthere");

    await world.deliver(writeEvent(id));
    await world.judged(id, "gone");

    expect(world.reads(id)).toBe(1);
    expect(world.writes(id)).toEqual([]);
  });

  test("delivered again after it was settled it costs nothing", async () => {
    const id = seedAccount(world, "twice", weakTls);
    const event = writeEvent(id);

    await world.deliver(event);
    await world.judged(id, "remediated");
    const before = world.requests(id).length;
    await Promise.all([world.deliver(event), world.deliver(event), world.deliver(event)]);
    await ignored(id, "duplicate", 3);

    expect(world.requests(id)).toHaveLength(before);
  });

  test("of a change made before the last look it costs nothing", async () => {
    const id = seedAccount(world, "overtaken");
    await world.deliver(writeEvent(id));
    await world.judged(id, "compliant");

    await world.deliver(writeEvent(id, { eventTime: new Date(Date.now() - 60_000).toISOString() }));
    await ignored(id, "already-seen", 1);

    expect(world.reads(id)).toBe(1);
  });

  test("with the correlation id of an own write, but another caller, is looked at; so is one with the service's id alone", async () => {
    const id = seedAccount(world, "imposter", weakTls);
    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "remediated");
    await ignored(id, "own-write", 1);
    const { correlationId = "" } = entriesOf(remediation, "intent")[0] ?? {};
    const oid = "http://schemas.microsoft.com/identity/claims/objectidentifier";

    await world.deliver(writeEvent(id, { data: { correlationId } }));
    await world.judged(id, "compliant", 1);
    await world.deliver(writeEvent(id, { data: { claims: { [oid]: world.serviceId } } }));
    await world.judged(id, "compliant", 2);

    expect(world.reads(id)).toBe(3);
    expect(world.writes(id)).toHaveLength(1);
  });
});

describe.concurrent("asking for a SAS", () => {
  test("is counted by caller in the journal, and leads to at most one check an hour", async () => {
    const id = seedAccount(world, "sas");
    const another = "d0000000-0000-4000-8000-000000000002";

    for (let times = 0; times < 4; times += 1) {
      await world.person.storageAccounts.listAccountSAS(group, "sas", {
        services: "b",
        resourceTypes: "o",
        permissions: "r",
        sharedAccessExpiryTime: new Date(Date.now() + 3_600_000),
      });
    }
    await world.deliver(
      writeEvent(id, {
        eventType: "Microsoft.Resources.ResourceActionSuccess",
        data: {
          operationName: "Microsoft.Storage/storageAccounts/listAccountSas/action",
          claims: { oid: another },
        },
      }),
    );
    const counts = await eventually(async () => {
      const entries = (await world.journal(id)).filter((entry) => entry.kind === "count");
      return entries.length >= 5 && entries;
    }, "five counts in the journal");
    await ignored(id, "counted", 4);

    expect(counts.map(({ caller, count }) => `${caller} ${count}`).sort()).toEqual([
      ...[1, 2, 3, 4].map((count) => `${world.personId} ${count}`),
      `${another} 1`,
    ]);
    expect(
      counts.every(({ operation }) => operation === "Microsoft.Storage/storageAccounts/listAccountSas/action"),
    ).toBe(true);
    expect(world.reads(id)).toBe(1);
    expect(world.writes(id)).toEqual([]);
  });
});

test("an event of a subscription that is not in scope is acknowledged, counted, and nothing is read", async () => {
  const id = seedAccount(world, "foreign", weakTls, {}, accountId("foreign", group, foreignSubscriptionId));
  const before = await counter("out-of-scope");

  await world.personIn(foreignSubscriptionId).storageAccounts.update(group, "foreign", { tags: { ship: "Corsair" } });
  expect(await world.deliver(writeEvent(id))).toBe(202);
  await eventually(async () => (await counter("out-of-scope")) === before + 2, "both events to be counted");

  expect(world.requests(id)).toEqual([]);
});

describe("what is no event", () => {
  const strange: { name: string; event: unknown }[] = [
    { name: "without a resource", event: writeEvent("") },
    { name: "of a type that nobody knows", event: writeEvent(accountId("x"), { eventType: "Contoso.Ships.Sailed" }) },
    { name: "without an id", event: { ...writeEvent(accountId("x")), id: "" } },
    { name: "that is a number", event: 42 },
    { name: "that is null", event: null },
  ];

  test.each(strange)("one $name is acknowledged, counted, and kept with the reason", async ({ event }) => {
    const before = await unreadable();

    expect(await world.deliver(event)).toBe(202);

    const after = await eventually(async () => {
      const now = await unreadable();
      return now.count === before.count + 1 && now;
    }, "the event to be kept");
    expect(after.counted).toBe(before.counted + 1);
  });

  const hosts = "/providers/Microsoft.Storage/storageAccounts/ship";
  test.each([
    `${groupId(group)}${hosts}/../../../../resourceGroups/vault${hosts}`,
    `${groupId(group)}/providers/Microsoft.Storage/storageAccounts/..`,
    `${groupId(group)}/providers/Microsoft.Storage/storageAccounts/%2e%2e`,
    `${groupId(group)}/providers/Microsoft.Storage/storageAccounts/ship%2Ffile`,
    `${groupId(group)}/providers/Microsoft.Storage/storageAccounts/ship?api-version=2020-01-01`,
    `${groupId(group)}/providers/Microsoft.Storage/storageAccounts/ship#x`,
    `${groupId(group)}/providers/Microsoft.Storage\\storageAccounts\\ship`,
    `https://evil.example${groupId(group)}${hosts}`,
    `//evil.example${groupId(group)}${hosts}`,
    `/subscriptions/${subscriptionId}@evil.example/resourceGroups/${group}${hosts}`,
    `/subscriptions/../subscriptions/${subscriptionId}/resourceGroups/${group}${hosts}`,
    `/subscriptions/${subscriptionId}/resourceGroups/..${hosts}`,
    `/subscriptions/${subscriptionId}/resourceGroups/${group} ${hosts}`,
    `${groupId(group)}${hosts}\r\nHost: evil.example`,
  ])("a hostile resource id never becomes a request: %j", async (hostile) => {
    const asked = askedOutsideStorm();
    const before = await unreadable();

    expect(await world.deliver(writeEvent(hostile))).toBe(202);
    const recheck = await world.post("/api/recheck", { resourceId: hostile });

    expect(recheck.status).toBe(400);
    await eventually(async () => (await unreadable()).count === before.count + 1, "the event to be kept");
    expect(askedOutsideStorm()).toBe(asked);
  });
});

describe("a message of another shape", () => {
  test("goes to the poison queue, and health shows why", async () => {
    const queue = world.queues.getQueueClient("changes");
    await queue.sendMessage(base64(JSON.stringify({ version: 2, resourceId: 7 })));
    await queue.sendMessage(base64("three sheets to the wind"));
    await queue.sendMessage(base64(JSON.stringify(changeTo(`${groupId(group)}/providers/Contoso.Ships/ships/one`))));

    const poison = await eventually(async () => {
      const found = (await health()).poison;
      return found.count === 3 && found;
    }, "three poison messages");
    expect(poison.reasons).toEqual(
      expect.arrayContaining([
        expect.stringContaining("version"),
        expect.stringContaining("expected object"),
        "No baseline concerns Contoso.Ships/ships.",
      ]),
    );
  });

  test("that names a resource out of scope is counted, and nothing is read", async () => {
    const before = await counter("out-of-scope");
    const id = accountId("smuggled", group, foreignSubscriptionId);

    await world.queues.getQueueClient("changes").sendMessage(base64(JSON.stringify(changeTo(id))));
    await eventually(async () => (await counter("out-of-scope")) === before + 1, "the message to be counted");

    expect(world.requests(id)).toEqual([]);
  });
});

test("a burst of events about one account costs a read at once, and one for all others", async () => {
  const id = seedAccount(world, "burst");
  const begin = performance.now();

  const changes = Array.from({ length: 20 }, (_, index) =>
    world.person.storageAccounts.update(group, "burst", { tags: { deck: String(index) }, minimumTlsVersion: "TLS1_1" }),
  );
  await Promise.all(changes);
  await eventually(() => takenOf(id) >= changes.length, "all events of the burst to be taken");
  const seconds = (performance.now() - begin) / 1000;
  await world.quiet();

  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  // On a slow machine a burst takes longer than events wait for each other, and leads to one look more for each such time.
  expect(world.reads(id)).toBeLessThanOrEqual(2 + Math.floor(seconds / 2));
  expect(world.writes(id).length).toBeLessThanOrEqual(world.reads(id));
});

test("duplicates and reordering end with every account fixed, and cost no write that was not needed", async () => {
  await world.quiet();

  expect(world.azure.eventGrid.statistics.duplicated).toBeGreaterThan(3);
  for (const name of storm) {
    const id = accountId(name);
    expect(world.stored(id)).toMatchObject({
      tags: { ship: name, deck: "4" },
      properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: "TLS1_2" },
    });
    const intents = (await world.journal(id)).filter((entry) => entry.kind === "intent");
    expect(intents).toHaveLength(world.writes(id).length);
    expect(intents.length).toBeLessThanOrEqual(3);
    for (const { before, after } of intents) expect(before).not.toEqual(after);
  }
});

/** Changes whose events arrive twice and in no order over the next seconds, while the other tests run. */
async function raiseStorm(): Promise<void> {
  const { disorder } = world.azure.eventGrid;
  for (const name of storm) {
    seedAccount(world, name, {}, { tags: { ship: name } });
    Object.assign(disorder, { duplicates: 0.6, reordering: 0.6 });
    await world.person.storageAccounts.update(group, name, { minimumTlsVersion: "TLS1_1" });
    await world.person.storageAccounts.update(group, name, { tags: { ship: name, deck: "4" } });
    await world.person.storageAccounts.update(group, name, { minimumTlsVersion: "TLS1_0" });
    await world.person.storageAccounts.update(group, name, { enableHttpsTrafficOnly: false });
  }
  Object.assign(disorder, { duplicates: 0, reordering: 0 });
}

function takenOf(id: string): number {
  return world.lines.filter(
    (line) => line.message === "event taken" && line.resourceId?.toLowerCase() === id.toLowerCase(),
  ).length;
}

/** Requests to Azure that the storm did not lead to. */
function askedOutsideStorm(): number {
  return world.azure.arm.requests.filter(({ path }) => !path.includes("/storm") && !path.includes("ResourceGraph"))
    .length;
}

function ignored(id: string, reason: string, times: number): Promise<boolean> {
  return eventually(
    () =>
      world.lines.filter((line) => line.resourceId?.toLowerCase() === id.toLowerCase() && line.reason === reason)
        .length >= times,
    `${times} events of ${id.split("/").at(-1)} to be left as ${reason}`,
  );
}

async function health() {
  return healthSchema.parse((await world.get("/api/health")).body);
}

async function counter(name: string): Promise<number> {
  return (await health()).counters[name] ?? 0;
}

async function unreadable(): Promise<{ count: number; counted: number }> {
  const { unreadable: kept, counters } = await health();
  return { count: kept.count, counted: counters.unreadable ?? 0 };
}

function changeTo(resourceId: string): object {
  return { version: 1, resourceId, cause: { via: "event" }, attempt: 0, dryRun: false };
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
