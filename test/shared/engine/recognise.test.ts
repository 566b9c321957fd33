import { describe, expect, test } from "vitest";
import { afterEachSoundHistory, type EngineWorld, engineWorld, ownObjectId } from "../../support/engine-world.ts";
import { thingBody, thingId } from "../../support/things.ts";

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

describe("an event that a remediation began with", () => {
  test("is known as settled once that has ended, whatever led to the proof", async () => {
    const { azure, look } = await provenByOwnEvent();

    expect(await look({ eventId: "first" })).toEqual({ kind: "ignored", reason: "duplicate" });

    expect(azure.reads).toBe(2);
  });
});
