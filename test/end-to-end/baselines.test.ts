import type { StorageAccountUpdateParameters } from "@azure/arm-storage";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../emulator/arm/index.ts";
import { baselines } from "../../shared/baselines/index.ts";
import { accountOutcomes, endOf, entriesOf, type Remediation, resultOf, standings } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { accountId, enforceAll, group, seedAccount, startWorld, subscriptionId, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld(enforceAll);
});
afterAll(() => world?.close());

/** What no baseline owns: it must be the same before and after. */
const foreign = {
  tags: { ship: "Aurora", owner: "guest services" },
  properties: unowned({
    allowBlobPublicAccess: true,
    publicNetworkAccess: "Disabled",
    accessTier: "Cool",
    networkAcls: {
      bypass: "AzureServices",
      defaultAction: "Deny",
      virtualNetworkRules: [],
      ipRules: [{ value: "203.0.113.7", action: "Allow" }],
      ipv6Rules: [],
    },
    // A property that no released client knows.
    tidalLocking: { phase: "spring" },
  }),
};

interface Violation {
  name: string;
  /** What the person sets. */
  change: StorageAccountUpdateParameters;
  baselines: string[];
  path: string;
  expected: string;
  actual: string | boolean;
  sent: JsonObject;
  /** The properties afterwards. */
  fixed: JsonObject;
  /** The service's reads: one, and one for each part that a guard asks for. */
  reads: number;
}

const violations: Violation[] = [
  {
    name: "secure transfer turned off is turned on again, for storage/secure-transfer and storage/https-only-sas at once",
    change: { enableHttpsTrafficOnly: false },
    baselines: ["storage/secure-transfer", "storage/https-only-sas"],
    path: "properties.supportsHttpsTrafficOnly",
    expected: "true",
    actual: false,
    sent: { supportsHttpsTrafficOnly: true },
    fixed: { supportsHttpsTrafficOnly: true },
    reads: 3,
  },
  {
    name: "TLS 1.1 is raised to 1.2, for storage/minimum-tls",
    change: { minimumTlsVersion: "TLS1_1" },
    baselines: ["storage/minimum-tls"],
    path: "properties.minimumTlsVersion",
    expected: "TLS1_2 or later",
    actual: "TLS1_1",
    sent: { minimumTlsVersion: "TLS1_2" },
    fixed: { minimumTlsVersion: "TLS1_2" },
    reads: 1,
  },
  {
    name: "a SAS period of a year is cut to a week, for storage/sas-expiration",
    change: { sasPolicy: { sasExpirationPeriod: "365.00:00:00", expirationAction: "Log" } },
    baselines: ["storage/sas-expiration"],
    path: "properties.sasPolicy.sasExpirationPeriod",
    expected: "at most 7.00:00:00",
    actual: "365.00:00:00",
    sent: { sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" } },
    fixed: { sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" } },
    reads: 1,
  },
];

describe.concurrent("a person's change that violates a baseline", () => {
  test.each(violations)("$name", async (violation) => {
    const name = `one${violations.indexOf(violation)}`;
    const id = seedAccount(world, name, foreign.properties, { tags: foreign.tags });
    const before = world.stored(id);

    await world.person.storageAccounts.update(group, name, violation.change);
    const remediation = await world.remediation(id, "remediated");

    expect(world.stored(id)).toEqual({ ...before, properties: { ...objectAt(before), ...violation.fixed } });
    expect(world.writes(id)).toMatchObject([{ method: "PATCH", status: 200, caller: world.serviceId }]);
    expect(world.reads(id)).toBe(violation.reads);
    expectWho(remediation, id);
    for (const baseline of violation.baselines) {
      expect(resultOf(remediation, baseline)).toMatchObject({
        outcome: "remediated",
        findings: [{ path: violation.path, expected: violation.expected, actual: violation.actual, remedy: "fix" }],
        changes: [{ part: "", patch: { properties: violation.sent } }],
      });
    }
    expect(
      remediation.baselines.filter(({ outcome }) => outcome === "remediated").map(({ baseline }) => baseline),
    ).toEqual(violation.baselines);
    expectProven(remediation, { properties: violation.sent });
  });

  test("of several baselines is fixed by one write, and the SAS policy, which can fail alone, by another", async () => {
    const id = seedAccount(world, "joint", foreign.properties, { tags: foreign.tags });
    const before = world.stored(id);

    await world.person.storageAccounts.update(group, "joint", {
      enableHttpsTrafficOnly: false,
      minimumTlsVersion: "TLS1_0",
      sasPolicy: { sasExpirationPeriod: "90.00:00:00", expirationAction: "Log" },
    });
    const remediation = await world.remediation(id, "remediated");

    const fixed = {
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
      sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" },
    };
    expect(world.stored(id)).toEqual({ ...before, properties: { ...objectAt(before), ...fixed } });
    expect(world.writes(id)).toHaveLength(2);
    expect(world.reads(id)).toBe(3);
    expect(entriesOf(remediation, "intent").map(({ baselines, change }) => ({ baselines, change }))).toEqual([
      {
        baselines: ["storage/secure-transfer", "storage/https-only-sas", "storage/minimum-tls"],
        change: { part: "", patch: { properties: { supportsHttpsTrafficOnly: true, minimumTlsVersion: "TLS1_2" } } },
      },
      {
        baselines: ["storage/sas-expiration"],
        change: { part: "", patch: { properties: { sasPolicy: fixed.sasPolicy } } },
      },
    ]);
    expect(entriesOf(remediation, "intent-outcome").map(({ outcome }) => outcome)).toEqual([
      "remediated",
      "remediated",
    ]);
    expect(standings(remediation.baselines)).toEqual(
      accountOutcomes({
        "storage/secure-transfer": "remediated",
        "storage/https-only-sas": "remediated",
        "storage/minimum-tls": "remediated",
        "storage/sas-expiration": "remediated",
      }),
    );
  });

  test("made by a PUT over an account that exists is fixed the same way", async () => {
    const id = seedAccount(world, "putover", {}, { tags: foreign.tags });
    const before = world.stored(id);

    await world.person.storageAccounts.create(group, "putover", {
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      tags: foreign.tags,
      minimumTlsVersion: "TLS1_0",
      enableHttpsTrafficOnly: false,
    });
    const remediation = await world.remediation(id, "remediated");

    expect(objectAt(world.stored(id))).toEqual(objectAt(before));
    expect(world.writes(id)).toHaveLength(1);
    expectWho(remediation, id);
  });

  test("made by creating an account is fixed once its creation is done", async () => {
    const id = accountId("newship");

    await world.person.storageAccounts.create(group, "newship", {
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      tags: { ship: "Borealis" },
      minimumTlsVersion: "TLS1_1",
      enableHttpsTrafficOnly: false,
    });
    const remediation = await world.remediation(id, "remediated");

    expect(world.stored(id)).toMatchObject({
      tags: { ship: "Borealis" },
      properties: {
        supportsHttpsTrafficOnly: true,
        minimumTlsVersion: "TLS1_2",
        sasPolicy: { sasExpirationPeriod: "7.00:00:00", expirationAction: "Log" },
      },
    });
    expect(world.writes(id)).toHaveLength(2);
    expectWho(remediation, id);
  });

  test("leads to an event of the service's own write, which costs no read", async () => {
    const id = seedAccount(world, "ownwrite");

    await world.person.storageAccounts.update(group, "ownwrite", { minimumTlsVersion: "TLS1_0" });
    const remediation = await world.remediation(id, "remediated");
    const [intent] = entriesOf(remediation, "intent");
    await eventually(
      () =>
        world.lines.some(
          ({ resourceId, reason }) => resourceId?.toLowerCase() === id.toLowerCase() && reason === "own-write",
        ),
      "the own write to be recognised",
    );

    const raised = world.events.filter(({ subject }) => subject.toLowerCase() === id.toLowerCase());
    expect(raised.map(({ data }) => data)).toMatchObject([{}, { correlationId: intent?.correlationId }]);
    expect(world.reads(id)).toBe(1);
    expect(world.writes(id)).toHaveLength(1);
  });
});

describe.concurrent("an account that meets every baseline", () => {
  test("costs one read and no write, and the journal says who led to the look", async () => {
    const id = seedAccount(world, "compliant");

    await world.person.storageAccounts.update(group, "compliant", { tags: { ship: "Celeste" } });
    await world.judged(id, "compliant");

    expect(world.reads(id)).toBe(1);
    expect(world.writes(id)).toEqual([]);
    expect(await world.remediations(id)).toEqual([]);
    expect(await world.journal(id)).toMatchObject([
      { kind: "check", outcome: "compliant", dryRun: false, causes: [{ via: "event", changedBy: world.personId }] },
    ]);
  });

  test("keeps stronger values of its owner's choice", async () => {
    const id = seedAccount(world, "stronger", {
      minimumTlsVersion: "TLS1_3",
      sasPolicy: { sasExpirationPeriod: "0.01:00:00", expirationAction: "Block" },
    });
    const before = world.stored(id);

    await world.person.storageAccounts.update(group, "stronger", { tags: {} });
    await world.judged(id, "compliant");

    expect(world.stored(id)).toEqual({ ...before, tags: {} });
    expect(world.writes(id)).toEqual([]);
  });

  test("with a custom domain is reported and left as it is, since no property closes HTTP there", async () => {
    const id = seedAccount(world, "domain", { customDomain: { name: "files.polaris.example" } });

    await world.person.storageAccounts.update(group, "domain", { tags: { ship: "Dorado" } });
    const remediation = await world.remediation(id, "audit");

    expect(world.writes(id)).toEqual([]);
    expect(resultOf(remediation, "storage/secure-transfer")).toMatchObject({
      outcome: "audit",
      findings: [{ path: "properties.customDomain.name", actual: "files.polaris.example", remedy: "report" }],
      changes: [],
    });
  });
});

test("what would be done in the subscription is journaled and logged before the first intent", async () => {
  const entries = await world.journal();
  const summaries = entries.filter((entry) => entry.kind === "summary");
  const intents = entries.filter((entry) => entry.kind === "intent");

  expect(summaries).toHaveLength(1);
  expect(summaries[0]).toMatchObject({ resourceId: `/subscriptions/${subscriptionId}`, complete: true });
  expect(summaries[0]?.findings.map(({ baseline, mode }) => `${baseline} ${mode}`)).toEqual(
    baselines.map(({ id }) => `${id} enforce`),
  );
  expect(intents.length).toBeGreaterThan(5);
  expect(intents.every(({ at }) => at >= (summaries[0]?.at ?? ""))).toBe(true);
  const told = world.lines.findIndex(({ message }) => message === "summary before the first write");
  const fixed = world.lines.findIndex(({ outcome }) => outcome === "remediated");
  expect(told).toBeGreaterThanOrEqual(0);
  expect(told).toBeLessThan(fixed);
});

test("nobody but the service and the person asked Azure for anything", () => {
  const callers = new Set(world.azure.arm.requests.map(({ caller }) => caller));
  expect([...callers].sort()).toEqual([world.serviceId, world.personId].sort());
});

/** The remediation names the person and the event that Azure raised, and of the person nothing but the object id. */
function expectWho(remediation: Remediation, id: string): void {
  const [event] = world.events.filter(({ subject }) => subject.toLowerCase() === id.toLowerCase());
  expect(remediation).toMatchObject({ resourceId: expect.stringMatching(new RegExp(`^${id}$`, "i")), via: "event" });
  expect(remediation.changedBy).toBe(world.personId);
  expect(entriesOf(remediation, "intent")[0]?.causes).toMatchObject([
    {
      via: "event",
      eventId: event?.id,
      operation: "Microsoft.Storage/storageAccounts/write",
      changedBy: world.personId,
    },
  ]);
}

/** One intent before the write, with before and after; one outcome for it; the end last, with how long each step took. */
function expectProven(remediation: Remediation, patch: JsonObject): void {
  expect(remediation.journal.map(({ kind }) => kind)).toEqual(["intent", "intent-outcome", "remediation"]);
  const [intent] = entriesOf(remediation, "intent");
  const [outcome] = entriesOf(remediation, "intent-outcome");
  expect(intent?.change).toEqual({ part: "", patch });
  expect(intent?.before).not.toEqual(intent?.after);
  expect(outcome).toMatchObject({ intentId: intent?.intentId, outcome: "remediated", foreignDifferences: [] });
  expect(outcome?.readAfterwards).toEqual(intent?.after);
  const [write] = world.writes(remediation.resourceId);
  expect(write?.correlationId).toBe(intent?.correlationId);
  expect((intent?.at ?? "") <= (write?.time ?? "")).toBe(true);
  const { durations, attempt } = endOf(remediation);
  expect(Object.keys(durations)).toEqual(expect.arrayContaining(["read", "journal", "state", "write", "prove"]));
  expect(attempt).toBe(0);
}

/** Without the properties that a baseline owns, which may have to change. */
function unowned(properties: JsonObject): JsonObject {
  const owned = baselines.flatMap(({ owns }) => owns);
  const isOwned = (name: string) => owned.some((path) => `${path}.`.startsWith(`properties.${name}.`));
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !isOwned(name)));
}

function objectAt({ properties }: JsonObject): JsonObject {
  return typeof properties === "object" && properties !== null && !Array.isArray(properties) ? properties : {};
}
