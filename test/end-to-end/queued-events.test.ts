import { afterAll, beforeAll, expect, test } from "vitest";
import { healthSchema } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, group, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

let world: World;
const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld(enforceAll, { eventDelivery: "queue" });
});
afterAll(() => world?.close());

async function sendTo(queue: string, text: string): Promise<void> {
  await world.queues.getQueueClient(queue).sendMessage(Buffer.from(text, "utf8").toString("base64"));
}

test("a change whose event Event Grid writes into the queue is remediated", async () => {
  const id = seedAccount(world, "queued", weakTls);

  await world.person.fileServices.setServiceProperties(group, "queued", { cors: { corsRules: [] } });
  await world.judged(id, "remediated");

  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
});

test("a CloudEvent in the queue is read as well", async () => {
  const id = seedAccount(world, "cloudevent", weakTls);
  const { eventType, eventTime, ...event } = writeEvent(id);

  await sendTo("events", JSON.stringify({ ...event, specversion: "1.0", type: eventType, time: eventTime }));

  await world.judged(id, "remediated");
});

test("what is no event is kept as unreadable, and stands in nobody's way", async () => {
  await sendTo("events", "no event");

  const unreadable = await eventually(async () => {
    const health = healthSchema.parse((await world.get("/api/health")).body);
    return health.unreadable.count === 1 && health.queues.events === 0 && health.unreadable;
  }, "the message to be kept");
  expect(unreadable.reasons).toEqual([expect.stringMatching(/expected object/)]);
});

test("an event that failed each time is told of, and taken when it is put back", async () => {
  const id = seedAccount(world, "poisoned", weakTls);
  await sendTo("events-poison", JSON.stringify(writeEvent(id)));

  const { poisonOfEvents } = healthSchema.parse((await world.get("/api/health")).body);
  const { body } = await world.post("/api/replay", {});

  expect(poisonOfEvents.count).toBe(1);
  expect(body).toMatchObject({ replayed: { poisonOfEvents: 1 }, left: { poisonOfEvents: 0 } });
  await world.judged(id, "remediated");
});
