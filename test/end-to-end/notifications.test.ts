import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { accountId, enforceAll, readOnlyGroup, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

let world: World;

const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, NOTIFICATION_WINDOW_SECONDS: "0" });
});
afterAll(() => world?.close());

/** Fires the timer until what was waited for came in. */
async function told(type: string, resourceId: string) {
  return await eventually(async () => {
    await world.fire("notify");
    await world.quiet();
    const { received } = world.azure.receiver;
    return received.find((each) => each.type === `AzureEncryptionGuard.${type}` && each.subject === resourceId);
  }, `a notification ${type}`);
}

test("a fix is told to who subscribed, with who made the change", async () => {
  const id = seedAccount(world, "told", weakTls);
  await world.deliver(writeEvent(id, { data: { correlationId: "one-deployment" } }));
  const { remediationId } = await world.judged(id, "remediated");

  const notification = await told("Remediated", id);

  expect(notification).toMatchObject({
    source: "azure-encryption-guard",
    data: {
      summary: "Fixed and proven: told (storage/minimum-tls).",
      changedBy: world.personId,
      correlationId: "one-deployment",
      resources: [{ resourceId: id, remediationId }],
    },
  });
});

test("what Azure refuses is told once, however often it is looked at", async () => {
  const id = seedAccount(world, "refused", weakTls, {}, accountId("refused", readOnlyGroup));
  await world.deliver(writeEvent(id));
  await world.judged(id, "blocked");
  await told("Blocked", id);

  await world.deliver(writeEvent(id));
  await world.judged(id, "blocked", 2);
  const after = seedAccount(world, "after", weakTls);
  await world.deliver(writeEvent(after));
  await world.judged(after, "remediated");
  await told("Remediated", after);

  expect(world.azure.receiver.received.filter(({ subject }) => subject === id)).toHaveLength(1);
});

test("a topic that takes nothing delays no fix, and gets it later", async () => {
  const id = seedAccount(world, "later", weakTls);
  world.azure.topic.isDown = true;
  await world.deliver(writeEvent(id));
  await world.judged(id, "remediated");
  await world.fire("notify");
  await eventually(
    () => world.lines.find(({ message }) => message === "notifications: the topic does not take them"),
    "the log to say that the topic takes nothing",
  );

  world.azure.topic.isDown = false;

  await told("Remediated", id);
});
