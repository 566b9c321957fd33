import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../../../emulator/clock.ts";
import { account, type LocalArm, startLocalArm } from "./local-arm.ts";

let local: LocalArm;
beforeEach(async () => {
  local = await startLocalArm();
  local.arm.seed(account, { properties: { minimumTlsVersion: "TLS1_0" } });
});
afterEach(() => local.arm.close());

const patch = () =>
  local.send("PATCH", `${account}?api-version=2023-05-01`, { body: { properties: { minimumTlsVersion: "TLS1_2" } } });
const isWritten = () => JSON.stringify(local.arm.resources.get(account)?.body).includes("TLS1_2");

it("a request may be answered with an error before it takes effect, once", async () => {
  local.arm.failNext(() => ({
    kind: "answer",
    when: "before",
    status: 503,
    body: "<html>Our services aren't available right now</html>",
  }));
  expect((await patch()).status).toBe(503);
  expect(isWritten()).toBe(false);
  expect((await patch()).status).toBe(200);
});

it("an answer may be lost after the request took effect", async () => {
  local.arm.failNext(({ method }) => (method === "PATCH" ? { kind: "drop", when: "after" } : undefined));
  await expect(patch()).rejects.toThrow();
  expect(isWritten()).toBe(true);
  expect(local.arm.requests.at(-1)).toMatchObject({ method: "PATCH", status: 0 });
});

it("half an answer breaks off", async () => {
  local.arm.failNext(() => ({ kind: "drop", when: "after", halfAnswer: true }));
  await expect(patch()).rejects.toThrow();
  expect(isWritten()).toBe(true);
});

it.each(["before", "after"] as const)("a connection may be reset %s the request takes effect", async (when) => {
  local.arm.failNext(() => ({ kind: "reset", when }));
  await expect(patch()).rejects.toThrow(/ECONNRESET|hang up/);
  expect(isWritten()).toBe(when === "after");
});

it.each(["before", "after"] as const)("a request may be left without an answer, %s it takes effect", async (when) => {
  let arrived: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  local.arm.failNext(() => {
    setImmediate(arrived);
    return { kind: "silence", when };
  });
  const answer = patch();
  await arrival;
  await local.arm.close();

  await expect(answer).rejects.toThrow();
  expect(isWritten()).toBe(when === "after");
});

it("a test is shown each request at its arrival, and what became of it", async () => {
  const seen: string[] = [];
  const end = local.arm.observe(({ method }, caller) => {
    seen.push(`${method} by ${caller?.objectId}, written: ${isWritten()}`);
    return ({ status, handled }) => seen.push(`${status}, handled: ${handled}, written: ${isWritten()}`);
  });

  local.arm.failNext(() => ({ kind: "answer", when: "before", status: 500 }));
  await patch();
  local.arm.failNext(() => ({ kind: "answer", when: "after", status: 500 }));
  await patch();
  end();
  await patch();

  const arrival = expect.stringMatching(/^PATCH by .+, written: false$/);
  expect(seen).toEqual([arrival, "500, handled: false, written: false", arrival, "500, handled: true, written: true"]);
});

it("a delayed request takes effect when its time has come", async () => {
  await local.arm.close();
  const clock = manualClock(0);
  local = await startLocalArm({ clock });
  local.arm.seed(account, {});
  let arrived: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  local.arm.failNext(() => {
    setImmediate(arrived);
    return { kind: "delay", milliseconds: 5000 };
  });
  const answer = patch();
  await arrival;
  expect(isWritten()).toBe(false);
  await clock.advance(5000);
  expect((await answer).status).toBe(200);
});

it("a fault for many requests lasts until it is taken away", async () => {
  const stop = local.arm.failNext(() => ({ kind: "answer", when: "before", status: 429 }), Number.POSITIVE_INFINITY);
  expect([(await patch()).status, (await patch()).status]).toEqual([429, 429]);
  stop();
  expect((await patch()).status).toBe(200);
});
