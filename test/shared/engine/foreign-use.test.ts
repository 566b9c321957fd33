import { expect, test } from "vitest";
import { afterEachSoundHistory, type EngineWorld, engineWorld, ownObjectId } from "../../support/engine-world.ts";
import { compliant, thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

const id = thingId().text;
const ours = { changedBy: ownObjectId };

function compliantThing(choices: Parameters<typeof engineWorld>[0] = {}): EngineWorld {
  const engine = engineWorld(choices);
  engine.azure.put(id, thingBody(compliant));
  return engine;
}

test("a change by our identity that no intent stands for is told with its event", async () => {
  const engine = compliantThing();

  await engine.settle({ ...ours, eventId: "stolen", correlationId: "unknown" });

  expect(engine.entries("foreign-use")).toMatchObject([
    { resourceId: id, identity: ownObjectId, causes: [{ eventId: "stolen", correlationId: "unknown" }] },
  ]);
  expect(engine.log.lines).toContainEqual(
    expect.objectContaining({ level: "error", message: "own identity used by somebody else" }),
  );
});

test("it is told also where the resource was read since, and once however often its event comes", async () => {
  const engine = compliantThing();
  const changedAt = engine.clock.now().toISOString();
  engine.clock.advance(3600);
  await engine.settle();

  await engine.settle({ ...ours, eventId: "stolen", changedAt });
  expect(await engine.look({ ...ours, eventId: "stolen", changedAt })).toEqual({
    kind: "ignored",
    reason: "duplicate",
  });

  expect(engine.entries("foreign-use")).toHaveLength(1);
});

test("events that waited for one look are told one by one", async () => {
  const engine = compliantThing({ burstSeconds: 2 });
  await engine.settle();
  await engine.look({ ...ours, eventId: "first" });
  await engine.look({ ...ours, eventId: "second" });

  await engine.later(2);

  const told = engine.entries("foreign-use");
  expect(told.map(({ causes }) => causes[0]?.eventId).sort()).toEqual(["first", "second"]);
  expect(new Set(told.map((entry) => entry.id)).size).toBe(2);
});

test("what a holder that died was told is told by who takes over, once", async () => {
  const engine = compliantThing();
  await engine.settle();

  await engine.settle({ ...ours, via: "waker", eventId: "stolen" });
  await engine.settle({ ...ours, via: "waker", eventId: "stolen" });

  expect(engine.entries("foreign-use")).toHaveLength(1);
});

test("our own write's event, and other people's changes, are no use by somebody else", async () => {
  const engine = engineWorld();
  engine.azure.put(id, thingBody());
  await engine.settle();
  const [write] = engine.azure.writes;

  await engine.look({ ...ours, correlationId: write?.correlationId ?? "" });

  expect(engine.azure.writes).toHaveLength(1);
  expect(engine.entries("foreign-use")).toEqual([]);
});
