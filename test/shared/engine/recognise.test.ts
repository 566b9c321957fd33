import { describe, expect, test } from "vitest";
import { afterEachSoundHistory, type EngineWorld, engineWorld, ownObjectId } from "../../support/engine-world.ts";
import { refusals } from "../../support/memory-azure.ts";
import { compliant, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

/** A long write that is started at an event, done by Azure, and proven at the event of that write, before its follow-up is due. */
async function provenByOwnEvent(cause: { operationId?: string } = {}): Promise<EngineWorld> {
  const engine = engineWorld();
  const { azure, settle } = engine;
  azure.put(thingId().text, thingBody());
  azure.startNextWrite(30);
  expect(await settle({ eventId: "first", ...cause })).toMatchObject({ outcome: "retrying" });
  azure.finish(thingId().text);
  const { correlationId } = azure.writes[0] ?? {};
  expect(await settle({ correlationId, changedBy: ownObjectId })).toMatchObject({ outcome: "remediated" });
  return engine;
}

describe("a follow-up", () => {
  test("reads nothing where our own event led to the proof before", async () => {
    const { azure, later } = await provenByOwnEvent();

    expect(await later(60)).toEqual([{ kind: "ignored", reason: "ended" }]);

    expect(azure.reads).toBe(2);
  });

  test("looks for a re-check that still waits to be told", async () => {
    const { later, told } = await provenByOwnEvent({ operationId: "asked" });

    await later(60);

    expect(told.at(-1)).toMatchObject({ operationId: "asked", result: { outcome: "compliant" } });
  });

  test("of a remediation that ended leaves the next one to its own follow-up", async () => {
    const { azure, settle, later } = await provenByOwnEvent();
    azure.change(thingId().text, { properties: { encrypted: false } });
    azure.startNextWrite(120);
    await settle({ eventId: "second" });
    azure.finish(thingId().text);

    expect(await later(60)).toEqual([{ kind: "ignored", reason: "ended" }]);
    expect(await later(120)).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);
    expect(azure.reads).toBe(4);
  });
});

describe("a follow-up of no remediation that is known here to have ended", () => {
  test("looks, since another resource led to it, while the first remediation is open", async () => {
    const { azure, settle, look } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.startNextWrite(30);
    await settle();
    azure.finish(thingId().text);
    const ledBy = thingId("anchor").text;

    const led = await look({ via: "follow-up", ledBy, eventId: undefined, changedBy: undefined });

    expect(led).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("looks where the resource was deleted and made anew since it was sent", async () => {
    const { azure, settle, later } = engineWorld();
    azure.put(thingId().text, thingBody());
    azure.startNextWrite(30);
    await settle();
    azure.remove(thingId().text);
    expect(await settle()).toMatchObject({ outcome: "gone" });
    azure.put(thingId().text, thingBody());

    expect(await later(60)).toMatchObject([{ kind: "settled", result: { outcome: "remediated" } }]);
  });
});

describe("a look of the waker's", () => {
  test("for a holder that died is made, though its event is settled: it may have left something behind", async () => {
    const { azure, settle, look } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    await settle({ eventId: "settled" });
    azure.change(thingId().text, { properties: { encrypted: false } });

    const woken = await look({ via: "waker", eventId: "settled" });

    expect(woken).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });
});

describe("an event of a change that was made before the last read", () => {
  test.each([
    [30, "ignored"],
    [29.999, "settled"],
  ])("by %d seconds is %s: clocks may differ by half a minute", async (seconds, kind) => {
    const { azure, settle, look, clock } = engineWorld();
    azure.put(thingId().text, thingBody(compliant));
    const changedAt = clock.now().toISOString();
    clock.advance(seconds);
    await settle();

    expect(await look({ changedAt })).toMatchObject({ kind });
  });

  test("is looked at all the same where a worker died over its write since", async () => {
    const engine = engineWorld();
    const { azure, settle, look, clock, world, journal } = engine;
    azure.put(thingId().text, thingBody(compliant));
    const changedAt = clock.now().toISOString();
    clock.advance(60);
    await settle();
    azure.change(thingId().text, { properties: { encrypted: false } });
    const { append } = journal;
    world.journal.append = () => Promise.reject(new Error("The worker fails."));
    await expect(look()).rejects.toThrow("The worker fails.");
    world.journal.append = append;

    expect(await look({ changedAt })).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });
});

describe("where nobody can tell who this service is", () => {
  async function fixedByNobody(): Promise<EngineWorld> {
    const engine = engineWorld();
    engine.world.ownObjectId = async () => undefined;
    engine.azure.put(thingId().text, thingBody());
    expect(await engine.settle()).toMatchObject({ outcome: "remediated" });
    return engine;
  }

  test("an event that names nobody is not taken for our own by its correlation id", async () => {
    const { azure, look } = await fixedByNobody();
    const [{ correlationId } = { correlationId: "" }] = azure.writes;
    azure.change(thingId().text, { properties: { encrypted: false } });

    const answer = await look({ correlationId, changedBy: undefined });

    expect(answer).toMatchObject({ kind: "settled", result: { outcome: "remediated" } });
  });

  test("an event that names nobody is not taken for a use of our identity: what was seen since costs no read", async () => {
    const { azure, settle, look, clock } = await fixedByNobody();
    const changedAt = clock.now().toISOString();
    clock.advance(60);
    await settle();

    expect(await look({ changedBy: undefined, changedAt })).toEqual({ kind: "ignored", reason: "already-seen" });

    expect(azure.reads).toBe(2);
  });
});

test("a use of our identity by somebody else is told once, however often its look has to be followed up", async () => {
  const { azure, settle, later, entries } = engineWorld();
  azure.put(thingId().text, thingBody());
  azure.refuseNextWrite(refusals.throttled);
  expect(await settle({ changedBy: ownObjectId })).toMatchObject({ outcome: "retrying" });

  expect(await later(60)).toMatchObject([{ result: { outcome: "remediated" } }]);

  expect(entries("foreign-use")).toHaveLength(1);
});

describe("an event that a remediation began with", () => {
  test("is looked at when it comes again while that is open", async () => {
    const engine = engineWorld();
    engine.azure.put(thingId().text, thingBody());
    engine.azure.startNextWrite(30);
    await engine.settle({ eventId: "first" });
    engine.azure.finish(thingId().text);

    expect(await engine.settle({ eventId: "first" })).toMatchObject({ outcome: "remediated" });
  });

  test("is known as settled once that has ended, whatever led to the proof", async () => {
    const { azure, look } = await provenByOwnEvent();

    expect(await look({ eventId: "first" })).toEqual({ kind: "ignored", reason: "duplicate" });

    expect(azure.reads).toBe(2);
  });
});
