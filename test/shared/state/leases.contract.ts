import { describe, expect, test } from "vitest";
import type { Leases, PendingLook } from "../../../shared/state/stores.ts";
import { manualClock } from "../../support/clock.ts";
import { thingId } from "../../support/things.ts";

/** What every implementation of {@link Leases} promises. */
export function leasesContract(make: (leaseSeconds: number, now: () => Date) => Leases): void {
  function given() {
    const clock = manualClock();
    return { clock, leases: make(90, clock.now) };
  }
  const look = (eventId: string): PendingLook => ({ resourceId: thingId().text, cause: { via: "event", eventId } });
  const idsOf = (pending: readonly PendingLook[]) => pending.map(({ cause }) => cause.eventId).sort();

  describe("leases", () => {
    test("are given to one worker at a time, and again once given back", async () => {
      const { leases } = given();
      const first = await leases.take(thingId("a"), "one", look("1"));

      expect(first).toMatchObject({ owner: "one", pending: [] });
      expect(await leases.take(thingId("b"), "two", look("2"))).toBeDefined();
      if (first) expect(await leases.release(first)).toEqual({ kind: "released" });
      expect(await leases.take(thingId("a"), "two", look("3"))).toMatchObject({ owner: "two" });
    });

    test("keep the looks of those who came by, and hand them over instead of being given back", async () => {
      const { leases } = given();
      const lease = await leases.take(thingId("c"), "one", look("1"));
      expect(await leases.take(thingId("c"), "two", look("2"))).toBeUndefined();
      expect(await leases.take(thingId("c"), "three", look("3"))).toBeUndefined();

      const release = lease && (await leases.release(lease));

      expect(release?.kind === "dirty" && idsOf(release.pending)).toEqual(["2", "3"]);
      expect(await leases.take(thingId("c"), "four", look("4"))).toBeUndefined();
      if (release?.kind !== "dirty") return;
      const again = await leases.release(release.lease);
      expect(again.kind === "dirty" && idsOf(again.pending)).toEqual(["4"]);
      if (again.kind === "dirty") expect(await leases.release(again.lease)).toEqual({ kind: "released" });
    });

    test("are renewed by their holder, also when somebody came by", async () => {
      const { leases, clock } = given();
      const lease = await leases.take(thingId("d"), "one", look("1"));
      await leases.take(thingId("d"), "two", look("2"));
      clock.advance(60);

      const renewed = lease && (await leases.renew(lease));

      expect(renewed && idsOf(renewed.pending)).toEqual(["2"]);
      clock.advance(60);
      expect(await leases.take(thingId("d"), "three", look("3"))).toBeUndefined();
    });

    test("that expired are taken over with what its holder had and what came in; the late holder can neither renew nor give back", async () => {
      const { leases, clock } = given();
      const late = await leases.take(thingId("e"), "one", look("1"));
      await leases.take(thingId("e"), "two", look("2"));
      clock.advance(90);

      const taken = await leases.take(thingId("e"), "three", look("3"));

      expect(taken && idsOf(taken.pending)).toEqual(["1", "2"]);
      expect(late && (await leases.renew(late))).toBeUndefined();
      expect(late && (await leases.release(late))).toEqual({ kind: "lost" });
      expect(taken && (await leases.renew(taken))).toMatchObject({ owner: "three" });
    });

    test("whose holder died leave its look and those that came in", async () => {
      const { leases, clock } = given();
      await leases.take(thingId("f"), "one", look("1"));
      await leases.take(thingId("f"), "two", look("2"));
      expect(await leases.abandoned()).toEqual([]);

      clock.advance(90);

      expect(idsOf(await leases.abandoned())).toEqual(["1", "2"]);
      expect((await leases.abandoned()).map(({ unit }) => unit)).toEqual([thingId("f").text, thingId("f").text]);
    });

    test("are taken by exactly one of many who come at once, and no look is lost", async () => {
      const { leases } = given();
      const eventIds = Array.from({ length: 8 }, (_, index) => String(index));

      const taken = await Promise.all(eventIds.map((id) => leases.take(thingId("g"), `worker-${id}`, look(id))));

      const [holder, ...others] = taken.filter((lease) => lease !== undefined);
      expect(others).toEqual([]);
      const release = holder && (await leases.release(holder));
      const handedOver = release?.kind === "dirty" ? idsOf(release.pending) : [];
      expect([...handedOver, ...idsOf(holder?.looks ?? [])].sort()).toEqual(eventIds);
    });

    test("remember a bounded number of looks", async () => {
      const { leases } = given();
      const lease = await leases.take(thingId("h"), "one", look("1"));
      for (let event = 0; event < 40; event += 1) await leases.take(thingId("h"), "two", look(`more-${event}`));

      const release = lease && (await leases.release(lease));

      expect(release?.kind === "dirty" && release.pending).toHaveLength(30);
    });
  });
}
