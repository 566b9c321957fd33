import { afterAll, beforeAll, expect, test } from "vitest";
import { entriesOf } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { enforceAll, seedAccount, startWorld, type World, writeEvent } from "./world.ts";

let world: World;

const weakTls = { minimumTlsVersion: "TLS1_0" };
const fleet = ["fleet0", "fleet1", "fleet2", "fleet3", "fleet4", "fleet5", "fleet6", "fleet7"];

/** The shortest lease of a resource: what a dead worker held is taken up after it. */
const leaseSeconds = 15;

beforeAll(async () => {
  world = await startWorld({ ...enforceAll, LEASE_SECONDS: String(leaseSeconds), REQUEST_TIMEOUT_SECONDS: "5" });
});
afterAll(() => world?.close());

test("after a worker was killed between intent and outcome all is settled, with no second write unless it is needed", async () => {
  const before = await killedAtWrite("before");
  const after = await killedAtWrite("after");
  const ids = await killedAmongMany();

  // What the dead workers held is taken up by the waker once the leases have ended.
  await eventually(async () => (await lastExpiry()) <= Date.now(), "the leases of dead workers to end", 40_000);
  await world.fire("waker");
  await eventually(() => isSettled([before, after, ...ids]), "every account to be settled", 30_000);

  // The write had not reached Azure: the old intent is superseded, and a new one made the write.
  const unwritten = await world.remediation(before, "remediated");
  expect(entriesOf(unwritten, "intent-outcome").map(({ outcome }) => outcome)).toEqual(["superseded", "remediated"]);
  expect(world.writes(before).map(({ status }) => status)).toEqual([0, 200]);

  // It had: the read proves it, and nothing is written again.
  const written = await world.remediation(after, "remediated");
  expect(entriesOf(written, "intent-outcome").map(({ outcome }) => outcome)).toEqual(["remediated"]);
  expect(world.writes(after).map(({ status }) => status)).toEqual([0]);

  for (const id of [before, after, ...ids]) {
    expect(world.stored(id)).toMatchObject({
      tags: { ship: id.split("/").at(-1) },
      properties: { minimumTlsVersion: "TLS1_2" },
    });
  }
  await everyIntentHasAnOutcome();
  expect(world.azure.functions.worker.restarts).toBe(3);
}, 70_000);

/** Kills the worker in the moment in which its write reaches Azure. */
async function killedAtWrite(when: "before" | "after"): Promise<string> {
  const name = `killed${when}`;
  const id = seedAccount(world, name, weakTls, { tags: { ship: name } });
  const restarts = world.azure.functions.worker.restarts;
  killAtNextWriteOf([id], when);
  await world.deliver(writeEvent(id));
  await eventually(() => world.azure.functions.worker.restarts > restarts, "the worker to be started again");
  return id;
}

async function killedAmongMany(): Promise<string[]> {
  const ids = fleet.map((name) => seedAccount(world, name, weakTls, { tags: { ship: name } }));
  const restarts = world.azure.functions.worker.restarts;
  killAtNextWriteOf(ids.slice(3), "after");
  await Promise.all(ids.map((id) => world.deliver(writeEvent(id))));
  await eventually(() => world.azure.functions.worker.restarts > restarts, "the worker to be started again");
  return ids;
}

function killAtNextWriteOf(ids: string[], when: "before" | "after"): void {
  world.azure.arm.failNext(({ method, path }) => {
    if (method !== "PATCH" || !ids.includes(path)) return undefined;
    world.azure.functions.killWorker();
    return { kind: "drop", when };
  });
}

/** When the last lease that is held ends; 0 where none is held. */
async function lastExpiry(): Promise<number> {
  let last = 0;
  for await (const { expiresAt } of world.table("leases").listEntities())
    last = Math.max(last, Date.parse(String(expiresAt)));
  return last;
}

/** Nothing is held any more, and each account's remediation has ended. Throws for what is not settled. */
async function isSettled(ids: string[]): Promise<boolean> {
  for (const id of ids) {
    const open = (await world.remediations(id)).map(({ outcome }) => outcome);
    if (open.length === 0 || open.some((outcome) => outcome !== "remediated")) throw new Error(`${id}: ${open.join()}`);
  }
  return (await lastExpiry()) === 0;
}

/** Also where a worker died after it journaled an outcome, and before it remembered that. */
async function everyIntentHasAnOutcome(): Promise<void> {
  const entries = await world.journal();
  const intents = entries.filter((entry) => entry.kind === "intent");
  expect(intents.length).toBeGreaterThanOrEqual(fleet.length + 2);
  for (const { intentId } of intents) {
    expect(entries.filter((entry) => entry.kind === "intent-outcome" && entry.intentId === intentId)).toHaveLength(1);
  }
}
