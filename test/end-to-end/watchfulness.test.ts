import { readFile } from "node:fs/promises";
import { StorageManagementClient } from "@azure/arm-storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skippableClock } from "../../emulator/skippable-clock.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, group, seedAccount, startWorld, subscriptionId, type World, writeEvent } from "./world.ts";

const clock = skippableClock();
let world: World;

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, NOTIFICATION_WINDOW_SECONDS: "0" }, { clock });
});
afterAll(() => world?.close());

test("a change that a sweep finds, and whose event never comes, is fixed, and told ten minutes later", async () => {
  const id = seedAccount(world, "unheard");
  await world.deliver(writeEvent(id));
  await world.judged(id, "compliant");
  seedAccount(world, "unheard", { minimumTlsVersion: "TLS1_0" });
  await world.fire("sweep");
  await world.judged(id, "remediated");
  expect(said("change found that raised no event", id)).toEqual([]);

  clock.skip(601_000);
  await world.fire("waker");
  await told("change found that raised no event", "MissedEvent", id);

  expect((await world.journal(id)).filter(({ kind }) => kind === "missed-event")).toMatchObject([
    { baselines: ["storage/minimum-tls"] },
  ]);
  expect(said("change found that raised no event", id)).toHaveLength(1);
});

test("who writes with the service's own identity is found by the event, and told", async () => {
  const id = seedAccount(world, "misused");
  await (await asTheService()).storageAccounts.update(group, "misused", { tags: { taken: "over" } });

  await told("own identity used by somebody else", "ForeignUse", id);

  const stolen = (await world.journal(id)).filter(({ kind }) => kind === "foreign-use");
  expect(stolen).toMatchObject([{ identity: world.serviceId, causes: [{ via: "event", changedBy: world.serviceId }] }]);
  expect(said("own identity used by somebody else", id)).toHaveLength(1);
});

function said(message: string, id: string): unknown[] {
  return world.lines.filter((line) => line.message === message && line.resourceId?.toLowerCase() === id.toLowerCase());
}

/** Waits until the log says so of the account, and then until who subscribed was told. */
async function told(message: string, type: string, id: string): Promise<void> {
  await eventually(() => said(message, id).length > 0, message);
  await world.fire("notify");
  await eventually(
    () =>
      world.azure.receiver.received.some(
        (each) => each.type === `AzureEncryptionGuard.${type}` && each.subject.toLowerCase() === id.toLowerCase(),
      ),
    `a notification ${type}`,
  );
}

/** A client of somebody who got hold of a token of the service's identity. */
async function asTheService(): Promise<StorageManagementClient> {
  const token = await world.azure.identity.tokenFor(world.azure.managedIdentity);
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return new StorageManagementClient(credential, subscriptionId, {
    endpoint: world.azure.arm.endpoint,
    tlsOptions: { ca: await readFile(world.azure.certificateFile, "utf8") },
    retryOptions: { maxRetries: 0 },
  });
}
