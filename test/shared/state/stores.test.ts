import { describe, expect, test } from "vitest";
import { openTable } from "../../../shared/state/table.ts";
import { tableBursts } from "../../../shared/state/table-bursts.ts";
import { tableControl } from "../../../shared/state/table-control.ts";
import { tableExemptions } from "../../../shared/state/table-exemptions.ts";
import { tableLeases } from "../../../shared/state/table-leases.ts";
import { tableOperationCounts } from "../../../shared/state/table-operation-counts.ts";
import { tableStates } from "../../../shared/state/table-states.ts";
import { tableWaits } from "../../../shared/state/table-waits.ts";
import { tableWriteBudget } from "../../../shared/state/table-write-budget.ts";
import { freshName, useAzurite } from "../../support/azurite.ts";
import { manualClock } from "../../support/clock.ts";
import {
  memoryBursts,
  memoryControl,
  memoryExemptions,
  memoryLeases,
  memoryOperationCounts,
  memoryStates,
  memoryWaits,
  memoryWriteBudget,
} from "../../support/memory-stores.ts";
import { thingId } from "../../support/things.ts";
import { exemptionsContract } from "./exemptions.contract.ts";
import { leasesContract } from "./leases.contract.ts";
import {
  burstsContract,
  controlContract,
  operationCountsContract,
  statesContract,
  waitsContract,
  writeBudgetContract,
} from "./stores.contract.ts";

const storage = useAzurite();

describe("in memory", () => {
  leasesContract(memoryLeases);
  statesContract(memoryStates);
  burstsContract(memoryBursts);
  waitsContract(memoryWaits);
  writeBudgetContract(memoryWriteBudget);
  operationCountsContract(memoryOperationCounts);
  controlContract(memoryControl);
  exemptionsContract(memoryExemptions);
});

describe("in tables", () => {
  leasesContract((leaseSeconds, now) => tableLeases(storage.freshTable(), leaseSeconds, now));
  statesContract(() => tableStates(storage.freshTable()));
  burstsContract((now) => tableBursts(storage.freshTable(), now));
  waitsContract(() => tableWaits(storage.freshTable()));
  writeBudgetContract((now) => tableWriteBudget(storage.freshTable(), now));
  operationCountsContract((now) => tableOperationCounts(storage.freshTable(), now));
  controlContract((now) => tableControl(storage.freshTable(), "instance", now));
  exemptionsContract(() => tableExemptions(storage.freshTable()));

  test("rows are removed together, those that are gone already left out", async () => {
    const table = storage.freshTable();
    const rows = Array.from({ length: 101 }, (_, index) => ({ partitionKey: "a", rowKey: String(index) }));
    for (const { partitionKey, rowKey } of rows) await table.insert(partitionKey, rowKey, {});
    await table.insert("b", "stays", {});
    await table.remove("a", "7", "*");

    expect(await table.removeAll(rows)).toBe(100);

    expect((await table.query("", 10)).rows.map(({ rowKey }) => rowKey)).toEqual(["stays"]);
  });

  test.each([
    ["without an owner", { owner: "" }],
    ["without a reason", { reason: " " }],
    ["without an end", { until: "some day" }],
  ])("an exemption that somebody left %s is unreadable, with the reason and its scope", async (_what, columns) => {
    const table = storage.freshTable();
    const end = "2026-12-24T00:00:00Z";
    const row = { scope: thingId().text, baseline: "all", owner: "a", reason: "b", until: end, grantedAt: end };
    await table.insert("exemption", "8204600000000-00000001", { ...row, grantedBy: "c", ...columns });

    expect(await tableExemptions(table).all()).toMatchObject([
      { kind: "unreadable", scope: thingId().text, problem: expect.stringContaining(Object.keys(columns)[0] ?? "") },
    ]);
  });

  test("counters of several instances add up", async () => {
    const table = storage.freshTable();
    const { now } = manualClock();
    const one = tableControl(table, "one", now);
    const two = tableControl(table, "two", now);

    await Promise.all([one.count("a"), two.count("a")]);

    expect(await one.counters()).toEqual({ a: 2 });
  });

  test("a state that can't be read is said to be so, not taken for an empty one", async () => {
    const clients = storage.clients();
    const name = freshName();
    const states = tableStates(openTable(clients.table, name));
    await states.write(thingId(), await states.read(thingId()));
    const client = clients.table(name);
    for await (const { partitionKey = "", rowKey = "" } of client.listEntities()) {
      await client.updateEntity({ partitionKey, rowKey, document0: '{ "outcomes": 1 }' }, "Replace");
    }

    await expect(states.read(thingId())).rejects.toMatchObject({ code: "storage-unavailable" });
  });

  test("a store that does not answer throws storage-unavailable", async () => {
    const dead = storage
      .connectionString()
      .replace(/TableEndpoint=http:\/\/127.0.0.1:\d+/, "TableEndpoint=http://127.0.0.1:1");
    const { TableClient } = await import("@azure/data-tables");
    const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
    const table = openTable((name) => TableClient.fromConnectionString(dead, name, options), "dead");

    await expect(table.get("a", "b")).rejects.toMatchObject({ code: "storage-unavailable" });
  });
});
