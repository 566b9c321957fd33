import { expect, test } from "vitest";
import type { EventSubscription } from "../../../emulator/event-grid/index.ts";
import { subscriptionTo, writeEvent } from "./events.ts";
import { createWorld, type World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test.for([
  { status: 400, outcome: "BadRequest" },
  { status: 401, outcome: "Unauthorized" },
  { status: 403, outcome: "Forbidden" },
  { status: 413, outcome: "PayloadTooLarge" },
])("stores an event that was answered $status five minutes later, without a retry", async ({ status, outcome }) => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status });
  await publishOne(world, { deadLetterContainer: "dead-letters" });

  await world.pass(5 * MINUTE - 1);
  expect(world.deadLetters).toEqual([]);
  await world.pass(1);
  expect(world.deadLetters).toMatchObject([{ container: "dead-letters", event: { lastDeliveryOutcome: outcome } }]);
  expect(world.webhook.notifications).toHaveLength(1);
  expect(world.eventGrid.statistics).toMatchObject({ deadLettered: 1, dropped: 0, pending: 0 });
});

test("remembers what it gave up on, with when, of which topic and for which event subscription", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 400 });
  await publishOne(world, { deadLetterContainer: "dead-letters" });
  await world.pass(5 * MINUTE);
  await publishOne(world, {});
  await world.pass(5 * MINUTE);

  const { topic } = writeEvent("one");
  expect(world.eventGrid.lost).toMatchObject([
    { source: topic, eventSubscription: "resource-changed", became: "deadLettered" },
    { source: topic, eventSubscription: "resource-changed", became: "dropped" },
  ]);
  expect(world.eventGrid.lost[0]?.time).toBe(Date.parse("2026-03-01T08:05:00.000Z"));
});

test("stores the event itself with reason, attempts, last outcome and times", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 404 });
  await publishOne(world, { deadLetterContainer: "dead-letters", maxDeliveryAttempts: 2 });
  await world.pass(5 * MINUTE);
  await world.pass(5 * MINUTE);

  expect(world.deadLetters).toEqual([
    {
      container: "dead-letters",
      subscription: "resource-changed",
      event: {
        ...writeEvent("one"),
        deadLetterReason: "MaxDeliveryAttemptsExceeded",
        deliveryAttempts: 2,
        lastDeliveryOutcome: "NotFound",
        publishTime: "2026-03-01T08:00:00.000Z",
        lastDeliveryAttemptTime: "2026-03-01T08:05:00.000Z",
      },
    },
  ]);
});

test("stores a CloudEvent with the same, in lower-case attributes", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 400 });
  await publishOne(world, { deadLetterContainer: "dead-letters", eventDeliverySchema: "CloudEventSchemaV1_0" });
  await world.pass(5 * MINUTE);

  expect(world.deadLetters).toMatchObject([
    { event: { specversion: "1.0", deadletterreason: "UndeliverableDueToHttpBadRequest", deliveryattempts: 1 } },
  ]);
});

test("sees that an event is too old when its next attempt is due, and makes that attempt no more", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 500 });
  await publishOne(world, { deadLetterContainer: "dead-letters", eventTimeToLiveInMinutes: 1 });
  await world.pass(10_000);
  await world.pass(30_000);
  await world.pass(MINUTE);
  await world.pass(5 * MINUTE);

  expect(world.webhook.notifications).toHaveLength(3);
  expect(world.deadLetters).toMatchObject([{ event: { deadLetterReason: "TimeToLiveExceeded", deliveryAttempts: 3 } }]);
});

test("drops what it can't deliver when the subscription has no dead-letter container", async () => {
  await using world = await createWorld();
  world.webhook.answer = () => ({ status: 400 });
  await publishOne(world, {});

  expect(world.eventGrid.statistics).toMatchObject({ dropped: 1, deadLettered: 0, pending: 0 });
});

test("tries a dead-letter container that refuses again", async () => {
  let refusals = 3;
  const stored: unknown[] = [];
  await using world = await createWorld({
    async deadLetter(_container, event) {
      refusals -= 1;
      if (refusals >= 0) throw new Error("The specified container does not exist.");
      stored.push(event);
    },
  });
  world.webhook.answer = () => ({ status: 400 });
  await publishOne(world, { deadLetterContainer: "dead-letters" });
  for (let step = 0; step < 4; step += 1) await world.pass(5 * MINUTE);

  expect(stored).toHaveLength(1);
  expect(world.eventGrid.statistics).toMatchObject({ deadLettered: 1, dropped: 0, pending: 0 });
});

test("drops the event when the container refuses for four hours", async () => {
  await using world = await createWorld({ deadLetter: () => Promise.reject(new Error("unavailable")) });
  world.webhook.answer = () => ({ status: 400 });
  await publishOne(world, { deadLetterContainer: "dead-letters" });
  await world.pass(4 * HOUR);
  expect(world.eventGrid.statistics).toMatchObject({ dropped: 0, pending: 1 });
  await world.pass(10 * MINUTE);

  expect(world.eventGrid.statistics).toMatchObject({ dropped: 1, pending: 0 });
});

async function publishOne(world: World, changes: Partial<EventSubscription>): Promise<void> {
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url, changes));
  world.eventGrid.publish(writeEvent("one"));
  await world.eventGrid.idle();
}
