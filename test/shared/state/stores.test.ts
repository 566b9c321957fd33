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
  paceContract,
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
  paceContract(memoryWriteBudget);
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
  paceContract((now) => tableWriteBudget(storage.freshTable(), now));
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

  test("slots are booked over all instances, and each learns of the others' requests with its next reservation", async () => {
    const table = storage.freshTable();
    const { now } = manualClock();
    const one = tableWriteBudget(table, now);
    const two = tableWriteBudget(table, now);
    const limit = { kind: "bucket", name: "second", size: 1, perSecond: 10 } as const;
    const lane = { key: "s/things", limits: [{ key: "s/second", limit }] };
    const reads = { key: "s/reads", limits: [{ key: "s/r", limit: { ...limit, size: 2, perSecond: 1 } }] };
    for (const _ of [1, 2, 3]) one.count(reads);
    one.holdBack({ ...lane, key: "s/other-things" }, new Date(now().getTime() + 5000));

    const booked = await Promise.all([1, 2, 3].flatMap(() => [one.book(lane), two.book(lane)]));
    await two.book(lane);

    const times = booked.map((slot) => slot.getTime() - now().getTime()).sort((a, b) => a - b);
    expect(times).toEqual([0, 100, 200, 300, 400, 500]);
    expect(two.earliest(reads).getTime() - now().getTime()).toBe(2000);
    expect(two.earliest({ ...lane, key: "s/other-things" }).getTime() - now().getTime()).toBe(5000);
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

  describe("leases whose table loses the answer of a replace", () => {
    const look = (eventId: string) => ({ resourceId: thingId().text, cause: { via: "event" as const, eventId } });

    /** Leases, and a switch after which the next replace is made and not told. */
    function forgetfulLeases() {
      const clock = manualClock();
      const table = storage.freshTable();
      let forgets = false;
      const leases = tableLeases(
        {
          ...table,
          async replace(...row) {
            const etag = await table.replace(...row);
            if (!forgets) return etag;
            forgets = false;
            return undefined;
          },
        },
        90,
        clock.now,
      );
      const forget = () => {
        forgets = true;
      };
      return { leases, clock, forget };
    }

    test("hand over looks that came in all the same", async () => {
      const { leases, forget } = forgetfulLeases();
      const lease = await leases.take(thingId(), "one", look("1"));
      await leases.take(thingId(), "two", look("2"));
      forget();

      const release = lease && (await leases.release(lease));

      expect(release).toMatchObject({ kind: "dirty", pending: [{ cause: { eventId: "2" } }] });
      if (release?.kind === "dirty") expect(await leases.release(release.lease)).toEqual({ kind: "released" });
    });

    test("say all the same that they were taken over", async () => {
      const { leases, clock, forget } = forgetfulLeases();
      await leases.take(thingId(), "one", look("1"));
      clock.advance(91);
      forget();

      const taken = await leases.take(thingId(), "two", look("2"));

      expect(taken).toMatchObject({ owner: "two", takenOver: true, pending: [{ cause: { eventId: "1" } }] });
    });
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
