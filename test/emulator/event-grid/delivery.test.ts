import { expect, test, vi } from "vitest";
import { subscriptionTo, writeEvent } from "./events.ts";
import { createWorld, type World } from "./world.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test("delivers in the Event Grid schema as an array of one, with Azure's headers", async () => {
  await using world = await createWorld();
  const event = writeEvent("one");
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  world.eventGrid.publish(event);
  await world.eventGrid.idle();

  const [request] = world.webhook.notifications;
  expect(request?.headers).toMatchObject({
    "content-type": "application/json; charset=utf-8",
    "aeg-event-type": "Notification",
    "aeg-subscription-name": "RESOURCE-CHANGED",
    "aeg-delivery-count": "0",
    "aeg-data-version": "2",
    "aeg-metadata-version": "1",
  });
  expect(JSON.parse(request?.text ?? "")).toEqual([event]);
});

test("delivers in the CloudEvents schema as a single CloudEvent", async () => {
  await using world = await createWorld();
  const event = writeEvent("one");
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url, { eventDeliverySchema: "CloudEventSchemaV1_0" }));
  world.eventGrid.publish(event);
  await world.eventGrid.idle();

  const [request] = world.webhook.notifications;
  expect(request?.headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
  expect(JSON.parse(request?.text ?? "")).toEqual({
    id: "one",
    source: event.topic,
    subject: event.subject,
    type: event.eventType,
    time: event.eventTime,
    specversion: "1.0",
    data: event.data,
  });
});

test("delivers to each subscription that an event matches, and to no other", async () => {
  await using world = await createWorld();
  const { eventGrid, webhook } = world;
  await eventGrid.subscribe(subscriptionTo(webhook.url, { name: "writes" }));
  await eventGrid.subscribe(subscriptionTo(webhook.url, { name: "all-of-it" }));
  await eventGrid.subscribe(subscriptionTo(webhook.url, { name: "networks", subjectEndsWith: "/vpn" }));
  eventGrid.publish(writeEvent("one"));
  await eventGrid.idle();

  const names = webhook.notifications.map((request) => request.headers["aeg-subscription-name"]);
  expect(names.sort()).toEqual(["ALL-OF-IT", "WRITES"]);
});

test.for([200, 201, 202, 203, 204])("takes %d for delivered", async (status) => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status });
  await publishOne(world);

  expect(world.eventGrid.statistics).toMatchObject({ published: 1, delivered: 1, attempts: 1, pending: 0 });
});

test.for([205, 206, 302, 429, 500])("takes %d for a failure that may pass", async (status) => {
  await using world = await createWorld();
  world.webhook.answer = (_, index) => ({ status: index === 0 ? status : 200 });
  await publishOne(world);
  expect(world.eventGrid.statistics).toMatchObject({ delivered: 0, pending: 1 });

  await world.pass(10 * SECOND);
  expect(world.eventGrid.statistics).toMatchObject({ delivered: 1, attempts: 2, retried: 1, pending: 0 });
});

test("retries at the times of Azure's schedule until the event is a day old, and counts the attempts", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 500 });
  await publishOne(world);

  const delays = [10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600].map((seconds) => seconds * SECOND);
  for (const [index, delay] of delays.entries()) {
    await world.pass(delay - 1);
    expect(world.webhook.notifications).toHaveLength(index + 1);
    await world.pass(1);
    expect(world.webhook.notifications).toHaveLength(index + 2);
  }
  await world.pass(48 * HOUR);

  const counts = world.webhook.notifications.map((request) => request.headers["aeg-delivery-count"]);
  expect(counts).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
  expect(world.eventGrid.statistics).toMatchObject({ retried: 10, dropped: 1, pending: 0 });
});

test.for([
  { status: 404, least: 5 * MINUTE },
  { status: 408, least: 2 * MINUTE },
  { status: 503, least: 30 * SECOND },
])("waits at least $least ms after $status", async ({ status, least }) => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status });
  await publishOne(world);

  await world.pass(least - 1);
  expect(world.webhook.notifications).toHaveLength(1);
  await world.pass(1);
  expect(world.webhook.notifications).toHaveLength(2);
});

test("gives up waiting for an answer after 30 seconds, and tries again", async () => {
  await using world = await createWorld();
  world.webhook.answer = (_, index) => (index === 0 ? undefined : { status: 202 });
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  world.eventGrid.publish(writeEvent("one"));
  await vi.waitUntil(() => world.webhook.notifications.length === 1);

  await world.pass(30 * SECOND);
  expect(world.log.at(-1)).toContain("TimedOut");
  await world.pass(10 * SECOND);
  expect(world.eventGrid.statistics).toMatchObject({ delivered: 1, attempts: 2 });
});

test("retries an endpoint that refuses the connection", async () => {
  await using world = await createWorld();
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  await world.webhook.close();
  world.eventGrid.publish(writeEvent("one"));
  await world.eventGrid.idle();

  expect(world.log.at(-1)).toContain("Aborted, again in 10 s");
});

test("delivers nothing more to a subscription that ended, not even what waited for it", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 500 });
  await publishOne(world);
  world.eventGrid.unsubscribe("resource-changed");
  world.eventGrid.publish(writeEvent("two"));
  await world.pass(24 * HOUR);

  expect(world.webhook.eventIds()).toEqual(["one"]);
  expect(world.eventGrid.statistics.pending).toBe(0);
});

test("tells subscriptions of one name apart by their ids, and ends one of them alone", async () => {
  await using world = await createWorld();
  const { eventGrid, webhook } = world;
  for (const id of ["first", "second"]) await eventGrid.subscribe(subscriptionTo(webhook.url, { id }));
  eventGrid.publish(writeEvent("to both"));
  eventGrid.unsubscribe("first");
  eventGrid.publish(writeEvent("to one"));
  await eventGrid.idle();

  expect(webhook.eventIds().sort()).toEqual(["to both", "to one"]);
});

test("delivers nothing more once it is closed, and leaves nothing on its way", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => undefined;
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  world.eventGrid.publish(writeEvent("one"));
  await vi.waitUntil(() => world.webhook.notifications.length === 1);
  world.eventGrid.close();
  world.eventGrid.publish(writeEvent("two"));
  await world.eventGrid.idle();

  expect(world.webhook.eventIds()).toEqual(["one"]);
  expect(world.eventGrid.statistics).toMatchObject({ delivered: 0, pending: 0 });
});

test("delivers a burst of a thousand events, each once", async () => {
  await using world = await createWorld();
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  for (let index = 0; index < 1_000; index += 1) world.eventGrid.publish(writeEvent(`event-${index}`));
  await world.eventGrid.idle();

  expect(new Set(world.webhook.eventIds()).size).toBe(1_000);
  expect(world.eventGrid.statistics).toMatchObject({ delivered: 1_000, attempts: 1_000, pending: 0 });
});

async function publishOne(world: World): Promise<void> {
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  world.eventGrid.publish(writeEvent("one"));
  await world.eventGrid.idle();
}
