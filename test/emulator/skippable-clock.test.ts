import { expect, test } from "vitest";
import { skippableClock } from "../../emulator/skippable-clock.ts";

const hour = 3_600_000;

test("what is due in hours is called in its order once time was moved there", async () => {
  const clock = skippableClock();
  const begin = clock.now();
  const called: string[] = [];
  const done = new Promise<void>((resolve) => {
    clock.schedule(3 * hour, () => called.push("third"));
    clock.schedule(hour, () => called.push("first"));
    clock.schedule(2 * hour, () => called.push(`second ${Math.floor((clock.now() - begin) / hour)}`));
    clock.schedule(4 * hour, resolve);
  });

  expect(clock.nextDue).toBeGreaterThanOrEqual(begin + hour);
  clock.skip(4 * hour);
  await done;

  expect(called).toEqual(["first", "second 4", "third"]);
  expect(clock.nextDue).toBeUndefined();
});

test("what was cancelled is not called", async () => {
  const clock = skippableClock();
  const called: string[] = [];
  const cancel = clock.schedule(hour, () => called.push("cancelled"));
  const done = new Promise<void>((resolve) => clock.schedule(2 * hour, resolve));

  cancel();
  clock.skip(3 * hour);
  await done;

  expect(called).toEqual([]);
});

test("without a leap it runs as the machine's clock does, and tells who listens of each leap", async () => {
  const clock = skippableClock();
  const seen: number[] = [];
  const end = clock.onSkip(() => seen.push(clock.now()));

  await new Promise<void>((resolve) => clock.schedule(5, resolve));
  clock.skip(hour);
  end();
  clock.skip(hour);

  expect(seen).toHaveLength(1);
  expect(clock.now() - Date.now()).toBeGreaterThanOrEqual(2 * hour - 5);
});
