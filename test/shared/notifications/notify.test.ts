import { beforeEach, describe, expect, test } from "vitest";
import { chainedJournal } from "../../../shared/journal/chained-journal.ts";
import type { Journal, RemediationEntry } from "../../../shared/journal/journal.ts";
import { type NotifyWorld, notify } from "../../../shared/notifications/notify.ts";
import { type MemoryAppendBlobs, memoryAppendBlobs } from "../../support/memory-append-blobs.ts";
import { memoryLog } from "../../support/memory-log.ts";
import {
  type MemoryOutboxStore,
  type MemoryTopic,
  memoryOutboxStore,
  memoryTopic,
} from "../../support/memory-notifications.ts";

const subscription = "/subscriptions/a0000000-0000-4000-8000-000000000001";
const person = "c0000000-0000-4000-8000-000000000001";

let now: Date;
let blobs: MemoryAppendBlobs;
let journal: Journal;
let store: MemoryOutboxStore;
let topic: MemoryTopic;
let world: NotifyWorld;

beforeEach(() => {
  now = new Date("2026-11-23T08:00:00.000Z");
  blobs = memoryAppendBlobs();
  journal = chainedJournal(blobs);
  store = memoryOutboxStore();
  topic = memoryTopic();
  world = { now: () => now, journal: blobs, store, topic, windowSeconds: 60, log: memoryLog() };
});

function pass(seconds: number): void {
  now = new Date(now.getTime() + seconds * 1000);
}

async function happened(name: string, outcome: RemediationEntry["outcome"], more: Partial<RemediationEntry> = {}) {
  const resourceId = `${subscription}/resourceGroups/docks/providers/Microsoft.Storage/storageAccounts/${name}`;
  const entry: RemediationEntry = {
    version: 1,
    kind: "remediation",
    id: `entry-${name}-${outcome}`,
    at: now.toISOString(),
    resourceId,
    remediationId: "1795000000000-00000001",
    outcome,
    results: [{ baseline: "storage/minimum-tls", outcome, reason: "Because.", findings: [], changes: [] }],
    unchanged: [],
    causes: [{ via: "event", changedBy: person, correlationId: `deployment-of-${name}` }],
    attempt: 0,
    durations: {},
    ...more,
  };
  await journal.append(resourceId, [entry]);
  return resourceId;
}

describe("notifications", () => {
  test("tell what happened, and who made the change, once the window is over", async () => {
    const resourceId = await happened("manifests", "remediated");

    await notify(world);
    expect(topic.taken).toEqual([]);
    pass(60);
    await notify(world);

    expect(topic.taken).toMatchObject([
      {
        type: "AzureEncryptionGuard.Remediated",
        subject: resourceId,
        data: {
          changedBy: person,
          summary: "Fixed and proven: manifests (storage/minimum-tls).",
          resources: [{ resourceId, remediationId: "1795000000000-00000001" }],
        },
      },
    ]);
    expect(store.stored()?.waiting).toEqual([]);
  });

  test("are sent in parts where they are too much for the topic at once", async () => {
    const reason = "It is blocked. ".repeat(20_000);
    const results = [
      { baseline: "storage/minimum-tls", outcome: "blocked" as const, reason, findings: [], changes: [] },
    ];
    for (const name of ["one", "two", "three"]) await happened(name, "blocked", { results });
    const sizes: number[] = [];
    const publish: typeof topic.publish = async (notifications) => {
      sizes.push(JSON.stringify(notifications).length);
      await topic.publish(notifications);
    };
    const small = { ...world, topic: { publish } };

    await notify(small);
    pass(60);
    await notify(small);

    expect(topic.taken).toHaveLength(3);
    expect(Math.max(...sizes)).toBeLessThan(1_000_000);
    expect(store.stored()?.waiting).toEqual([]);
  });

  test("come once, however often the timer fires", async () => {
    await happened("manifests", "remediated");
    for (let time = 0; time < 5; time += 1) {
      await notify(world);
      pass(60);
    }

    expect(topic.taken).toHaveLength(1);
  });

  test("of one deployment in one subscription are one message", async () => {
    const causes: RemediationEntry["causes"] = [{ via: "event", correlationId: "one-deployment" }];
    await happened("manifests", "remediated", { causes });
    await notify(world);
    pass(30);
    await happened("passports", "remediated", { causes });
    await happened("elsewhere", "remediated");
    await notify(world);
    pass(60);
    await notify(world);

    const told = topic.taken.map(({ subject, data }) => ({ subject, resources: data.resources.length }));
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({ subject: subscription, resources: 2 });
  });

  test("of one deployment after its window are another message", async () => {
    const causes: RemediationEntry["causes"] = [{ via: "event", correlationId: "one-deployment" }];
    await happened("manifests", "remediated", { causes });
    await notify(world);
    pass(61);
    await notify(world);
    await happened("passports", "remediated", { causes });
    await notify(world);
    pass(61);
    await notify(world);

    expect(topic.taken.map(({ data }) => data.resources.length)).toEqual([1, 1]);
  });

  test("wait for a topic that takes nothing, and come with the same id when their answer got lost", async () => {
    await happened("manifests", "blocked");
    await notify(world);
    pass(60);
    topic.state = "down";
    await notify(world);
    expect(topic.taken).toEqual([]);
    topic.state = "loses";
    await notify(world);
    topic.state = "up";
    await notify(world);
    await notify(world);

    expect(topic.taken).toHaveLength(2);
    expect(topic.taken[0]).toEqual(topic.taken[1]);
  });

  test("that may have been sent take nothing more in", async () => {
    const causes: RemediationEntry["causes"] = [{ via: "event", correlationId: "one-deployment" }];
    await happened("manifests", "remediated", { causes });
    await notify(world);
    pass(60);
    topic.state = "loses";
    await notify(world);
    await happened("passports", "remediated", { causes });
    topic.state = "up";
    await notify(world);
    pass(60);
    await notify(world);

    expect(topic.taken.map(({ data }) => data.resources.length)).toEqual([1, 1, 1]);
    expect(new Set(topic.taken.map(({ id }) => id)).size).toBe(2);
  });

  test("are sent by one of two instances", async () => {
    await happened("manifests", "remediated");
    await notify(world);
    pass(60);
    store.between = () => notify(world);
    await notify(world);

    expect(topic.taken).toHaveLength(1);
  });

  test("do not tell what was older than an hour when the topic came to be", async () => {
    await happened("long-ago", "remediated");
    pass(3601);
    await happened("just-now", "remediated");
    await notify(world);
    pass(60);
    await notify(world);

    expect(topic.taken.map(({ data }) => data.resources.length)).toEqual([1]);
    expect(topic.taken[0]?.subject).toMatch(/just-now$/);
  });

  test("go on over the end of a day, where a chain begins a new blob", async () => {
    await happened("manifests", "remediated");
    await notify(world);
    pass(24 * 3600);
    await happened("manifests", "blocked");
    for (let time = 0; time < 4; time += 1) {
      await notify(world);
      pass(60);
    }

    expect(topic.taken.map(({ type }) => type)).toEqual([
      "AzureEncryptionGuard.Remediated",
      "AzureEncryptionGuard.Blocked",
    ]);
  });

  test("go on behind what retention took away unread, and say so in the log", async () => {
    await happened("manifests", "remediated");
    await notify(world);
    const [gone = ""] = blobs.names();
    pass(24 * 3600);
    await happened("manifests", "blocked");
    await blobs.remove(gone);
    for (let time = 0; time < 4; time += 1) {
      await notify(world);
      pass(60);
    }

    expect(topic.taken.map(({ type }) => type)).toContain("AzureEncryptionGuard.Blocked");
  });

  test("do not tell again how a baseline stood already, and not what nobody has to know", async () => {
    await happened("manifests", "blocked", { unchanged: ["storage/minimum-tls"] });
    await happened("passports", "retrying");
    await notify(world);
    pass(60);
    await notify(world);

    expect(topic.taken).toEqual([]);
  });

  test("of more than fifty resources are several messages", async () => {
    const causes: RemediationEntry["causes"] = [{ via: "event", correlationId: "one-deployment" }];
    for (let index = 0; index < 51; index += 1) await happened(`account${index}`, "capped", { causes });
    await notify(world);
    pass(60);
    await notify(world);

    expect(topic.taken.map(({ data }) => data.resources.length)).toEqual([50, 1]);
  });
});

test("an exemption that ends soon is told with its owner", async () => {
  const scope = `${subscription}/resourceGroups/docks`;
  const about = {
    exemptionId: "e1",
    baseline: "all",
    owner: "Harbour team",
    reason: "Move",
    until: "2026-11-30T00:00:00Z",
  };
  const entry = { version: 1, id: "e1-ending", at: now.toISOString(), resourceId: scope } as const;
  await journal.append(scope, [{ ...entry, kind: "exemption", event: "ending", ...about }]);
  await journal.append(scope, [{ ...entry, id: "e1-granted", kind: "exemption", event: "granted", ...about }]);
  await notify(world);
  pass(60);
  await notify(world);

  expect(topic.taken).toMatchObject([
    {
      type: "AzureEncryptionGuard.ExemptionEnding",
      subject: scope,
      data: {
        summary: "An exemption ends soon: docks (all) on 2026-11-30T00:00:00Z, owner Harbour team.",
        exemption: { ...about, scope },
      },
    },
  ]);
});

test("a summary can be shown as HTML, whatever a name holds", async () => {
  await happened('<img src=x onerror="alert(1)">\u202e', "awaiting-approval");
  await notify(world);
  pass(60);
  await notify(world);

  expect(topic.taken[0]?.data.summary).toBe(
    "Waits for approval: &lt;img src=x onerror=&quot;alert(1)&quot;&gt;\uFFFD (storage/minimum-tls).",
  );
});

test("a change that raised no event, and our identity used by somebody else, are told with the resource", async () => {
  const resourceId = `${subscription}/resourceGroups/docks/providers/Microsoft.Storage/storageAccounts/manifests`;
  const entry = { version: 1, at: now.toISOString(), resourceId } as const;
  const seenAt = now.toISOString();
  await journal.append(resourceId, [
    { ...entry, id: "missed", kind: "missed-event", baselines: ["storage/minimum-tls"], seenAt },
    {
      ...entry,
      id: "foreign",
      kind: "foreign-use",
      identity: person,
      causes: [{ via: "event", changedBy: person, correlationId: "theirs" }],
    },
  ]);
  await notify(world);
  pass(60);
  await notify(world);

  expect(topic.taken).toMatchObject([
    {
      type: "AzureEncryptionGuard.MissedEvent",
      subject: resourceId,
      data: { summary: "Changed without an event: manifests.", resources: [] },
    },
    {
      type: "AzureEncryptionGuard.ForeignUse",
      subject: resourceId,
      data: {
        changedBy: person,
        summary: "Changed by this service&#39;s identity, but not by this service: manifests.",
      },
    },
  ]);
});
