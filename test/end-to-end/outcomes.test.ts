import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fault } from "../../emulator/faults.ts";
import { accountOutcomes, endOf, entriesOf, type Remediation, resultOf, standings } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { assign } from "./guard-role.ts";
import {
  accountId,
  enforceAll,
  group,
  groupId,
  readOnlyGroup,
  seedAccount,
  startWorld,
  type World,
  writeEvent,
} from "./world.ts";

let world: World;

const tls = "storage/minimum-tls";
const secureTransfer = "storage/secure-transfer";
const weakTls = { minimumTlsVersion: "TLS1_0" };
const noOnesGroup = "lost-and-found";

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, REQUEST_TIMEOUT_SECONDS: "5" });
  for (const failure of failures) provoke(failure);
});
afterAll(() => world?.close());

interface Failure {
  name: string;
  account: string;
  method: "GET" | "PATCH";
  fault: Fault;
  /** Of each intent, in order. */
  intents: string[];
  /** Writes that reached Azure and were answered 200. */
  successes: number;
  leastSeconds?: number;
}

const throttled = { error: { code: "TooManyRequests", message: "The request is being throttled." } };
const unavailable = "<!DOCTYPE html><html><title>Service Unavailable</title><body>Come back later</body></html>";

const failures: Failure[] = [
  {
    name: "a write is throttled with Retry-After: the next one comes after that time",
    account: "later0",
    method: "PATCH",
    fault: { kind: "answer", when: "before", status: 429, body: throttled, headers: { "retry-after": "7" } },
    intents: ["retrying", "remediated"],
    successes: 1,
    leastSeconds: 7,
  },
  {
    name: "a write is throttled without Retry-After",
    account: "later1",
    method: "PATCH",
    fault: { kind: "answer", when: "before", status: 429, body: throttled },
    intents: ["retrying", "remediated"],
    successes: 1,
    leastSeconds: 3,
  },
  {
    name: "a write meets ARM's 503, which is an HTML page, and did not take effect: a new intent takes over",
    account: "later2",
    method: "PATCH",
    fault: { kind: "answer", when: "before", status: 503, body: unavailable, headers: { "content-type": "text/html" } },
    intents: ["superseded", "remediated"],
    successes: 1,
  },
  {
    name: "a write meets a 503 and took effect all the same: no second write",
    account: "later3",
    method: "PATCH",
    fault: { kind: "answer", when: "after", status: 503, body: unavailable },
    intents: ["remediated"],
    successes: 0,
  },
  {
    name: "the connection drops before a write took effect: a new intent takes over",
    account: "later4",
    method: "PATCH",
    fault: { kind: "drop", when: "before" },
    intents: ["superseded", "remediated"],
    successes: 1,
  },
  {
    name: "the connection drops after a write took effect: no second write",
    account: "later5",
    method: "PATCH",
    fault: { kind: "drop", when: "after" },
    intents: ["remediated"],
    successes: 0,
  },
  {
    name: "half of a write's answer arrives: no second write",
    account: "later6",
    method: "PATCH",
    fault: { kind: "drop", when: "after", halfAnswer: true },
    intents: ["remediated"],
    successes: 0,
  },
  {
    name: "a write's answer comes after the time limit: no second write",
    account: "later7",
    method: "PATCH",
    fault: { kind: "delay", milliseconds: 7000 },
    intents: ["remediated"],
    successes: 1,
  },
  {
    name: "another operation is in progress (409)",
    account: "later8",
    method: "PATCH",
    fault: {
      kind: "answer",
      when: "before",
      status: 409,
      body: { error: { code: "StorageAccountOperationInProgress", message: "An operation is in progress." } },
    },
    intents: ["retrying", "remediated"],
    successes: 1,
  },
  {
    name: "the read fails with ARM's 503: nothing is written before a read",
    account: "later9",
    method: "GET",
    fault: { kind: "answer", when: "before", status: 503, body: unavailable, headers: { "content-type": "text/html" } },
    intents: ["remediated"],
    successes: 1,
  },
];

/** All at once, since each waits some seconds before it is taken up again. */
function provoke({ account, method, fault }: Failure): void {
  const id = seedAccount(world, account, weakTls, { tags: { ship: account } });
  world.azure.arm.failNext((request) => (request.method === method && request.path === id ? fault : undefined));
  void world.deliver(writeEvent(id));
}

describe.concurrent("what Azure can't do now is retried by itself", () => {
  test.each(failures)("$name", async ({ account, method, intents, successes, leastSeconds }) => {
    const id = accountId(account);

    const first = await world.judged(id, "retrying");
    const remediation = await world.remediation(id, "remediated");

    expect(first.remediationId).toBe(remediation.id);
    expect(world.stored(id)).toMatchObject({ tags: { ship: account }, properties: { minimumTlsVersion: "TLS1_2" } });
    expectOneOutcomeEach(remediation, intents);
    const answered = world.writes(id);
    expect(answered.filter(({ status }) => status === 200)).toHaveLength(successes);
    expect(answered).toHaveLength(method === "GET" ? 1 : intents.length);
    expect(resultOf(remediation, tls).outcome).toBe("remediated");
    expect(entriesOf(remediation, "remediation").map(({ outcome }) => outcome)).toEqual(["retrying", "remediated"]);
    // Settled by the follow-up, or sooner by the event of the service's own write where that took effect.
    expect(endOf(remediation).attempt).toBe(1);
    expect(remediation.changedBy).toBe(world.personId);
    if (leastSeconds === undefined) return;
    const [before, after] = answered.map(({ time }) => Date.parse(time));
    expect((after ?? 0) - (before ?? 0)).toBeGreaterThanOrEqual(leastSeconds * 1000);
  });
});

describe.concurrent("what a person has to take out of the way is blocked, with Azure's code and advice", () => {
  test("a read-only lock; after it is gone a re-check fixes the account", async () => {
    const id = seedAccount(world, "locked", weakTls);
    const lock = `${id}/providers/Microsoft.Authorization/locks/season`;
    world.azure.arm.seed(lock, { properties: { level: "ReadOnly" } });

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    expect(resultOf(remediation, tls)).toMatchObject({
      outcome: "blocked",
      azure: { status: 409, code: "ScopeLocked", message: expect.stringContaining(id) },
      advice: expect.stringContaining("Remove the lock"),
    });
    expectOneOutcomeEach(remediation, ["blocked"]);
    expect(world.stored(id)).toMatchObject({ properties: weakTls });

    world.azure.arm.resources.delete(lock);
    const { body } = await world.post("/api/recheck", { resourceId: id });
    expect(body).toMatchObject({ outcome: "remediated" });
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  });

  test("a policy that denies", async () => {
    const id = seedAccount(world, "policy", weakTls);
    world.azure.arm.denyByPolicy({
      scope: id,
      property: "properties.minimumTlsVersion",
      displayName: "Keep the old radios working",
      when: () => true,
    });

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    expect(resultOf(remediation, tls)).toMatchObject({
      azure: { status: 403, code: "RequestDisallowedByPolicy" },
      advice: expect.stringContaining("policy assignment"),
    });
    expectOneOutcomeEach(remediation, ["blocked"]);
  });

  test("a deny assignment", async () => {
    const id = seedAccount(world, "denied", weakTls);
    world.azure.arm.addDenyAssignment({ scope: id, actions: ["Microsoft.Storage/storageAccounts/write"] });

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    expect(resultOf(remediation, tls)).toMatchObject({
      azure: { status: 403, code: "DenyAssignmentAuthorizationFailed" },
      advice: expect.stringContaining("managed resource group"),
    });
    expectOneOutcomeEach(remediation, ["blocked"]);
  });

  test("a role that may only read; once the role is there a re-check fixes the account", async () => {
    const id = seedAccount(world, "norole", weakTls, {}, accountId("norole", readOnlyGroup));

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    expect(resultOf(remediation, tls)).toMatchObject({
      azure: {
        status: 403,
        code: "AuthorizationFailed",
        message: expect.stringContaining("'Microsoft.Storage/storageAccounts/write'"),
      },
      advice: expect.stringContaining("role"),
    });
    expectOneOutcomeEach(remediation, ["blocked"]);

    assign(world.azure.arm, id, world.serviceId, ["Microsoft.Storage/storageAccounts/write"]);
    const { body } = await world.post("/api/recheck", { resourceId: id });
    expect(body).toMatchObject({ outcome: "remediated" });
  });

  test("no role at all: it can't be read, and nothing is written", async () => {
    world.azure.arm.seed(groupId(noOnesGroup), { location: "westeurope" });
    const id = seedAccount(world, "unread", weakTls, {}, accountId("unread", noOnesGroup));

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "blocked");

    const { results } = endOf(remediation);
    expect(standings(results)).toEqual(accountOutcomes({}, "blocked"));
    for (const { azure } of results) expect(azure?.code).toBe("AuthorizationFailed");
    expect(entriesOf(remediation, "intent")).toEqual([]);
    expect(world.writes(id)).toEqual([]);
  });
});

describe.concurrent("a 400 that no rule knows", () => {
  const refusal = { error: { code: "TideTooLow", message: "The keel would touch ground." } };

  test("is failed, with Azure's code and message, and is not tried again", async () => {
    const id = seedAccount(world, "refused", weakTls);
    world.azure.arm.failNext(({ method, path }) =>
      method === "PATCH" && path === id ? { kind: "answer", when: "before", status: 400, body: refusal } : undefined,
    );

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "failed");

    expect(resultOf(remediation, tls)).toMatchObject({
      code: "azure-refused",
      azure: { status: 400, code: "TideTooLow", message: "The keel would touch ground." },
    });
    expectOneOutcomeEach(remediation, ["failed"]);
    expect(world.writes(id)).toHaveLength(1);
  });

  test("on a joint write leads to one write a baseline, strongest first, so that one refusal stops no other", async () => {
    const id = seedAccount(world, "jointrefused", { ...weakTls, supportsHttpsTrafficOnly: false });
    const isTls = (body: string) => body.includes("minimumTlsVersion");
    world.azure.arm.failNext(
      ({ method, path, body }) =>
        method === "PATCH" && path === id && isTls(body)
          ? { kind: "answer", when: "before", status: 400, body: refusal }
          : undefined,
      2,
    );

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "failed");

    expect(resultOf(remediation, secureTransfer).outcome).toBe("remediated");
    expect(resultOf(remediation, "storage/https-only-sas").outcome).toBe("remediated");
    expect(resultOf(remediation, tls).outcome).toBe("failed");
    expect(world.stored(id)).toMatchObject({ properties: { ...weakTls, supportsHttpsTrafficOnly: true } });
    expect(entriesOf(remediation, "intent")[0]?.baselines).toContain(tls);
    expectOneOutcomeEach(remediation, ["superseded", "remediated", "remediated", "failed"]);
  });
});

describe.concurrent("what may break something waits for a person", () => {
  test("NFS shares: the proposal makes their setting explicit first, and nothing is written", async () => {
    const rest = { kind: "FileStorage", sku: { name: "Premium_LRS" } };
    const id = seedAccount(world, "nfsshares", {}, rest);
    world.azure.arm.seed(`${id}/fileServices/default/shares/cabins`, { properties: { enabledProtocols: "NFS" } });

    await world.person.storageAccounts.update(group, "nfsshares", { enableHttpsTrafficOnly: false });
    const remediation = await world.remediation(id, "awaiting-approval");

    expect(resultOf(remediation, secureTransfer)).toMatchObject({
      outcome: "awaiting-approval",
      guard: "file-protocol-breaks",
      mayBreak: expect.stringContaining("NFS"),
      advice: expect.stringContaining("encryptionInTransit"),
      changes: [
        {
          part: "fileServices",
          patch: { properties: { protocolSettings: { nfs: { encryptionInTransit: { required: false } } } } },
        },
        { part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } },
      ],
    });
    expect(world.writes(id)).toEqual([]);
    expect(world.stored(id)).toMatchObject({ properties: { supportsHttpsTrafficOnly: false } });
  });

  test("keys that were never rotated: the SAS policy waits, and all else is fixed", async () => {
    const id = accountId("oldkeys");
    world.azure.arm.seed(id, {
      location: "westeurope",
      properties: { supportsHttpsTrafficOnly: true, ...weakTls, keyCreationTime: { key1: null, key2: null } },
    });

    await world.person.storageAccounts.update(group, "oldkeys", { tags: { ship: "Old Mary" } });
    const remediation = await world.remediation(id, "awaiting-approval");

    expect(resultOf(remediation, "storage/sas-expiration")).toMatchObject({
      outcome: "awaiting-approval",
      guard: "keys-never-rotated",
      reason: expect.stringContaining("key1 and key2"),
      advice: expect.stringContaining("Rotate both account keys"),
    });
    expect(resultOf(remediation, tls).outcome).toBe("remediated");
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
    expect(world.stored(id)).not.toHaveProperty("properties.sasPolicy");
  });
});

describe.concurrent("the end of an account", () => {
  test("is gone, and what was remembered of it is cleared", async () => {
    const id = seedAccount(world, "scrapped");
    await world.person.storageAccounts.update(group, "scrapped", { tags: { ship: "Farewell" } });
    await world.judged(id, "compliant");
    expect(await rowsAbout(id)).toHaveLength(1);

    await world.person.storageAccounts.delete(group, "scrapped");
    await world.judged(id, "gone");

    expect(await rowsAbout(id)).toEqual([]);
    expect(world.writes(id)).toEqual([]);
    expect((await world.journal(id)).at(-1)).toMatchObject({
      kind: "check",
      outcome: "gone",
      causes: [{ operation: "Microsoft.Storage/storageAccounts/delete", changedBy: world.personId }],
    });
  });

  test("ends the remediation that was open, and its intent", async () => {
    const id = seedAccount(world, "sunk", weakTls);
    world.azure.arm.failNext(({ method, path }) =>
      method === "PATCH" && path === id ? { kind: "drop", when: "before" } : undefined,
    );
    await world.deliver(writeEvent(id));
    await world.judged(id, "retrying");

    await world.person.storageAccounts.delete(group, "sunk");
    const remediation = await world.remediation(id, "gone");

    expectOneOutcomeEach(remediation, ["gone"]);
    expect(remediation.outcome).toBe("gone");
    expect(await rowsAbout(id)).toEqual([]);
  });
});

test("a property set back three times within the hour is contested: the fourth is not written, and who did it is named", async () => {
  const id = seedAccount(world, "quarrel");
  for (const times of [1, 2, 3]) {
    await world.person.storageAccounts.update(group, "quarrel", { minimumTlsVersion: "TLS1_1" });
    await world.judged(id, "remediated", times);
  }
  await world.person.storageAccounts.update(group, "quarrel", { minimumTlsVersion: "TLS1_1" });
  const remediation = await world.remediation(id, "contested");

  expect(resultOf(remediation, tls)).toMatchObject({
    outcome: "contested",
    reason: expect.stringContaining([1, 2, 3].map(() => world.personId).join(", ")),
    advice: expect.stringContaining("who sets it back"),
  });
  expect(world.writes(id)).toHaveLength(3);
  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_1" } });

  // What nobody fights over is fixed as ever.
  await world.person.storageAccounts.update(group, "quarrel", { enableHttpsTrafficOnly: false });
  const later = await world.remediation(id, "contested", 2);
  expect(resultOf(later, secureTransfer).outcome).toBe("remediated");
  expect(world.stored(id)).toMatchObject({
    properties: { minimumTlsVersion: "TLS1_1", supportsHttpsTrafficOnly: true },
  });

  const body = { resourceId: id, baseline: tls, reason: "The old tablets are gone." };
  const opened = (await world.journal(id)).filter((entry) => entry.kind === "breaker");
  expect(opened, "told once").toMatchObject([{ became: "open", changedBy: [1, 2, 3].map(() => world.personId) }]);
  const closed = await world.post("/api/close-breaker", body);
  expect(closed).toMatchObject({ status: 200, body: { outcome: "remediated" } });
  expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  expect((await world.journal(id)).filter((entry) => entry.kind === "breaker").at(-1)).toMatchObject({
    became: "closed",
    askedBy: "function key",
    reason: body.reason,
  });
  expect(await world.post("/api/close-breaker", body)).toMatchObject({
    status: 409,
    body: { error: { code: "breaker-not-open" } },
  });
});

test("every intent in the journal has exactly one outcome, written after it", async () => {
  await eventually(async () => {
    const entries = await world.journal();
    const intents = entries.filter((entry) => entry.kind === "intent");
    expect(intents.length).toBeGreaterThan(20);
    for (const { intentId, at } of intents) {
      const ends = entries.filter((entry) => entry.kind === "intent-outcome" && entry.intentId === intentId);
      expect(ends).toHaveLength(1);
      expect((ends[0]?.at ?? "") >= at).toBe(true);
    }
    return true;
  }, "every intent to have its outcome");
});

/** In the order of the intents, one outcome each. */
function expectOneOutcomeEach(remediation: Remediation, outcomes: string[]): void {
  const ends = entriesOf(remediation, "intent-outcome");
  const intents = entriesOf(remediation, "intent");
  expect(intents.map(({ intentId }) => ends.find((end) => end.intentId === intentId)?.outcome)).toEqual(outcomes);
  expect(ends).toHaveLength(intents.length);
}

async function rowsAbout(id: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of world.table("resources").listEntities()) {
    if (String(row.resourceId).toLowerCase() === id.toLowerCase()) rows.push(row);
  }
  return rows;
}
