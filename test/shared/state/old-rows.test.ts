import { beforeEach, describe, expect, test } from "vitest";
import { remediationIdAt, tableRemediations } from "../../../shared/journal/remediations.ts";
import { type AgeingTables, removeOldRows } from "../../../shared/state/old-rows.ts";
import { emptyState, type ResourceState } from "../../../shared/state/resource-state.ts";
import { tableControl } from "../../../shared/state/table-control.ts";
import { tableLeases } from "../../../shared/state/table-leases.ts";
import { tableOperationCounts } from "../../../shared/state/table-operation-counts.ts";
import { tableStates } from "../../../shared/state/table-states.ts";
import { tableWriteBudget } from "../../../shared/state/table-write-budget.ts";
import { tableOperations } from "../../../shared/sweep/operations.ts";
import { useAzurite } from "../../support/azurite.ts";
import { subscriptionId, thingId } from "../../support/things.ts";

const storage = useAzurite();
const now = () => new Date();
const nothing = { operations: 0, counts: 0, writes: 0, control: 0, leases: 0, resources: 0, remediations: 0 };

const noRemediation = {
  id: "1795399077313-9ec8bcd4",
  startedAt: "2026-11-23T08:00:00Z",
  attempts: 0,
  findings: {},
  changes: {},
  replaced: {},
  causes: [],
  intents: [],
  alsoWritten: [],
  entries: [],
};
const intent = {
  intentId: "1",
  baselines: [],
  correlationId: "1",
  writtenAt: "2026-11-23T08:00:00Z",
  journaled: false,
  journalPlace: { blob: "a", offset: 0 },
  ownPaths: [],
  foreign: {},
  purpose: "fix" as const,
  change: { part: "", patch: {} },
  undo: { part: "", patch: {} },
  worked: false,
};

let tables: AgeingTables;

beforeEach(() => {
  const table = () => storage.freshTable();
  tables = {
    operations: table(),
    counts: table(),
    writes: table(),
    control: table(),
    leases: table(),
    resources: table(),
    remediations: table(),
  };
});

/** Removes what is old so many days from now, when the rows of this test have become so old. */
async function removeAfter(days: number, journalDays = 0, seconds = 60) {
  const later = new Date(Date.now() + days * 24 * 3_600_000);
  return await removeOldRows(tables, journalDays, () => later, new Date(later.getTime() + seconds * 1000));
}

/** Everything that a busy day leaves behind. */
async function aDay(): Promise<void> {
  const operations = tableOperations(tables.operations, now);
  await operations.begin({ operationId: "operation", scope: "all", dryRun: false, listings: ["one"] });
  for (let index = 0; index < 150; index += 1) await operations.found("operation", thingId(`cabin-${index}`));
  await tableOperationCounts(tables.counts, now).count(thingId(), "listKeys", { id: "event", caller: "a" }, 3600);
  await tableWriteBudget(tables.writes, now).reserve(subscriptionId, { perSubscription: 9, inTotal: 9 });
  await tableControl(tables.control, "instance", now).count("out-of-scope");
  await tableRemediations(tables.remediations).save(thingId(), {
    id: remediationIdAt(now(), "00000000-0000"),
    resourceId: thingId().text,
    outcome: "remediated",
    baselines: [],
    startedAt: now().toISOString(),
    updatedAt: now().toISOString(),
    via: "event",
    entries: [],
  });
}

describe("old rows", () => {
  test("are none on the day that they were written", async () => {
    await aDay();

    expect(await removeAfter(1, 1.5)).toEqual(nothing);
  });

  test.each([
    [3, { counts: 1, writes: 1 }],
    [8, { counts: 1, writes: 1, operations: 152 }],
    [31, { counts: 1, writes: 1, operations: 152, control: 1 }],
  ])("are gone after %d days, each table's after its own time", async (days, gone) => {
    await aDay();

    expect(await removeAfter(days)).toMatchObject({ ...nothing, ...gone });

    expect(await removeAfter(days), "once").toEqual(nothing);
  });

  test("of the index are gone with the journal, and stay where that is kept for ever", async () => {
    await aDay();

    expect(await removeAfter(10_000)).toMatchObject({ remediations: 0 });
    expect(await removeAfter(364, 365)).toMatchObject({ remediations: 0 });
    expect(await removeAfter(366, 365), "under all, and under its resource").toMatchObject({ remediations: 2 });
    expect(await tableRemediations(tables.remediations).list({ most: 10 })).toEqual({ summaries: [], more: false });
  });

  test("that there is no time for stay for the next night", async () => {
    await aDay();

    expect(await removeAfter(400, 365, 0)).toEqual(nothing);
  });

  test("of marks and switches stay, whatever their age", async () => {
    const control = tableControl(tables.control, "instance", now);
    await control.stopWrites(true, "operator");
    await control.markSummarised("/subscriptions/a");

    await removeAfter(10_000);

    expect([await control.writesStopped(), await control.isSummarised("/subscriptions/a")]).toEqual([true, true]);
  });
});

describe("a lease that a dead holder left", () => {
  async function left(): Promise<void> {
    const look = { resourceId: thingId().text, cause: { via: "sweep" } } as const;
    await tableLeases(tables.leases, 90, now).take(thingId("bridge"), "dead", look);
  }

  test("and that nobody took up for a week is gone", async () => {
    await left();

    expect(await removeAfter(6)).toMatchObject({ leases: 0 });
    expect(await removeAfter(8)).toMatchObject({ leases: 1 });
  });

  test("stays where its resource has an intent open: what became of that is still to be asked", async () => {
    await left();
    const remediation = { ...noRemediation, intents: [intent] };
    const state = { ...emptyState(), remediation };
    await tableStates(tables.resources).write(thingId(), { state, version: undefined });

    expect(await removeAfter(1000)).toMatchObject({ leases: 0 });
  });
});

describe("the state of a resource that was not written for months", () => {
  const until = "2027-01-01T00:00:00Z";

  test.each<[string, Partial<ResourceState>]>([
    ["held", { held: { a: { value: "1", reason: "r" } } }],
    ["contested", { contested: { a: until } }],
    ["left alone", { exemptions: { a: { until, reason: "r", remediationId: "1" } } }],
    ["to be looked at again", { waits: true }],
    ["to be put back", { undoing: { remediationId: "1", changes: [], reason: "r" } }],
    ["to be looked back at", { lookBacks: { a: { remediationId: "1", changes: [] } } }],
  ])("stays where a baseline is %s", async (_what, more) => {
    await tableStates(tables.resources).write(thingId(), { state: { ...emptyState(), ...more }, version: undefined });

    expect(await removeAfter(10_000)).toEqual(nothing);
  });

  test("is gone where nothing is open: a look reads the resource anew", async () => {
    const states = tableStates(tables.resources);
    await states.write(thingId(), { state: { ...emptyState(), ownCorrelations: ["a"] }, version: undefined });

    expect(await removeAfter(80)).toEqual(nothing);
    expect(await removeAfter(91)).toMatchObject({ resources: 1 });

    expect(await states.read(thingId())).toEqual({ state: emptyState(), version: undefined });
  });
});
