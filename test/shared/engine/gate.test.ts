import { expect, test } from "vitest";
import { afterEachSoundHistory, engineWorld } from "../../support/engine-world.ts";
import { thingBody, thingId } from "../../support/things.ts";

afterEachSoundHistory();

test("what the cap of the hour holds back comes again in the next hour's first minute, and not before", async () => {
  const { azure, clock, settle, changes } = engineWorld({ settings: { writesPerHour: 1 } });
  const other = thingId("mast-light");
  azure.put(thingId().text, thingBody());
  azure.put(other.text, thingBody());
  clock.advance(20 * 60);
  await settle();

  await settle({}, { id: other });

  const [{ inSeconds } = { inSeconds: 0 }] = changes.waiting();
  expect(inSeconds).toBeGreaterThanOrEqual(40 * 60);
  expect(inSeconds).toBeLessThan(41 * 60);
});
