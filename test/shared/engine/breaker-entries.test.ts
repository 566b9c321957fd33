import { expect, test } from "vitest";
import { afterEachSoundHistory, type EngineWorld, engineer, engineWorld } from "../../support/engine-world.ts";
import { thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const closing = { via: "close-breaker", askedBy: "operator", reason: "Both teams agreed." } as const;
const ofEncryption = { closesBreakerOf: "things/encryption" };

/** A thing that was set back after its one allowed fix. */
async function contestedThing(): Promise<EngineWorld> {
  const engine = engineWorld({ settings: { breakerFixes: 1 } });
  engine.azure.put(id, thingBody());
  await engine.settle();
  await setBack(engine);
  return engine;
}

async function setBack(engine: EngineWorld): Promise<void> {
  engine.azure.change(id, { properties: { encrypted: false } });
  await engine.settle();
}

function entriesOfBreakers(engine: EngineWorld): unknown[] {
  return engine.entries("breaker").map(({ became, baseline }) => [became, baseline]);
}

test("a breaker that opens is told once, with who set it back, however often it is looked at", async () => {
  const engine = await contestedThing();
  await setBack(engine);
  await setBack(engine);

  expect(engine.entries("breaker")).toMatchObject([
    { resourceId: id, baseline: "things/encryption", became: "open", changedBy: [engineer] },
  ]);
  expect(engine.log.lines.filter(({ message }) => message === "breaker opened")).toHaveLength(1);
  const contested = engine.remediations.all().filter(({ outcome }) => outcome === "contested");
  expect(contested.map((each) => each.id)).toContain(engine.entries("breaker")[0]?.remediationId);
});

test("a breaker that a crash makes open twice is told under the same id", async () => {
  const engine = engineWorld({ settings: { breakerFixes: 1 } });
  engine.azure.put(id, thingBody());
  await engine.settle();
  engine.azure.change(id, { properties: { encrypted: false } });
  const { write } = engine.states;
  engine.world.states.write = () => Promise.reject(new Error("The worker dies."));
  await expect(engine.settle()).rejects.toThrow("The worker dies.");
  engine.world.states.write = write;

  await engine.settle();

  const ids = engine.entries("breaker").map((entry) => entry.id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test("a breaker that opens anew a day later is told anew", async () => {
  const engine = await contestedThing();
  engine.clock.advance(24 * 3600);
  await engine.settle();
  await setBack(engine);

  expect(entriesOfBreakers(engine)).toEqual([
    ["open", "things/encryption"],
    ["open", "things/encryption"],
  ]);
  expect(new Set(engine.entries("breaker").map((entry) => entry.id)).size).toBe(2);
});

test("a breaker that a person closes lets the fix through at once, and counts anew", async () => {
  const engine = await contestedThing();

  expect(await engine.settle(closing, ofEncryption)).toMatchObject({ outcome: "remediated" });

  expect(engine.azure.bodyOf(id)).toMatchObject({ properties: { encrypted: true } });
  expect(engine.entries("breaker").at(-1)).toMatchObject({
    became: "closed",
    askedBy: "operator",
    reason: "Both teams agreed.",
  });
  expect(engine.entries("intent").at(-1)?.causes).toMatchObject([{ via: "close-breaker", askedBy: "operator" }]);
  await setBack(engine);
  expect(entriesOfBreakers(engine).at(-1), "the one fix since then was set back again").toEqual([
    "open",
    "things/encryption",
  ]);
});

test("a breaker that is not open is not closed, and nothing is said of it", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());

  await engine.settle(closing, ofEncryption);

  expect(engine.entries("breaker")).toEqual([]);
});

test("a breaker of another baseline stays open", async () => {
  const engine = await contestedThing();

  expect(await engine.settle(closing, { closesBreakerOf: "things/closed" })).toMatchObject({ outcome: "contested" });
});

test("a breaker stays open where its closing is only tried, by a dry run", async () => {
  const engine = await contestedThing();

  await engine.settle(closing, { ...ofEncryption, dryRun: true });

  expect(entriesOfBreakers(engine)).toEqual([["open", "things/encryption"]]);
  expect(await engine.settle()).toMatchObject({ outcome: "contested" });
});

test("the closing of a breaker names the roles that it was asked with, where there are any", async () => {
  const engine = await contestedThing();

  await engine.settle({ ...closing, askedAs: "Guard.Operate" }, ofEncryption);

  const closed = { became: "closed", askedAs: "Guard.Operate" };
  expect(engine.entries("breaker").at(-1)).toMatchObject(closed);
  expect(engine.log.lines).toContainEqual({
    level: "info",
    message: "breaker closed",
    data: expect.objectContaining(closed),
  });
});
