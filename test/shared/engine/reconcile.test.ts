import { describe, expect, test } from "vitest";
import { reconcile } from "../../../shared/engine/reconcile.ts";
import { changeMessageSchema } from "../../../shared/events/cause.ts";
import { afterEachSoundHistory, engineer, engineWorld, ownObjectId } from "../../support/engine-world.ts";
import { memoryAzure, refusals } from "../../support/memory-azure.ts";
import {
  closed,
  compliant,
  encryption,
  listTokens,
  minimumVersion,
  propertyBaseline,
  resourceId,
  thingBody,
  thingId,
  thingType,
} from "../../support/things.ts";

afterEachSoundHistory();

describe("a look", () => {
  test("leaves a compliant resource as it is, with one read", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));

    const { outcome } = await settle();

    expect(outcome).toBe("compliant");
    expect(azure.reads).toBe(1);
    expect(azure.writes).toEqual([]);
    expect(entries("check")).toMatchObject([{ outcome: "compliant", dryRun: false }]);
  });

  test("brings a resource to its baseline with one read and one write, and indexes the remediation", async () => {
    const { azure, settle, entries, remediations } = engineWorld();
    azure.put(thingId().text, thingBody());

    const { outcome, remediationId } = await settle();

    expect(outcome).toBe("remediated");
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect([azure.reads, azure.writes.length]).toEqual([1, 1]);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
    expect(await remediations.find(remediationId ?? "")).toMatchObject({
      outcome: "remediated",
      via: "event",
      changedBy: engineer,
    });
  });

  test("journals the intent, with before and after, before the write", async () => {
    const { azure, settle, entries, states } = engineWorld();
    azure.put(thingId().text, thingBody());
    const atWrite: unknown[] = [];
    azure.beforeNextWrite(() => {
      const open = [...states.all().values()].flatMap(({ remediation }) => remediation?.intents ?? []);
      atWrite.push(...entries("intent"), open.length);
    });

    await settle();

    const path = "properties.encrypted";
    expect(atWrite).toMatchObject([
      {
        before: [{ path, value: false }],
        after: [{ path, value: true }],
        change: { part: "", patch: { properties: { encrypted: true } } },
      },
      1,
    ]);
  });

  test("writes nothing in audit mode, and tells what it would change and break", async () => {
    const { azure, settle, remediations } = engineWorld({ baselines: [[encryption, "audit"]] });
    azure.put(thingId().text, thingBody());

    const { outcome, results } = await settle();

    expect(outcome).toBe("audit");
    expect(results).toMatchObject([
      { changes: [{ patch: { properties: { encrypted: true } } }], mayBreak: expect.stringContaining("encrypted") },
    ]);
    expect(azure.writes).toEqual([]);
    expect(remediations.all()).toMatchObject([{ outcome: "audit" }]);
  });

  test("waits for a person in approve mode", async () => {
    const { azure, settle } = engineWorld({ baselines: [[encryption, "approve"]] });
    azure.put(thingId().text, thingBody());

    const { outcome } = await settle();

    expect(outcome).toBe("awaiting-approval");
    expect(azure.writes).toEqual([]);
  });

  test("holds a resource against every baseline of its type, and is named by the most significant outcome", async () => {
    const { azure, settle } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [minimumVersion, "approve"],
      ],
    });
    azure.put(thingId().text, thingBody());

    const { outcome, results } = await settle();

    expect(outcome).toBe("awaiting-approval");
    expect(results.map((result) => result.outcome)).toEqual(["remediated", "awaiting-approval"]);
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
  });
});

describe("a dry run", () => {
  test("writes into the journal only", async () => {
    const { azure, settle, entries, states, remediations, changes } = engineWorld();
    azure.put(thingId().text, thingBody());

    const { outcome, results } = await settle({ via: "recheck" }, { dryRun: true });

    expect(outcome).toBe("audit");
    expect(results).toMatchObject([{ changes: [{ patch: { properties: { encrypted: true } } }] }]);
    expect(entries("check")).toMatchObject([{ dryRun: true }]);
    expect(azure.writes).toEqual([]);
    expect([states.all().size, remediations.all().length, changes.waiting().length]).toEqual([0, 0, 0]);
  });

  test("leaves an open intent to the next look that may write", async () => {
    const { azure, settle, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.loseNextAnswer();
    await settle();

    await settle({ via: "recheck" }, { dryRun: true });

    expect(entries("intent-outcome")).toEqual([]);
    await later(60);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "remediated" }]);
  });

  test("leaves an open intent of a resource that is gone, too", async () => {
    const { azure, settle, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.loseNextAnswer();
    await settle();
    azure.remove(thingId().text);

    await settle({ via: "recheck" }, { dryRun: true });

    expect(entries("intent-outcome")).toEqual([]);
    await later(60);
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "gone" }]);
  });
});

describe("an event", () => {
  test("that was settled costs no read when it comes again", async () => {
    const { azure, settle, look } = engineWorld();
    azure.put(thingId().text, thingBody());
    await settle({ eventId: "twice" });
    const readsBefore = azure.reads;

    const answer = await look({ eventId: "twice" });

    expect(answer).toEqual({ kind: "ignored", reason: "duplicate" });
    expect(azure.reads).toBe(readsBefore);
  });

  test("of a change that the last look saw costs no read", async () => {
    const { azure, settle, look, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    const changedAt = clock.now().toISOString();
    clock.advance(31);
    await settle();

    expect(await look({ changedAt })).toEqual({ kind: "ignored", reason: "already-seen" });
    expect(azure.reads).toBe(1);
  });

  test("about our own write is ignored when both correlation id and caller are ours", async () => {
    const { azure, settle, look, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    await settle();
    const [write] = azure.writes;
    clock.advance(10);

    const answer = await look({ correlationId: write?.correlationId, changedBy: ownObjectId });

    expect(answer).toEqual({ kind: "ignored", reason: "own-write" });
  });

  test.each([
    ["the correlation id alone is ours", (ours: string) => ({ correlationId: ours, changedBy: engineer })],
    ["the caller alone is us", () => ({ correlationId: "theirs", changedBy: ownObjectId })],
  ])("is looked at when %s", async (_case, causeOf) => {
    const { azure, settle, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    await settle();
    azure.change(thingId().text, { properties: { encrypted: false } });
    clock.advance(10);

    const { outcome } = await settle(causeOf(azure.writes[0]?.correlationId ?? ""));

    expect(outcome).toBe("remediated");
  });

  test("that names no operation is looked at like any other", async () => {
    const { azure, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody());

    expect(await settle({ operation: undefined })).toMatchObject({ outcome: "remediated" });
    expect(entries("count")).toEqual([]);
  });

  test("decides nothing about the resource: what is read now does", async () => {
    const { azure, settle, clock } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await settle();
    azure.change(thingId().text, { properties: { encrypted: false } });
    clock.advance(60);

    const { outcome } = await settle({ operation: "Test.Provider/things/delete", changedBy: undefined });

    expect(outcome).toBe("remediated");
  });
});

describe("a deletion", () => {
  test("of a resource that is gone clears its row", async () => {
    const { azure, settle, states, clock } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await settle();
    azure.remove(thingId().text);
    clock.advance(10);

    const { outcome } = await settle({ operation: "Test.Provider/things/delete" });

    expect(outcome).toBe("gone");
    expect(states.all().size).toBe(0);
  });

  test("of a resource that lives is judged like any event, and the row stays", async () => {
    const { azure, settle, states } = engineWorld();
    azure.put(thingId().text, thingBody());

    const { outcome } = await settle({ operation: "Test.Provider/things/delete" });

    expect(outcome).toBe("remediated");
    expect(states.all().size).toBe(1);
  });

  test("ends an intent that was open", async () => {
    const { azure, settle, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.loseNextAnswer();
    await settle();
    azure.remove(thingId().text);

    await later(60);

    expect(entries("intent-outcome")).toMatchObject([{ outcome: "gone" }]);
  });
});

describe("an operation that is only counted", () => {
  test("leads to one check an hour, and every event of it is journaled by caller", async () => {
    const { azure, look, clock, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    const answers: string[] = [];
    for (let minute = 0; minute < 3; minute += 1) {
      const answer = await look({ operation: listTokens });
      answers.push(answer.kind === "ignored" ? answer.reason : answer.kind);
      clock.advance(60);
    }
    clock.advance(3600);
    answers.push((await look({ operation: listTokens })).kind);

    expect(answers).toEqual(["settled", "counted", "counted", "settled"]);
    expect(azure.reads).toBe(2);
    expect(entries("count").map(({ caller, count }) => [caller, count])).toEqual([
      [engineer, 1],
      [engineer, 2],
      [engineer, 3],
      [engineer, 1],
    ]);
  });

  test("is counted once, however often its event is delivered", async () => {
    const { azure, look, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await look({ operation: listTokens, eventId: "first" });

    await look({ operation: listTokens, eventId: "second" });
    await look({ operation: listTokens, eventId: "second" });

    expect(entries("count").map(({ count }) => count)).toEqual([1, 2]);
  });

  test("is counted once also where its event comes again in the next hour", async () => {
    const { azure, look, clock, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await look({ operation: listTokens, eventId: "first" });
    clock.advance(3600);

    expect(await look({ operation: listTokens, eventId: "first" })).toEqual({ kind: "ignored", reason: "duplicate" });

    expect(entries("count").map(({ count }) => count)).toEqual([1]);
  });

  test("is counted once also where its check has to be followed up in the next hour", async () => {
    const { azure, settle, later, clock, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextRead(refusals.busy);
    clock.advance(3598);
    await settle({ operation: listTokens });

    expect(await later(10)).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);

    expect(entries("count").map(({ count }) => count)).toEqual([1]);
  });

  test("is known by its name in any spelling, and where nobody is named its caller is unknown", async () => {
    const { azure, look, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await look({ operation: listTokens });

    const answer = await look({ operation: listTokens.toUpperCase(), changedBy: undefined });

    expect(answer).toEqual({ kind: "ignored", reason: "counted" });
    expect(entries("count").map(({ caller }) => caller)).toEqual([engineer, "unknown"]);
  });

  test("is looked at each time, and not counted, where another baseline wants that", async () => {
    const watchful = propertyBaseline("watchful", "minimumVersion", "2", { operations: [{ name: listTokens }] });
    const { azure, settle, entries } = engineWorld({
      baselines: [
        [encryption, "enforce"],
        [watchful, "enforce"],
      ],
    });
    azure.put(thingId().text, thingBody(compliant));

    await settle({ operation: listTokens });
    await settle({ operation: listTokens });

    expect(entries("count")).toEqual([]);
  });

  test("under our identity is told as its use by somebody else, though it is one of many in its hour", async () => {
    const { azure, look, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await look({ operation: listTokens });

    await look({ operation: listTokens, changedBy: ownObjectId, eventId: "stolen" });

    expect(entries("foreign-use")).toMatchObject([{ causes: [{ eventId: "stolen" }] }]);
  });

  test("is counted also when its event comes after a read that was later", async () => {
    const { azure, look, settle, clock, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    const changedAt = clock.now().toISOString();
    clock.advance(31);
    await settle();

    const answer = await look({ operation: listTokens, changedAt });

    expect(answer.kind).toBe("ignored");
    expect(azure.reads).toBe(1);
    expect(entries("count")).toMatchObject([{ caller: engineer, count: 1 }]);
  });
});

describe("two workers", () => {
  test("share a resource: one judges, the other says so, and the holder looks again", async () => {
    const { azure, look, settle, entries } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    const second: unknown[] = [];
    azure.duringNextRead(async () => {
      azure.change(thingId().text, { properties: { encrypted: false } });
      second.push(await look({ eventId: "came-meanwhile" }));
    });

    const { outcome } = await settle();

    expect(second).toEqual([{ kind: "taken" }]);
    expect(outcome).toBe("compliant");
    expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
    expect(entries("remediation")).toMatchObject([{ outcome: "remediated", causes: [{ eventId: "came-meanwhile" }] }]);
    expect(await look({ eventId: "came-meanwhile" })).toMatchObject({ reason: "duplicate" });
  });

  test("cost two reads for a burst of events on one resource", async () => {
    const { azure, look, settle } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    azure.duringNextRead(async () => {
      for (let event = 0; event < 40; event += 1) await look();
    });

    await settle();

    expect(azure.reads).toBe(2);
  });

  test("hand a resource over when the lease expired, and the late holder does not write", async () => {
    const { azure, look, settle, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.duringNextRead(async () => {
      clock.advance(91);
      expect(await settle()).toMatchObject({ outcome: "remediated" });
      azure.change(thingId().text, { properties: { encrypted: false } });
    });

    await expect(look()).rejects.toMatchObject({ code: "state-conflict" });

    expect(azure.writes).toHaveLength(1);
  });

  test("do not overwrite each other's state: the one that was overtaken stops before it writes", async () => {
    const { azure, look, states } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.duringNextRead(async () => {
      await states.write(thingId(), await states.read(thingId()));
    });

    await expect(look()).rejects.toMatchObject({ code: "state-conflict" });

    expect(azure.writes).toEqual([]);
  });

  test("don't keep a resource for ever where events about it come without end: what is left goes back to the queue", async () => {
    const { azure, look, settle, changes } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    let events = 0;
    async function another(): Promise<void> {
      events += 1;
      if (events < 30) azure.duringNextRead(another);
      await look();
    }
    azure.duringNextRead(another);

    await settle();

    expect(events).toBeLessThan(10);
    expect(changes.waiting().length).toBeGreaterThan(0);
  });

  test("leave what a holder that died was asked for to the waker", async () => {
    const { azure, look, world, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    const pending = (eventId: string) => ({ resourceId: thingId().text, cause: { via: "event" as const, eventId } });
    await world.leases.take(thingId(), "a worker that dies", pending("its own"));
    await look({ eventId: "came-meanwhile" });

    expect(await world.leases.abandoned()).toEqual([]);
    clock.advance(91);

    const left = await world.leases.abandoned();
    expect(left.map(({ cause }) => cause.eventId)).toEqual(["its own", "came-meanwhile"]);
  });

  test("leave what came in while a look failed to who takes the resource next", async () => {
    const { azure, look, settle } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.duringNextRead(async () => {
      await look({ eventId: "came-meanwhile" });
      throw new Error("The worker fails.");
    });
    await expect(look({ eventId: "failed" })).rejects.toThrow("The worker fails.");

    await settle({ eventId: "next" });

    expect(azure.bodyOf(thingId().text)).toMatchObject({ properties: { encrypted: true } });
    expect(await look({ eventId: "came-meanwhile" })).toMatchObject({ reason: "duplicate" });
    expect(await look({ eventId: "failed" })).toMatchObject({ reason: "duplicate" });
  });
});

test("what came in while a resource was held is looked at in seconds, though its own look then fails", async () => {
  const { azure, look, later, changes } = engineWorld();
  azure.put(thingId().text, thingBody(compliant));
  azure.duringNextRead(async () => {
    azure.change(thingId().text, { properties: { encrypted: false } });
    await look({ eventId: "came-meanwhile" });
    azure.duringNextRead(() => {
      throw new Error("The worker fails.");
    });
  });
  await expect(look()).rejects.toThrow("The worker fails.");
  expect(changes.waiting()).toHaveLength(1);

  await later(5);

  expect(azure.bodyOf(thingId().text)).toEqual(thingBody(compliant));
});

test("a resource that is led to says by which one, and nothing of who changed that one", async () => {
  const leader = thingId("anchor");
  const follower = propertyBaseline("encryption", "encrypted", true, {
    guards: [
      {
        id: "follows",
        title: "Follows another",
        parts: [],
        evaluate: ({ id }) =>
          id === leader.text
            ? undefined
            : {
                allowed: false,
                leaveAlone: true,
                leadsTo: leader.text,
                reason: "It follows.",
                mayBreak: "",
                advice: "",
              },
      },
    ],
  });
  const { azure, settle, later, entries, remediations } = engineWorld({ baselines: [[follower, "enforce"]] });
  azure.put(thingId().text, thingBody());
  azure.put(leader.text, thingBody());

  await settle();
  await later(1);

  expect(entries("intent")).toMatchObject([
    { resourceId: leader.text, causes: [{ via: "follow-up", ledBy: thingId().text }] },
  ]);
  const led = remediations.all().find(({ resourceId }) => resourceId === leader.text);
  expect(led).toMatchObject({ outcome: "remediated", via: "follow-up" });
  expect(led).not.toHaveProperty("changedBy");
});

describe("a sweep", () => {
  test("whose fix our own write's event brings to be proven names nobody who changed it", async () => {
    const { azure, world, look, remediations, states } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.startNextWrite(30);
    await reconcile(world, azure.type, { id: thingId(), cause: { via: "sweep" }, attempt: 0, dryRun: false });
    azure.finish(thingId().text);
    const [correlationId = ""] = states.all().get(thingId().key)?.ownCorrelations ?? [];

    await look({ correlationId, changedBy: ownObjectId });

    expect(remediations.all()).toMatchObject([{ outcome: "remediated", via: "sweep" }]);
    expect(remediations.all()[0]).not.toHaveProperty("changedBy");
  });

  test("that finds what the last look found adds nothing to the journal", async () => {
    const { azure, settle, journal } = engineWorld({ baselines: [[closed(false), "enforce"]] });
    azure.put(thingId().text, thingBody(), { access: { properties: {} } });
    await settle();
    const before = journal.entries.length;

    const { outcome } = await settle({ via: "sweep" });

    expect(outcome).toBe("awaiting-approval");
    expect(journal.entries.length).toBe(before);
  });

  test("that finds something else journals it", async () => {
    const { azure, settle, entries } = engineWorld({ baselines: [[encryption, "audit"]] });
    azure.put(thingId().text, thingBody());
    await settle();
    azure.change(thingId().text, { properties: { encrypted: "partly" } });

    await settle({ via: "sweep" });

    expect(entries("remediation").map(({ results }) => results[0]?.findings[0]?.actual)).toEqual([false, "partly"]);
  });
});

describe("a look that can't be finished", () => {
  test("is followed up with a growing delay, and ends when Azure can", async () => {
    const { azure, settle, later, changes, remediations } = engineWorld();
    azure.put(thingId().text, thingBody());
    for (let time = 0; time < 3; time += 1) azure.refuseNextRead(refusals.busy);
    await settle();
    const delays = [changes.waiting()[0]?.inSeconds];
    for (let time = 0; time < 2; time += 1) {
      await later(900);
      delays.push(changes.waiting()[0]?.inSeconds);
    }

    await later(900);

    expect(delays).toEqual([5, 10, 20]);
    expect(remediations.all()).toMatchObject([{ outcome: "remediated" }]);
    expect(changes.waiting()).toEqual([]);
  });

  test("waits as long as Azure asks, beyond an hour in the waits that the waker takes up", async () => {
    const { azure, settle, world, changes, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.throttledForHours);

    await settle();

    expect(changes.waiting()).toEqual([]);
    expect(await world.waits.due(clock.now())).toEqual([]);
    clock.advance(4 * 3600 + 60);
    expect(await world.waits.due(clock.now())).toMatchObject([{ resourceId: thingId().text }]);
  });

  test("forgets what waits once it was settled", async () => {
    const { azure, settle, world, clock } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.throttledForHours);
    await settle();
    clock.advance(60);

    expect(await settle()).toMatchObject({ outcome: "remediated" });

    clock.advance(5 * 3600);
    expect(await world.waits.due(clock.now())).toEqual([]);
  });

  test("is put before a person after seven days, with every intent ended", async () => {
    const { azure, settle, later, entries } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.startNextWrite(10);
    await settle();

    await later(8 * 24 * 3600);

    expect(entries("remediation").at(-1)).toMatchObject({
      outcome: "failed",
      results: [{ code: "retries-exhausted" }],
    });
    expect(entries("intent-outcome")).toMatchObject([{ outcome: "failed" }]);
  });

  test("tells the re-check that asked, and again when it ended", async () => {
    const { azure, settle, later, told } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.refuseNextWrite(refusals.throttled);
    await settle({ via: "recheck", operationId: "operation-1" });

    await later(60);

    expect(told.map(({ operationId, result }) => [operationId, result.outcome])).toEqual([
      ["operation-1", "retrying"],
      ["operation-1", "remediated"],
    ]);
  });
});

describe("a resource that belongs to a unit", () => {
  test("is taken with its unit, and another one of the unit goes back to the queue", async () => {
    const { azure, world, look, later } = engineWorld();
    const other = thingId("mast-light");
    azure.put(thingId().text, thingBody(compliant));
    azure.put(other.text, thingBody());
    const oneUnit = { ...azure.type, unitsOf: async () => [thingId("bridge")] };
    azure.duringNextRead(async () => {
      const cause = { via: "event" as const, eventId: "other" };
      const answer = await reconcile(world, oneUnit, { id: other, cause, attempt: 0, dryRun: false });
      expect(answer).toEqual({ kind: "taken" });
    });

    const cause = { via: "event" as const, eventId: "one" };
    await reconcile(world, oneUnit, { id: thingId(), cause, attempt: 0, dryRun: false });
    expect(azure.writes).toEqual([]);
    await later(5);

    expect(azure.bodyOf(other.text)).toEqual(thingBody({ encrypted: true }));
    expect(await look({ eventId: "other" }, { id: other })).toMatchObject({ reason: "duplicate" });
  });

  test("has one look for its events, and one for a person, where they came while another one of the unit was held", async () => {
    const azure = memoryAzure(thingType, () => [thingId("bridge")]);
    const { look, settle, later, told, changes } = engineWorld({ azure, burstSeconds: 2 });
    const other = thingId("mast-light");
    azure.put(thingId().text, thingBody(compliant));
    azure.put(other.text, thingBody());
    azure.duringNextRead(async () => {
      for (let event = 0; event < 3; event += 1) expect(await look({}, { id: other })).toEqual({ kind: "taken" });
      await look({ via: "recheck", operationId: "asked", eventId: undefined, changedBy: undefined }, { id: other });
    });

    await settle();

    const sent = changes.waiting().map(({ message }) => changeMessageSchema.parse(JSON.parse(message)));
    expect(sent.map(({ resourceId, cause }) => [resourceId, cause.via])).toEqual([
      [other.text, "burst"],
      [other.text, "recheck"],
    ]);
    await later(10);
    expect(azure.bodyOf(other.text)).toEqual(thingBody({ encrypted: true }));
    expect(told).toMatchObject([{ operationId: "asked" }]);
  });

  test("is not written while it turns out to belong to another unit than the one taken, and is afterwards", async () => {
    let unit = thingId();
    const azure = memoryAzure(thingType, () => [unit]);
    const { look, later, entries } = engineWorld({ azure });
    azure.put(thingId().text, thingBody());
    azure.duringNextRead(() => {
      unit = thingId("bridge");
    });

    expect(await look()).toMatchObject({ result: { outcome: "retrying" } });
    expect(azure.writes).toEqual([]);
    await later(60);

    expect(azure.bodyOf(thingId().text)).toEqual(thingBody({ encrypted: true }));
    expect(entries("remediation").at(-1)).toMatchObject({ outcome: "remediated" });
  });

  test("is judged though Azure does not say what it belongs to, once that is known", async () => {
    const azure = memoryAzure(thingType, () => [thingId("bridge")]);
    const { settle } = engineWorld({ azure });
    azure.put(thingId().text, thingBody(compliant));
    await settle();
    azure.type.unitsOf = () => Promise.reject(new Error("Azure does not answer."));
    azure.change(thingId().text, { properties: { encrypted: false } });

    expect(await settle()).toMatchObject({ outcome: "remediated" });
  });

  test("frees the unit that a dead holder left taken, though it belongs to another one by now", async () => {
    const azure = memoryAzure(thingType, () => [thingId("bridge")]);
    const { world, look, clock } = engineWorld({ azure });
    azure.put(thingId().text, thingBody(compliant));
    const left = { resourceId: thingId().text, cause: { via: "event" as const, eventId: "left" } };
    await world.leases.take(thingId(), "a worker that dies", left);
    clock.advance(91);

    for (const { cause, unit } of await world.leases.abandoned()) await look(cause, { leftIn: resourceId(unit) });

    expect(await world.leases.abandoned()).toEqual([]);
    clock.advance(91);
    expect(await world.leases.abandoned()).toEqual([]);
  });
});
