import { afterEach, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { account, errorOf, group, type LocalArm, startLocalArm } from "./local-arm.ts";

let local: LocalArm;
let clock: ManualClock;
afterEach(() => local.arm.close());

const body = { sku: { name: "Standard_LRS" }, kind: "StorageV2", location: "westus" };

async function startCreating(): Promise<string> {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
  const answer = await local.send("PUT", `${account}?api-version=2023-05-01`, { body });
  expect([answer.status, answer.body]).toEqual([202, ""]);
  return answer.headers.location ?? "";
}

it("a create is polled at a new Location each time, until the account comes", async () => {
  const first = await startCreating();
  const poll = await local.send("GET", first);
  expect(poll.status).toBe(202);
  expect(poll.headers.location).not.toBe(first);
  await clock.advance(17_000);
  const last = await local.send("GET", poll.headers.location ?? "");
  expect(last).toMatchObject({
    status: 200,
    body: { name: "contoso", properties: { provisioningState: "Succeeded" } },
  });
});

it("its event comes at its end, not before", async () => {
  await startCreating();
  expect(local.events).toEqual([]);
  await clock.advance(17_000);
  expect(local.events).toHaveLength(1);
  expect(local.events[0]?.data).not.toHaveProperty("httpRequest");
});

it("until then the account shows Creating and refuses updates", async () => {
  await startCreating();
  const read = await local.send("GET", `${account}?api-version=2023-05-01`);
  expect(read.body).toMatchObject({ properties: { provisioningState: "Creating" } });
  const update = await local.send("PATCH", `${account}?api-version=2023-05-01`, { body: { tags: { a: "b" } } });
  expect([update.status, errorOf(update).code]).toEqual([409, "StorageAccountIsNotProvisioned"]);
});

it("a group shows Deleting, then it and all in it are gone, with an event for each account", async () => {
  clock = manualClock(0);
  local = await startLocalArm({ clock, durationScale: 1 });
  local.arm.seed(account, {});
  const answer = await local.send("DELETE", `${group}?api-version=2022-09-01`);
  expect(answer.status).toBe(202);
  const meanwhile = await local.send("GET", `${group}?api-version=2022-09-01`);
  expect(meanwhile.body).toMatchObject({ properties: { provisioningState: "Deleting" } });
  await clock.advance(90_000);
  expect((await local.send("GET", answer.headers.location ?? "")).status).toBe(200);
  expect(errorOf(await local.send("GET", `${account}?api-version=2023-05-01`)).code).toBe("ResourceGroupNotFound");
  expect(local.events.map(({ data }) => data.operationName)).toEqual([
    "Microsoft.Storage/storageAccounts/delete",
    "Microsoft.Resources/subscriptions/resourceGroups/delete",
  ]);
});
