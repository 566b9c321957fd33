import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { baselines } from "../../shared/baselines/index.ts";
import { accountOutcomes, endOf, entriesOf, errorSchema, healthSchema, resultOf, standings } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { accountId, enforceAll, group, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

/** What app settings choose. The tests run in this order, each group after a restart with settings of its own. */

let world: World;

const tls = "storage/minimum-tls";
const secureTransfer = "storage/secure-transfer";
const sasExpiration = "storage/sas-expiration";
const corsRule = {
  allowedOrigins: ["https://polaris.example"],
  allowedMethods: ["GET"],
  allowedHeaders: [],
  exposedHeaders: [],
  maxAgeInSeconds: 60,
};
const weakTls = { minimumTlsVersion: "TLS1_0" };

beforeAll(async () => {
  world = await startWorld({});
});
afterAll(() => world?.close());

describe("without a mode", () => {
  test("a finding is audited: what would change from what to what, and what it may break; nothing is written", async () => {
    const id = seedAccount(world, "audited");
    const before = world.stored(id);

    await world.person.storageAccounts.update(group, "audited", {
      enableHttpsTrafficOnly: false,
      minimumTlsVersion: "TLS1_1",
    });
    const remediation = await world.remediation(id, "audit");

    expect(resultOf(remediation, secureTransfer)).toMatchObject({
      outcome: "audit",
      findings: [{ path: "properties.supportsHttpsTrafficOnly", expected: "true", actual: false }],
      changes: [{ part: "", patch: { properties: { supportsHttpsTrafficOnly: true } } }],
      mayBreak: expect.stringContaining("http://"),
    });
    expect(resultOf(remediation, tls)).toMatchObject({
      outcome: "audit",
      findings: [{ path: "properties.minimumTlsVersion", expected: "TLS1_2 or later", actual: "TLS1_1" }],
      changes: [{ part: "", patch: { properties: { minimumTlsVersion: "TLS1_2" } } }],
      mayBreak: expect.stringContaining("TLS 1.0 or 1.1"),
    });
    expect(remediation.changedBy).toBe(world.personId);
    expect(entriesOf(remediation, "intent")).toEqual([]);
    expect(world.writes(id)).toEqual([]);
    expect(world.stored(id)).toMatchObject({ tags: before.tags, properties: { minimumTlsVersion: "TLS1_1" } });
    const health = healthSchema.parse((await world.get("/api/health")).body);
    expect(Object.values(health.modes ?? {})).toEqual(baselines.map(() => "audit"));
  });
});

describe("with WRITES_PER_HOUR=1", () => {
  beforeAll(() => world.azure.restartFunctions({ ...enforceAll, WRITES_PER_HOUR: "1" }));

  test("the second write in the hour is capped: journaled, not sent, and waiting", async () => {
    const first = seedAccount(world, "first", weakTls);
    await world.deliver(writeEvent(first));
    await world.judged(first, "remediated");

    const second = seedAccount(world, "second", weakTls);
    await world.deliver(writeEvent(second));
    const remediation = await world.remediation(second, "capped");

    expect(resultOf(remediation, tls)).toMatchObject({
      outcome: "capped",
      reason: expect.stringContaining("1 writes in this subscription and hour"),
      advice: expect.stringContaining("WRITES_PER_HOUR"),
    });
    expect(entriesOf(remediation, "intent")).toEqual([]);
    expect(world.writes(second)).toEqual([]);
    expect(world.stored(second)).toMatchObject({ properties: weakTls });
  });
});

describe("with WRITES_STOPPED=true", () => {
  beforeAll(() => world.azure.restartFunctions({ ...enforceAll, WRITES_STOPPED: "true" }));

  test("nothing is written; checks, journal and health go on", async () => {
    const id = seedAccount(world, "stopped", weakTls);

    await world.deliver(writeEvent(id));
    const remediation = await world.remediation(id, "capped");

    expect(resultOf(remediation, tls)).toMatchObject({
      reason: "Writes are stopped.",
      advice: expect.stringContaining("WRITES_STOPPED"),
      findings: [{ path: "properties.minimumTlsVersion", actual: "TLS1_0" }],
    });
    expect(world.writes(id)).toEqual([]);
    const health = healthSchema.parse((await world.get("/api/health")).body);
    expect(health).toMatchObject({ status: "healthy", writesStoppedBySetting: true, writesStopped: false });
  });
});

describe("with the stop switch in the table control", () => {
  beforeAll(() => world.azure.restartFunctions(enforceAll));

  test("nothing is written until it is taken back; then it goes on by itself", async () => {
    await stopWrites(true);
    const id = seedAccount(world, "switched", weakTls);

    await world.deliver(writeEvent(id));
    await world.judged(id, "capped");
    expect(world.writes(id)).toEqual([]);
    expect(healthSchema.parse((await world.get("/api/health")).body).writesStopped).toBe(true);

    await stopWrites(false);
    const remediation = await world.remediation(id, "remediated");
    expect(entriesOf(remediation, "remediation").map(({ outcome }) => outcome)).toEqual(["capped", "remediated"]);
    expect(world.writes(id)).toHaveLength(1);
    // What an earlier setting stopped goes on too.
    await world.judged(accountId("stopped"), "remediated");
  });
});

describe("with MODE_DEFAULT=approve, and MODE_STORAGE_MINIMUM_TLS=enforce", () => {
  beforeAll(() =>
    world.azure.restartFunctions({
      MODE_DEFAULT: "approve",
      MODE_STORAGE_MINIMUM_TLS: "enforce",
    }),
  );

  test("each baseline goes by its own mode", async () => {
    const id = seedAccount(world, "mixed");

    await world.person.storageAccounts.update(group, "mixed", {
      enableHttpsTrafficOnly: false,
      minimumTlsVersion: "TLS1_1",
      sasPolicy: { sasExpirationPeriod: "30.00:00:00", expirationAction: "Log" },
    });
    const remediation = await world.remediation(id, "awaiting-approval");

    expect(standings(endOf(remediation).results)).toEqual(
      accountOutcomes({
        [secureTransfer]: "awaiting-approval",
        "storage/https-only-sas": "awaiting-approval",
        [tls]: "remediated",
        [sasExpiration]: "audit",
      }),
    );
    expect(world.stored(id)).toMatchObject({
      properties: {
        supportsHttpsTrafficOnly: false,
        minimumTlsVersion: "TLS1_2",
        sasPolicy: { sasExpirationPeriod: "30.00:00:00" },
      },
    });
  });
});

describe("with parameters", () => {
  const fileShares = JSON.stringify({ explicitProtocolSettingAllowed: true });
  beforeAll(() =>
    world.azure.restartFunctions({
      ...enforceAll,
      PARAMETERS_STORAGE_SECURE_TRANSFER: fileShares,
      PARAMETERS_STORAGE_HTTPS_ONLY_SAS: fileShares,
      PARAMETERS_STORAGE_SAS_EXPIRATION: JSON.stringify({ maximumDays: 2, expirationAction: "Block" }),
    }),
  );

  test("explicitProtocolSettingAllowed: NFS mounts get their explicit setting first, then secure transfer is turned on", async () => {
    const blocking = { sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Block" } };
    const rest = { kind: "FileStorage", sku: { name: "Premium_LRS" } };
    const id = seedAccount(world, "nfsallowed", blocking, rest);
    const fileServices = `${id}/fileServices/default`;
    world.azure.arm.seed(fileServices, {
      properties: { shareDeleteRetentionPolicy: { enabled: true, days: 30 }, cors: { corsRules: [corsRule] } },
    });
    world.azure.arm.seed(`${fileServices}/shares/cabins`, { properties: { enabledProtocols: "NFS" } });

    await world.person.storageAccounts.update(group, "nfsallowed", { enableHttpsTrafficOnly: false });
    const remediation = await world.remediation(id, "remediated");

    expect(world.writes(id).map(({ method, path }) => `${method} ${path.slice(id.length)}`)).toEqual([
      "PUT /fileServices/default",
      "PATCH ",
    ]);
    expect(world.stored(id)).toMatchObject({ properties: { supportsHttpsTrafficOnly: true } });
    expect(world.stored(fileServices)).toMatchObject({
      properties: {
        protocolSettings: { nfs: { encryptionInTransit: { required: false } } },
        shareDeleteRetentionPolicy: { enabled: true, days: 30 },
        cors: { corsRules: [corsRule] },
      },
    });
    expect(entriesOf(remediation, "intent").map(({ change }) => change.part)).toEqual(["fileServices", ""]);
    expect(entriesOf(remediation, "intent-outcome").map(({ outcome }) => outcome)).toEqual([
      "remediated",
      "remediated",
    ]);
  });

  test("expirationAction Block: it waits for a person, since it refuses tokens that work today", async () => {
    const id = seedAccount(world, "block");

    await world.person.storageAccounts.update(group, "block", { tags: { ship: "Blockade" } });
    const remediation = await world.remediation(id, "awaiting-approval");

    expect(resultOf(remediation, sasExpiration)).toMatchObject({
      outcome: "awaiting-approval",
      guard: "refuses-clients",
      mayBreak: expect.stringContaining("refuses every SAS"),
      changes: [
        {
          part: "",
          patch: { properties: { sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Block" } } },
        },
      ],
    });
    expect(world.writes(id)).toEqual([]);
  });
});

describe("with wrong settings", () => {
  const wrong = { MODE_DEFAULT: "aggressive", WRITES_PER_HOUR: "0", SCOPES: "/subscriptions/everything" };

  test("health and every route answer 503 with each setting, its value and what is allowed", async () => {
    await world.azure.restartFunctions(wrong);

    const health = await world.get("/api/health");
    expect(health.status).toBe(503);
    expect(healthSchema.parse(health.body)).toMatchObject({
      status: "configuration-invalid",
      problems: expect.arrayContaining([
        { setting: "MODE_DEFAULT", value: "aggressive", allowed: "audit, approve, enforce" },
        { setting: "WRITES_PER_HOUR", value: "0", allowed: "a whole number from 1 to 1200" },
        expect.objectContaining({ setting: "SCOPES", value: "/subscriptions/everything" }),
      ]),
    });
    const replies = await Promise.all([
      world.get("/api/remediations"),
      world.get("/api/remediations/0000000000000-00000000"),
      world.get("/api/recheck/00000000-0000-4000-8000-000000000000"),
      world.post("/api/recheck", { resourceId: accountId("kept") }),
    ]);
    for (const { status, body } of replies) {
      expect(status).toBe(503);
      const { error } = errorSchema.parse(body);
      expect(error.code).toBe("configuration-invalid");
      expect(error.details).toContainEqual({
        target: "MODE_DEFAULT",
        message: '"aggressive" is not allowed. Allowed: audit, approve, enforce.',
      });
    }
  });

  test("a change is kept on the queue and nothing is asked of Azure", async () => {
    const id = seedAccount(world, "waiting", weakTls);
    const before = await waiting();
    const asked = world.azure.arm.requests.length;

    expect(await world.deliver(writeEvent(id))).toBe(202);
    await eventually(
      () =>
        world.lines.some(
          ({ message }) => message === "settings are wrong: nothing is written to Azure, the change is kept",
        ),
      "the change to be put off",
    );

    await eventually(async () => (await waiting()) === before + 1, "the change to be on the queue");
    expect(world.azure.arm.requests.length).toBe(asked);
  });

  test("after a restart with right settings the kept change is handled", async () => {
    // Nobody takes from the queue meanwhile: the change waits there as it was sent.
    await world.azure.restartFunctions({ ...wrong, "AzureWebJobs.reconcile.Disabled": "true" });
    const id = seedAccount(world, "kept");
    await world.person.storageAccounts.update(group, "kept", { minimumTlsVersion: "TLS1_0" });
    await eventually(
      () =>
        world.lines.some(
          ({ message, resourceId }) => message === "event taken" && resourceId?.toLowerCase() === id.toLowerCase(),
        ),
      "the event to be taken",
    );
    expect(world.requests(id)).toEqual([]);

    await world.azure.restartFunctions(enforceAll);
    const remediation = await world.remediation(id, "remediated");

    expect(remediation.changedBy).toBe(world.personId);
    expect(world.stored(id)).toMatchObject({ properties: { minimumTlsVersion: "TLS1_2" } });
  });
});

async function stopWrites(stopped: boolean): Promise<void> {
  await world.table("control").upsertEntity({ partitionKey: "switch", rowKey: "writes", stopped });
}

async function waiting(): Promise<number> {
  const { approximateMessagesCount } = await world.queues.getQueueClient("changes").getProperties();
  return approximateMessagesCount ?? 0;
}
