import { describe, expect, test } from "vitest";
import { reconcile } from "../../../shared/engine/reconcile.ts";
import { afterEachSoundHistory, engineWorld } from "../../support/engine-world.ts";
import { memoryAzure } from "../../support/memory-azure.ts";
import { encryption, minimumVersion, thingBody, thingId, thingType } from "../../support/things.ts";

afterEachSoundHistory();

const [near, far, other] = [thingId("gateway-near"), thingId("gateway-far"), thingId("gateway-other")];
const { text: id } = thingId();

/** A thing that falls short, and that belongs to two units. */
function sharedThing() {
  let units = [near, far];
  const azure = memoryAzure(thingType, () => units);
  const engine = engineWorld({
    azure,
    baselines: [
      [encryption, "enforce"],
      [minimumVersion, "audit"],
    ],
  });
  azure.put(id, thingBody());
  return {
    engine,
    /** The far end is moved while the thing is being read. */
    move: () =>
      azure.duringNextRead(() => {
        units = [near, other];
      }),
    sweep: () =>
      reconcile(engine.world, azure.type, { id: thingId(), cause: { via: "sweep" }, attempt: 0, dryRun: false }),
  };
}

describe("a resource of two units", () => {
  test("is written where both are taken", async () => {
    const { engine, sweep } = sharedThing();

    await sweep();

    expect(engine.azure.bodyOf(id)).toEqual(thingBody({ encrypted: true }));
  });

  test("is not written where one of them turns out to be another: the next look takes that, and writes", async () => {
    const { engine, move, sweep } = sharedThing();
    move();

    const answer = await sweep();

    expect(answer).toMatchObject({ result: { results: [{ outcome: "retrying" }, { outcome: "audit" }] } });
    expect(engine.azure.writes).toEqual([]);
    await engine.world.leases.take(other, "a worker that dies", { resourceId: id, cause: { via: "sweep" } });
    expect(await engine.later(60)).toEqual([{ kind: "taken" }]);
    engine.clock.advance(91);
    expect(await sweep()).toMatchObject({ result: { results: [{ outcome: "remediated" }, { outcome: "audit" }] } });
  });
});
