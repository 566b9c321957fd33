import { expect, test } from "vitest";
import type { Disorder, EventGridOptions } from "../../../emulator/event-grid/index.ts";
import { subscriptionTo, writeEvent } from "./events.ts";
import { createWorld } from "./world.ts";

const EVENTS = 40;
const names = Array.from({ length: EVENTS }, (_, index) => `event-${index}`);

test("loses, doubles and reorders nothing when it is not asked to", async () => {
  const { received, statistics } = await deliverInDisorder({});

  expect(received).toEqual(names);
  expect(statistics).toMatchObject({ delivered: EVENTS, duplicated: 0, dropped: 0 });
});

test("delivers events twice", async () => {
  const { received, statistics } = await deliverInDisorder({ duplicates: 1 });

  expect(received.toSorted()).toEqual([...names, ...names].toSorted());
  expect(statistics).toMatchObject({ duplicated: EVENTS, pending: 0 });
});

test("loses events, and counts them", async () => {
  const { received, statistics } = await deliverInDisorder({ drops: 0.5 });

  expect(received.length).toBeLessThan(EVENTS);
  expect(statistics.dropped).toBe(EVENTS - received.length);
});

test("delivers every event, but in another order", async () => {
  const { received } = await deliverInDisorder({ reordering: 0.5 });

  expect(received).not.toEqual(names);
  expect(received.toSorted()).toEqual(names.toSorted());
});

test("gives the same disorder for the same seed, another one for another", async () => {
  const disorder = { duplicates: 0.3, drops: 0.3, reordering: 0.3 };
  const first = await deliverInDisorder(disorder, 7);
  const again = await deliverInDisorder(disorder, 7);
  const other = await deliverInDisorder(disorder, 8);

  expect(again.received).toEqual(first.received);
  expect(other.received).not.toEqual(first.received);
});

test("chooses which events are lost whatever the other probabilities are", async () => {
  const plain = await deliverInDisorder({ drops: 0.3 });
  const reordered = await deliverInDisorder({ drops: 0.3, reordering: 1 });

  expect(reordered.received.toSorted()).toEqual(plain.received.toSorted());
});

test("takes a change of its disorder for the events after it", async () => {
  await using world = await createWorld({ disorder: { drops: 1 } });
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  world.eventGrid.publish(writeEvent("lost"));
  world.eventGrid.disorder.drops = 0;
  world.eventGrid.publish(writeEvent("kept"));
  await world.eventGrid.idle();

  expect(world.webhook.eventIds()).toEqual(["kept"]);
});

async function deliverInDisorder(disorder: Partial<Disorder>, seed = 1) {
  const options: Partial<EventGridOptions> = { disorder, seed };
  await using world = await createWorld(options);
  await world.eventGrid.subscribe(subscriptionTo(world.webhook.url));
  for (const name of names) {
    world.eventGrid.publish(writeEvent(name));
    // One after the other, so that only the disorder decides about the order.
    await world.pass(100);
  }
  for (let step = 0; step < 200; step += 1) await world.pass(100);
  return { received: world.webhook.eventIds(), statistics: { ...world.eventGrid.statistics } };
}
