import { afterAll, beforeAll, expect, test } from "vitest";
import { baselines } from "../../shared/baselines/index.ts";
import { healthSchema, resultOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { accountId, enforceAll, seedAccount, startWorld, subscriptionId, type World } from "./world.ts";

let world: World;

/** A sweep goes over each of them by itself. */
const types = new Set(baselines.map(({ resourceType }) => resourceType)).size;
const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld(enforceAll);
});
afterAll(() => world?.close());

test("what became insecure without an event is found and fixed; compliant accounts cost no read", async () => {
  const weak = seedAccount(world, "weak", weakTls);
  const strong = seedAccount(world, "strong");

  await sweep();
  const remediation = await world.remediation(weak, "remediated");

  expect(remediation).toMatchObject({ via: "sweep", outcome: "remediated" });
  expect(remediation).not.toHaveProperty("changedBy");
  expect(world.stored(weak)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  expect(world.requests(strong)).toEqual([]);
});

test("a row that lags behind costs a read and no write", async () => {
  const id = seedAccount(world, "lagging", weakTls);
  world.azure.arm.resourceGraph.frozen = true;
  seedAccount(world, "lagging");

  await sweep();
  await world.judged(id, "compliant");
  world.azure.arm.resourceGraph.frozen = false;

  expect(world.reads(id)).toBe(1);
  expect(world.writes(id)).toEqual([]);
});

test("a row that lacks a property is read, since what is missing is unknown", async () => {
  const id = seedAccount(world, "unknown");
  world.azure.arm.resourceGraph.omitProperties.push("properties.minimumTlsVersion");

  await sweep();
  await world.judged(id, "compliant");
  world.azure.arm.resourceGraph.omitProperties.pop();

  expect(world.reads(id)).toBe(1);
});

test("what stays as the last sweep found it is not journaled again", async () => {
  const id = seedAccount(world, "domain", { customDomain: { name: "files.polaris.example" } });
  await sweep();
  await world.judged(id, "audit", 1);
  await sweep();
  await world.judged(id, "audit", 2);

  expect(await world.remediations(id)).toHaveLength(1);
  expect((await world.journal(id)).filter(({ kind }) => kind === "remediation")).toHaveLength(1);
});

test("a message of the queue sweeps of another shape goes to the poison queue with the reason", async () => {
  const text = Buffer.from(JSON.stringify({ version: 1, type: "everything" })).toString("base64");
  await world.queues.getQueueClient("sweeps").sendMessage(text);

  const { reasons } = await eventually(async () => {
    const { poisonOfSweeps } = healthSchema.parse((await world.get("/api/health")).body);
    return poisonOfSweeps.count === 1 && poisonOfSweeps;
  }, "the message to be poison");
  expect(reasons[0]).toContain("sweepId");
});

test("more accounts than a page holds are swept page by page", async () => {
  for (let index = 0; index < 1000; index += 1) {
    seedAccount(world, `fleet${String(index).padStart(4, "0")}`);
  }
  const last = seedAccount(world, "zephyr", weakTls);
  const pages = pagesSaid();

  await sweep();
  const remediation = await world.remediation(last, "remediated");

  expect(resultOf(remediation, "storage/minimum-tls").outcome).toBe("remediated");
  expect(pagesSaid() - pages).toBe(types + 1);
  expect(world.requests(accountId("fleet0000"))).toEqual([]);
});

test("a sweep that still runs is not started again, and Azure's no to a query only puts it off", async () => {
  world.azure.arm.failNext(
    ({ path }) =>
      path.toLowerCase() === "/providers/microsoft.resourcegraph/resources"
        ? {
            kind: "answer",
            when: "before",
            status: 429,
            body: { error: { code: "RateLimiting", message: "Slow down." } },
          }
        : undefined,
    types,
  );
  await startSweep();
  await eventually(() => said("sweep page put off").length === types, "the pages to be put off");
  const queries = graphQueries();

  await startSweep();

  expect(said("sweep started").at(-1)?.text).toContain(`"started":0,"stillRunning":${types}`);
  expect(graphQueries()).toBe(queries);
});

test("health tells of a subscription in scope that a sweep found not connected, until one finds it connected", async () => {
  const topics = "Microsoft.EventGrid/systemTopics/eventSubscriptions";
  const [connected] = world.azure.arm.resources
    .ofType(topics)
    .filter(({ id }) => id.toLowerCase().startsWith(`/subscriptions/${subscriptionId}/`));
  if (!connected) throw new Error("The local Azure shows no event subscription");
  const notConnected = async () => {
    const { body } = await world.get("/api/health");
    return healthSchema.parse(body).connections?.notConnected.subscriptions;
  };

  world.azure.arm.resources.delete(connected.id);
  await startSweep();
  await eventually(async () => (await notConnected())?.join() === subscriptionId, "health to name the subscription");
  world.azure.arm.resources.put(connected);
  await startSweep();

  await eventually(async () => (await notConnected())?.length === 0, "health to name none");
});

/** Fires the timer, and waits until the sweep's last page was looked through. */
async function sweep(): Promise<void> {
  const before = lastPages();
  await startSweep();
  await eventually(() => lastPages() === before + types, "the sweep to end");
}

/** Fires the timer, and waits until the sweep was started or refused. */
async function startSweep(): Promise<void> {
  const before = said("sweep started").length;
  await world.fire("sweep");
  await eventually(() => said("sweep started").length === before + 1, "the sweep to start");
}

function lastPages(): number {
  return said("sweep page").filter(({ text }) => text.includes('"last":true')).length;
}

function said(message: string) {
  return world.lines.filter((line) => line.message === message);
}

function pagesSaid(): number {
  return said("sweep page").length;
}

function graphQueries(): number {
  return world.azure.arm.requests.filter(({ path }) => path.toLowerCase().endsWith("microsoft.resourcegraph/resources"))
    .length;
}
