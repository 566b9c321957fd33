import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { manualClock } from "../../../emulator/clock.ts";
import { isMoreThanOnceAMinute, parseSchedule } from "../../../emulator/functions-host/schedule.ts";
import { type StorageAccount, startStorageAccount } from "./azurite.ts";
import { closeTestHosts, eventually, startTestHost, type TestHost } from "./world.ts";

let storage: StorageAccount;

beforeAll(async () => {
  storage = await startStorageAccount();
});
afterEach(closeTestHosts);
afterAll(() => storage.close());

const noon = Date.parse("2024-05-01T12:00:00Z");

function startTimerHost(timer: string, clock = manualClock(noon)): Promise<TestHost> {
  const source = `app.timer("tick", { ${timer}, handler: (timer, context) => context.log(JSON.stringify(timer)) });`;
  return startTestHost(source, {
    storageConnectionString: storage.connectionString,
    settings: { SCHEDULE: "0 */5 * * * *", AzureFunctionsWebHost__hostid: crypto.randomUUID() },
    disableTimers: false,
    clock,
  });
}

function ticks(host: TestHost): unknown[] {
  return host.logged.filter(({ source }) => source === "app").map(({ message }) => JSON.parse(message));
}

/** Moves the clock on until the timer, whose state is read and kept meanwhile, has run this often. */
async function advanceUntil(host: TestHost, clock: ReturnType<typeof manualClock>, count: number): Promise<void> {
  await eventually(async () => {
    await clock.advance(60_000);
    expect(ticks(host).length).toBeGreaterThanOrEqual(count);
  });
}

test("a timer runs on a schedule that an app setting holds, and is told so", async () => {
  const clock = manualClock(noon);
  const host = await startTimerHost(`schedule: "%SCHEDULE%"`, clock);

  await advanceUntil(host, clock, 2);

  expect(ticks(host)[0]).toMatchObject({ schedule: { adjustForDST: true }, isPastDue: false });
  expect(ticks(host)[1]).toMatchObject({ scheduleStatus: { last: expect.any(String), next: expect.any(String) } });
  expect(host.functions).toMatchObject([{ trigger: "timerTrigger", schedule: "0 */5 * * * *" }]);
});

test("runOnStartup runs the function at start", async () => {
  const host = await startTimerHost(`schedule: "0 0 0 1 1 *", runOnStartup: true`);

  await eventually(() => expect(ticks(host)).toMatchObject([{ isPastDue: false }]));
});

test("a run that was missed while no host was there is made up for at start", async () => {
  const settings = { AzureFunctionsWebHost__hostid: "same-host" };
  const source = `app.timer("tick", { schedule: "0 0 * * * *", handler: (timer, context) => context.log(JSON.stringify(timer)) });`;
  const common = { storageConnectionString: storage.connectionString, settings, disableTimers: false };
  const clock = manualClock(noon);
  const first = await startTestHost(source, { ...common, clock });
  await eventually(async () => {
    await clock.advance(60_000);
    expect(ticks(first)).toHaveLength(1);
  });
  await first.close();

  const later = await startTestHost(source, { ...common, clock: manualClock(noon + 24 * 60 * 60 * 1000) });

  await eventually(() => expect(ticks(later)).toMatchObject([{ isPastDue: true }]));
});

test("the admin route runs a function at once with the master key alone", async () => {
  const source = `
    app.timer("tick", { schedule: "0 0 0 1 1 *", handler: (timer, context) => context.log("ticked") });
    app.storageQueue("work", { queueName: "q", connection: "X", handler: (item, context) => context.log("worked", item.a) });
  `;
  const host = await startTestHost(source, { storageConnectionString: storage.connectionString });
  const run = (name: string, body: string, key = host.keys.master) =>
    fetch(`${host.url}/admin/functions/${name}`, { method: "POST", body, headers: { "x-functions-key": key } });

  expect((await run("tick", `{"input":""}`, host.keys.function)).status).toBe(401);
  expect((await run("tick", "null")).status).toBe(400);
  expect((await run("unknown", `{"input":""}`)).status).toBe(404);
  expect((await run("tick", `{"input":""}`)).status).toBe(202);
  expect((await run("work", JSON.stringify({ input: `{"a":1}` }))).status).toBe(202);

  const lines = () => host.logged.filter(({ source }) => source === "app").map(({ message }) => message);
  await eventually(() => expect(lines().sort()).toEqual(["ticked", "worked 1"]));
  const status = await fetch(`${host.url}/admin/host/status?code=${host.keys.master}`);
  expect(await status.json()).toMatchObject({ state: "Running" });
});

test("schedules are NCRONTAB of five or six fields in UTC, where day and weekday must both match, or intervals", () => {
  const next = (schedule: string) => new Date(parseSchedule(schedule).next(noon) ?? 0).toISOString();

  expect(next("30 9 * * *")).toBe("2024-05-02T09:30:00.000Z");
  expect(next("15 30 9 * * *")).toBe("2024-05-02T09:30:15.000Z");
  expect(next("0 0 0 13 * 5")).toBe("2024-09-13T00:00:00.000Z");
  expect(next("01:00:00")).toBe("2024-05-01T13:00:00.000Z");
  expect(() => parseSchedule("now and then")).toThrow();
  expect(isMoreThanOnceAMinute(parseSchedule("*/30 * * * * *"), noon)).toBe(true);
  expect(isMoreThanOnceAMinute(parseSchedule("0 * * * * *"), noon)).toBe(false);
});
