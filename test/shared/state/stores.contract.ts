import { describe, expect, test } from "vitest";
import type { Lane } from "../../../shared/resources/request-limits.ts";
import { emptyState } from "../../../shared/state/resource-state.ts";
import type {
  Bursts,
  Control,
  OperationCounts,
  Pace,
  Reservation,
  ResourceStates,
  Turn,
  Waits,
  WriteBudget,
} from "../../../shared/state/stores.ts";

import { manualClock } from "../../support/clock.ts";
import { listTokens, thingId } from "../../support/things.ts";

type Now = () => Date;

/** What every implementation of {@link ResourceStates} promises. */
export function statesContract(make: () => ResourceStates): void {
  describe("states", () => {
    test("are empty where nothing is known, and read back as written", async () => {
      const states = make();
      const unknown = await states.read(thingId("a"));
      const state = {
        ...emptyState(),
        readAt: "2026-11-23T08:00:00.000Z",
        outcomes: { "things/encryption": { outcome: "remediated" as const, fingerprint: "f" } },
        lastCompliant: { "things/encryption": { "properties.encrypted": true } },
        contested: { "things/encryption": "2026-11-23T08:00:00.000Z" },
      };

      await states.write(thingId("a"), { ...unknown, state });

      expect(unknown.state).toEqual(emptyState());
      expect((await states.read(thingId("a"))).state).toEqual(state);
    });

    test("are not overwritten by who read an older one", async () => {
      const states = make();
      const first = await states.read(thingId("b"));
      const second = await states.write(thingId("b"), first);
      await states.write(thingId("b"), second);

      await expect(states.write(thingId("b"), first)).rejects.toMatchObject({ code: "state-conflict" });
      await expect(states.write(thingId("b"), second)).rejects.toMatchObject({ code: "state-conflict" });
    });

    test("are forgotten when cleared, also twice", async () => {
      const states = make();
      await states.write(thingId("c"), await states.read(thingId("c")));

      await states.clear(thingId("c"));
      await states.clear(thingId("c"));

      expect(await states.read(thingId("c"))).toEqual({ state: emptyState(), version: undefined });
    });
  });
}

/** What every implementation of {@link Bursts} promises. */
export function burstsContract(make: (now: Now) => Bursts): void {
  function given() {
    const clock = manualClock();
    const bursts = make(clock.now);
    let announced = 0;
    const announce = async () => {
      announced += 1;
    };
    const add = (name: string, eventId: string) =>
      bursts.add(thingId(name), [{ via: "event", eventId }], new Date(clock.now().getTime() + 2000), announce);
    const idsOf = async (name: string) => {
      const burst = await bursts.take(thingId(name));
      return burst && { burst, ids: burst.causes.map(({ eventId }) => eventId) };
    };
    return { clock, bursts, add, idsOf, announced: () => announced };
  }

  describe("bursts", () => {
    test("keep events until a look takes them, newest first, and ask for one look", async () => {
      const { bursts, add, idsOf, announced } = given();
      expect(await bursts.take(thingId("a"))).toBeUndefined();
      await add("a", "1");
      await add("a", "2");
      await add("b", "3");

      const taken = await idsOf("a");

      expect(announced()).toBe(2);
      expect(taken?.ids).toEqual(["2", "1"]);
      if (taken) await bursts.remove(thingId("a"), taken.burst);
      expect(await bursts.take(thingId("a"))).toBeUndefined();
      expect((await idsOf("b"))?.ids).toEqual(["3"]);
    });

    test("ask for another look where an event comes after they were taken, which removing them leaves there", async () => {
      const { bursts, add, idsOf, announced } = given();
      await add("c", "1");
      const first = await idsOf("c");

      await add("c", "2");
      if (first) await bursts.remove(thingId("c"), first.burst);

      expect(announced()).toBe(2);
      expect((await idsOf("c"))?.ids).toEqual(["2", "1"]);
    });

    test("are there again for a look whose worker died", async () => {
      const { add, idsOf } = given();
      await add("d", "1");
      await idsOf("d");

      expect((await idsOf("d"))?.ids).toEqual(["1"]);
    });

    test("ask for a look again where it is long overdue", async () => {
      const { clock, add, announced } = given();
      await add("e", "1");
      clock.advance(31);
      await add("e", "2");
      expect(announced()).toBe(1);

      clock.advance(2);
      await add("e", "3");

      expect(announced()).toBe(2);
    });

    test("ask for the look before an event is kept: where that fails, so does the event", async () => {
      const { bursts } = given();
      const failing = bursts.add(thingId("f"), [{ via: "event" }], new Date(), async () => {
        throw new Error("The queue is away.");
      });

      await expect(failing).rejects.toThrow("The queue is away.");
      expect(await bursts.take(thingId("f"))).toBeUndefined();
    });

    test("lose no event of many that come at once, and remember a bounded number", async () => {
      const { add, idsOf } = given();
      const eventIds = Array.from({ length: 8 }, (_, index) => String(index));
      await Promise.all(eventIds.map((eventId) => add("g", eventId)));
      expect((await idsOf("g"))?.ids.sort()).toEqual(eventIds);

      for (let event = 0; event < 40; event += 1) await add("h", `more-${event}`);
      expect((await idsOf("h"))?.ids).toHaveLength(30);
    });
  });
}

/** What every implementation of {@link Waits} promises. */
export function waitsContract(make: () => Waits): void {
  describe("waits", () => {
    test("are due at their time, one a resource, until removed as they were seen", async () => {
      const waits = make();
      const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 8, minute));
      await waits.put(thingId("a"), at(1), "first said");
      await waits.put(thingId("a"), at(5), "a");
      await waits.put(thingId("b"), at(3), "b");
      await waits.put(thingId("c"), at(30), "c");

      expect(await waits.due(at(2))).toEqual([]);
      expect((await waits.due(at(5))).map(({ message }) => message).sort()).toEqual(["a", "b"]);
      await waits.remove(thingId("b"));
      await waits.remove(thingId("never-there"));
      const [left, ...others] = await waits.due(at(5));
      expect([left, others]).toMatchObject([{ resourceId: thingId("a").text, message: "a" }, []]);
      await waits.put(thingId("a"), at(4), "a again");
      await waits.remove(thingId("a"), left?.version);
      expect((await waits.due(at(5))).map(({ message }) => message)).toEqual(["a again"]);
    });
  });
}

/** What every implementation of {@link WriteBudget} promises. */
export function writeBudgetContract(make: (now: Now) => WriteBudget): void {
  describe("a write budget", () => {
    const caps = { perSubscription: 2, inTotal: 100 };

    test("gives out so many writes a subscription and hour, and as many the next", async () => {
      const clock = manualClock();
      const budget = make(clock.now);
      const told = [await budget.reserve("S-1", caps), await budget.reserve("s-1", caps)];
      const past = await budget.reserve("s-1", caps);
      const other = await budget.reserve("s-2", caps);
      clock.advance(3600);

      const granted = [...told, other, await budget.reserve("s-1", caps)].map(({ kind }) => kind);
      expect(granted).toEqual(["granted", "granted", "granted", "granted"]);
      expect(past).toEqual({ kind: "capped", cap: "perSubscription" });
    });

    test("gives out so many writes an hour in all", async () => {
      const budget = make(manualClock().now);
      const reserve = (subscriptionId: string) => budget.reserve(subscriptionId, { perSubscription: 2, inTotal: 3 });

      const told = [await reserve("s-1"), await reserve("s-2"), await reserve("s-3"), await reserve("s-4")];

      expect(told.map(({ kind }) => kind)).toEqual(["granted", "granted", "granted", "capped"]);
      expect(told[3]).toEqual({ kind: "capped", cap: "inTotal" });
    });

    test("tells which cap is reached without taking anything", async () => {
      const budget = make(manualClock("2026-11-23T14:00:00.000Z").now);
      const reached = (inTotal: number) => budget.reached("S-5", { perSubscription: 1, inTotal });

      const before = [await reached(2), await reached(2)];
      await budget.reserve("s-6", { perSubscription: 1, inTotal: 2 });
      const others = await reached(1);
      await budget.reserve("s-5", { perSubscription: 1, inTotal: 2 });

      expect([...before, others, await reached(2)]).toEqual([undefined, undefined, "inTotal", "perSubscription"]);
    });

    test("gives out no more than the caps to many who ask at once", async () => {
      const budget = make(manualClock("2026-11-23T12:00:00.000Z").now);

      const told = await Promise.all(
        Array.from({ length: 8 }, () => budget.reserve("s-3", { perSubscription: 5, inTotal: 100 })),
      );

      expect(told.filter(({ kind }) => kind === "granted")).toHaveLength(5);
    });

    test("has room again for what is given back", async () => {
      const budget = make(manualClock().now);
      const one = { perSubscription: 1, inTotal: 1 };
      await budget.reserve("s-1", one);
      await budget.giveBack("S-1");

      expect([await budget.reserve("s-1", one), await budget.reserve("s-1", one)]).toMatchObject([
        { kind: "granted" },
        { kind: "capped", cap: "perSubscription" },
      ]);
    });
  });
}

/** What every implementation of {@link Pace} promises, together with the write budget that it is kept with. */
export function paceContract(make: (now: Now) => WriteBudget & Pace): void {
  describe("a pace", () => {
    const start = Date.parse("2026-11-23T08:00:00.000Z");
    const caps = { perSubscription: 100, inTotal: 100 };
    const tenASecond = { kind: "bucket", name: "second", size: 1, perSecond: 10 } as const;
    const threeAMinute = { kind: "window", name: "minute", requests: 3, seconds: 60 } as const;
    const laneOf = (subscriptionId: string, ...limits: (typeof tenASecond | typeof threeAMinute)[]): Lane => ({
      key: `${subscriptionId}/things`,
      limits: limits.map((limit) => ({ key: `${subscriptionId}/${limit.name}`, limit })),
    });
    const turn = (lane: Lane, more: Partial<Turn> = {}): Turn => ({
      lane,
      goesFirst: false,
      patienceSeconds: 1,
      ...more,
    });
    const offset = (date: Date) => date.getTime() - start;
    function timeOf(reservation: Reservation): number | string {
      if (reservation.kind === "capped") return reservation.cap;
      return offset(reservation.kind === "granted" ? reservation.at : reservation.slot);
    }

    test("gives each write of a lane its own time, and another lane's its own", async () => {
      const budget = make(manualClock().now);
      const lanes = [
        laneOf("a", tenASecond),
        laneOf("a", tenASecond),
        laneOf("b", tenASecond),
        laneOf("a", tenASecond),
      ];

      const told = await Promise.all(lanes.map((lane) => budget.reserve("s", caps, turn(lane))));

      expect(told.map(timeOf)).toEqual([0, 100, 0, 200]);
      expect(offset(budget.earliest(laneOf("a", tenASecond)))).toBe(300);
      expect(offset(budget.earliest(laneOf("b", tenASecond)))).toBe(100);
    });

    test("books what would have to wait too long, and takes nothing out of the cap for it", async () => {
      const clock = manualClock();
      const budget = make(clock.now);
      const one = { perSubscription: 1, inTotal: 1 };
      const lane = laneOf("a", tenASecond);
      for (let slot = 0; slot < 20; slot += 1) await budget.book(lane);

      const booked = await budget.reserve("s", one, turn(lane));
      const others = await budget.book(lane);
      clock.advance(2);
      const slot = booked.kind === "booked" ? { slot: booked.slot } : {};
      const granted = await budget.reserve("s", one, turn(lane, slot));

      expect([booked.kind, timeOf(booked), offset(others), granted.kind, timeOf(granted)]).toEqual([
        "booked",
        2000,
        2100,
        "granted",
        2000,
      ]);
      expect(offset(budget.earliest(lane)), "a slot is booked once").toBe(2200);
    });

    test("lets what goes first go at once, and the others behind it", async () => {
      const budget = make(manualClock().now);
      const lane = laneOf("a", tenASecond);
      for (let slot = 0; slot < 20; slot += 1) await budget.book(lane);

      const first = await budget.reserve("s", caps, turn(lane, { goesFirst: true }));

      expect([first.kind, timeOf(first)]).toEqual(["granted", 0]);
      expect(offset(await budget.book(lane))).toBe(2100);
    });

    test("keeps every limit of a lane, also over the turn of the hour", async () => {
      const clock = manualClock("2026-11-23T08:59:50.000Z");
      const budget = make(clock.now);
      const lane = laneOf("a", tenASecond, threeAMinute);

      const slots = [await budget.book(lane), await budget.book(lane), await budget.book(lane)];
      clock.advance(20);
      slots.push(await budget.book(lane));

      expect(slots.map((slot) => slot.toISOString().slice(11, 23))).toEqual([
        "08:59:50.000",
        "08:59:50.100",
        "08:59:50.200",
        "09:00:50.000",
      ]);
    });

    test("counts requests that are sent, and lets a lane wait as long as Azure asks", async () => {
      const clock = manualClock();
      const budget = make(clock.now);
      const lane = laneOf("a", threeAMinute);
      const fits = [];
      for (let request = 0; request < 3; request += 1) {
        fits.push(offset(budget.earliest(lane)));
        budget.count(lane);
      }
      fits.push(offset(budget.earliest(lane)));
      clock.advance(60);
      budget.holdBack(lane, new Date(start + 75_000));
      fits.push(offset(budget.earliest(lane)), offset(await budget.book(lane)));

      expect(fits).toEqual([0, 0, 0, 60_000, 75_000, 75_000]);
      expect(offset(budget.earliest(laneOf("b", threeAMinute)))).toBe(60_000);
    });

    test("gives a slot whose holder is on its way to who is here when it is due, and to one look only", async () => {
      const clock = manualClock();
      const budget = make(clock.now);
      const lane = laneOf("a", tenASecond);
      const slots = [];
      for (let slot = 0; slot < 12; slot += 1) slots.push(await budget.book(lane));
      const [, , , , , , , , , , one = new Date(0), two = new Date(0)] = slots;
      for (const slot of [one, two]) budget.leave(lane, slot);

      const early = budget.claim(lane);
      clock.advance(1.1);
      const claims = [budget.claim(lane), budget.claim(lane, two), budget.claim(lane, one), budget.claim(lane)];

      expect(early).toEqual({ kind: "none" });
      expect(claims).toEqual([
        { kind: "slot", slot: one },
        { kind: "slot", slot: two },
        { kind: "none" },
        { kind: "none" },
      ]);
    });

    test("lets those that come back all at once with their slots go as fast as the lane does, and the others wait", () => {
      const clock = manualClock();
      const budget = make(clock.now);
      const lane = laneOf("a", tenASecond);
      const slots = Array.from({ length: 20 }, (_, index) => new Date(start + index * 100));
      clock.advance(3);

      const claims = slots.map((slot) => budget.claim(lane, slot).kind);
      clock.advance(1);

      expect(claims).toEqual([...Array(11).fill("slot"), ...Array(9).fill("wait")]);
      expect(budget.claim(lane, slots[19])).toEqual({ kind: "slot", slot: slots[19] });
      expect(budget.claim(laneOf("b", tenASecond), slots[0]).kind).toBe("slot");
    });

    test("knows a slot no more that was missed by long", () => {
      const clock = manualClock();
      const budget = make(clock.now);
      const lane = laneOf("a", tenASecond);
      budget.leave(lane, clock.now());
      clock.advance(16);

      expect([budget.claim(lane, new Date(start)), budget.claim(lane)]).toEqual([{ kind: "none" }, { kind: "none" }]);
    });
  });
}

/** What every implementation of {@link OperationCounts} promises. */
export function operationCountsContract(make: (now: Now) => OperationCounts): void {
  describe("operation counts", () => {
    test("count by caller, each event once; one event of a window leads to the check, however often it comes", async () => {
      const clock = manualClock();
      const counts = make(clock.now);
      const count = (id: string, caller: string) => counts.count(thingId("a"), listTokens, { id, caller }, 3600);

      const told = [await count("1", "x"), await count("2", "y"), await count("3", "x"), await count("1", "x")];
      clock.advance(3600);
      told.push(await count("4", "x"));

      expect(told.map((each) => [each.count, each.leadsToCheck, each.repeated])).toEqual([
        [1, true, false],
        [1, false, false],
        [2, false, false],
        [2, true, true],
        [1, true, false],
      ]);
      expect(told.map(({ since }) => since.slice(11, 16))).toEqual(["08:00", "08:00", "08:00", "08:00", "09:00"]);
    });
  });
}

/** What every implementation of {@link Control} promises. */
export function controlContract(make: (now: Now) => Control): void {
  describe("control", () => {
    test("has a stop switch that is off, and can be set and taken back", async () => {
      const control = make(manualClock().now);
      const seen = [await control.writesStopped()];
      await control.stopWrites(true, "operator");
      seen.push(await control.writesStopped());
      await control.stopWrites(false, "operator");

      expect([...seen, await control.writesStopped()]).toEqual([false, true, false]);
    });

    test("remembers of which subscriptions the summary was made, in any case", async () => {
      const control = make(manualClock().now);
      await control.markSummarised("ABC");

      expect([await control.isSummarised("abc"), await control.isSummarised("def")]).toEqual([true, false]);
    });

    test("lets one sweep of a name run at a time, unless it fell silent", async () => {
      const clock = manualClock();
      const control = make(clock.now);
      const began = [await control.beginSweep("n", "one", 120), await control.beginSweep("n", "two", 120)];
      clock.advance(100 * 60);
      const continued = await control.continueSweep("n", "one");
      clock.advance(100 * 60);
      began.push(await control.beginSweep("n", "three", 120));
      clock.advance(120 * 60);
      began.push(await control.beginSweep("n", "four", 120));

      expect(began).toEqual([true, false, false, true]);
      expect([continued, await control.continueSweep("n", "one")]).toEqual([true, false]);
      await control.endSweep("n", "one");
      expect(await control.beginSweep("n", "five", 120)).toBe(false);
      await control.endSweep("n", "four");
      expect(await control.beginSweep("n", "five", 120)).toBe(true);
    });

    test("keeps what was last found of connections, and nothing before", async () => {
      const control = make(manualClock().now);
      const before = await control.lastConnections();
      await control.keepConnections('{"a":1}');
      await control.keepConnections('{"a":2}');

      expect([before, await control.lastConnections()]).toEqual([undefined, '{"a":2}']);
    });

    test("adds up counters", async () => {
      const control = make(manualClock().now);
      for (const counter of ["a", "b", "a"]) await control.count(counter);

      expect(await control.counters()).toEqual({ a: 2, b: 1 });
    });
  });
}
