import { afterEach, expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { assignGuard } from "./guard-role.ts";
import {
  accountId,
  enforceAll,
  foreignSubscriptionId,
  group,
  groupId,
  seedAccount,
  serviceId,
  startWorld,
  subscriptionId,
  type World,
  writeEvent,
} from "./world.ts";

let world: World | undefined;

const weakTls = { minimumTlsVersion: "TLS1_0" };
/** What the storage provider gives in five minutes: half of it is for looks that may wait. */
const halfOfReads = 400;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

test("a subscription that Azure throttles slows down alone, and what waits there is not read meanwhile", async () => {
  const here = await start({ ...enforceAll, SCOPES: [subscriptionId, foreignSubscriptionId].map(scopeOf).join(",") });
  const first = seedAccount(here, "first", weakTls);
  const waiting = ["second", "third", "fourth"].map((name) => seedAccount(here, name, weakTls));
  const elsewhere = ["fifth", "sixth"].map((name) =>
    seedAccount(here, name, weakTls, {}, accountId(name, group, foreignSubscriptionId)),
  );
  here.azure.arm.failNext(({ method, path }) =>
    method === "GET" && path.toLowerCase() === first.toLowerCase() ? throttledFor(6) : undefined,
  );
  await here.deliver(writeEvent(first));
  await here.judged(first, "retrying");
  const until = Date.parse(here.requests(first)[0]?.time ?? "") + 6_000;

  for (const id of [...waiting, ...elsewhere]) await here.deliver(writeEvent(id));
  for (const id of elsewhere) await here.judged(id, "remediated");
  const endedElsewhere = Math.max(...elsewhere.flatMap((id) => here.writes(id).map(({ time }) => Date.parse(time))));
  for (const id of [first, ...waiting]) await here.judged(id, "remediated");

  expect(endedElsewhere).toBeLessThan(until);
  for (const id of waiting) {
    const [earliest = 0] = here.requests(id).map(({ time }) => Date.parse(time));
    expect(earliest).toBeGreaterThanOrEqual(until);
    expect([here.reads(id), here.writes(id).length]).toEqual([1, 1]);
  }
});

test("events are judged at once while a sweep has read as many resources as it may for now", async () => {
  const here = await start({ MODE_DEFAULT: "audit" }, { throttling: true });
  const swept = Array.from({ length: halfOfReads + 40 }, (_, index) => seedAccount(here, `fleet${index}`, weakTls));
  const readBySweep = () => swept.filter((id) => here.reads(id) > 0).length;
  await here.fire("sweep");
  await eventually(() => putOff(here) > 20, "the sweep's looks to be put off", 90_000);

  const changed = ["one", "two", "three"].map((name) => seedAccount(here, name, weakTls));
  for (const id of changed) await here.deliver(writeEvent(id));
  for (const id of changed) await here.judged(id, "audit");

  expect(readBySweep()).toBeGreaterThan(100);
  expect(readBySweep()).toBeLessThanOrEqual(halfOfReads);
  expect(here.azure.arm.requests.filter(({ status }) => status === 429)).toEqual([]);
}, 120_000);

async function start(settings: Record<string, string>, switches: { throttling?: boolean } = {}): Promise<World> {
  world = await startWorld(settings, {
    switches: { roleAssignments: true, ...switches },
    prepare: async (arm) => assignGuard(arm, groupId(group, foreignSubscriptionId), serviceId),
  });
  return world;
}

function scopeOf(subscription: string): string {
  return `/subscriptions/${subscription}`;
}

function throttledFor(seconds: number) {
  const error = { code: "SubscriptionRequestsThrottled", message: "Too many requests." };
  const headers = { "retry-after": String(seconds) };
  return { kind: "answer", when: "before", status: 429, body: { error }, headers } as const;
}

function putOff({ lines }: World): number {
  return lines.filter(({ message }) => message.startsWith("put off")).length;
}
