import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refuseEncryption } from "../../../emulator/arm/types/sql/refusal.ts";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, group, type LocalArm, type Received, startLocalArm } from "./local-arm.ts";

const server = `${group}/providers/Microsoft.Sql/servers/contoso`;
const database = `${server}/databases/guests`;
const encryption = `${database}/transparentDataEncryption/current`;

let local: LocalArm;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
  local.arm.seed(encryption, { properties: { state: "Disabled" } });
});
afterEach(() => local.arm.close());

async function put(state: string, path = encryption, version = "2022-08-01-preview"): Promise<Received> {
  return local.send("PUT", `${path}?api-version=${version}`, { body: { properties: { state } } });
}

async function stateOf(path = encryption): Promise<unknown> {
  const { body } = await local.send("GET", `${path}?api-version=2022-08-01-preview`);
  const isObject = typeof body === "object" && body !== null && "properties" in body;
  return isObject ? body.properties : body;
}

describe("TDE", () => {
  it("changes 31 s after the answer, which names neither state", async () => {
    const answer = await put("Enabled");
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ operation: "UpdateLogicalDatabase", startTime: "2026-11-01T00:00:00Z" });
    expect(answer.headers.location).toContain("/transparentDataEncryptionOperationResults/");
    expect(await stateOf()).toEqual({ state: "Disabled" });
    await clock.advance(31_000);
    expect(await stateOf()).toEqual({ state: "Enabled" });
    const status = await local.send("GET", answer.headers["azure-asyncoperation"] ?? "");
    expect(status.body).toMatchObject({ status: "Succeeded" });
  });

  it("is named Current, whatever was asked, and is the one in its list", async () => {
    const entry = { id: `${database}/transparentDataEncryption/Current`, name: "Current" };
    const version = "?api-version=2022-08-01-preview";
    expect((await local.send("GET", `${encryption}${version}`)).body).toMatchObject(entry);
    const list = await local.send("GET", `${database}/transparentDataEncryption${version}`);
    expect(list.body).toMatchObject({ value: [{ ...entry, properties: { state: "Disabled" } }] });
    const other = await local.send("GET", `${database}/transparentDataEncryption/other${version}`);
    expect(errorOf(other).code).toBe("InvalidTransparentDataEncryptionName");
  });

  it("raises its own event when it is done, and none when T-SQL changes it", async () => {
    await put("Enabled");
    expect(local.events).toEqual([]);
    await clock.advance(31_000);
    local.arm.seed(encryption, { properties: { state: "Disabled" } });
    expect(await stateOf()).toEqual({ state: "Disabled" });
    expect(local.events.map(({ data }) => data.operationName)).toEqual([
      "Microsoft.Sql/servers/databases/transparentDataEncryption/write",
    ]);
    expect(String(local.events[0]?.data.resourceUri).toLowerCase()).toBe(encryption.toLowerCase());
  });

  it("is status, and changes at once, for api-version 2014-04-01", async () => {
    const version = "?api-version=2014-04-01";
    const answer = await local.send("PUT", `${encryption}${version}`, { body: { properties: { status: "Enabled" } } });
    expect(answer).toMatchObject({ status: 200, body: { properties: { status: "Enabled" } } });
    expect((await local.send("GET", `${encryption}${version}`)).body).toMatchObject({
      properties: { status: "Enabled" },
    });
    expect(await stateOf()).toEqual({ state: "Enabled" });
  });

  it("refuses a change while one goes on, and a state that there is not", async () => {
    expect(errorOf(await put("On")).code).toBe("InvalidTransparentDataEncryptionUpdateRequest");
    await put("Enabled");
    const second = await put("Disabled");
    expect([second.status, errorOf(second).code]).toEqual([409, "EncryptionInProgress"]);
    await clock.advance(31_000);
    expect((await put("Disabled")).status).toBe(202);
  });

  it("is not for master", async () => {
    const master = `${server}/databases/master/transparentDataEncryption/current`;
    const refused = await put("Enabled", master);
    expect([refused.status, errorOf(refused).code]).toEqual([400, "AttemptedEncryptionOnSystemDatabase"]);
    expect(await stateOf(master)).toEqual({ state: "Disabled" });
  });

  it("is nowhere without its database", async () => {
    const path = encryption.replace("guests", "gone");
    const version = "?api-version=2022-08-01-preview";
    expect(errorOf(await local.send("GET", `${path}${version}`)).code).toBe("ResourceNotFound");
    expect(errorOf(await put("Enabled", path)).code).toBe("ParentResourceNotFound");
  });

  it("goes with its database", async () => {
    await put("Enabled");
    await local.send("DELETE", `${database}?api-version=2022-08-01-preview`);
    await clock.advance(60_000);
    expect(local.arm.resources.list(database)).toEqual([]);
  });
});

describe("TDE that can't be changed now", () => {
  it.each([
    ["EncryptionInProgress", 409],
    ["KeyChangeInProgress", 409],
    ["NeedsLogBackup", 409],
    ["NoBulkOperationLock", 409],
    ["AltStateConflict", 409],
    ["NoDekLock", 503],
    ["AzureKeyVaultKeyDisabled", 400],
  ] as const)("is refused with %s as often as a test says", async (code, status) => {
    local.arm.failNext(refuseEncryption(database, code), 2);
    local.arm.seed(`${database}2`);
    expect((await put("Enabled", encryption.replace("guests", "guests2"))).status).toBe(202);
    const refused = [await put("Enabled"), await put("Enabled")];
    expect(refused.map((answer) => [answer.status, errorOf(answer).code])).toEqual([
      [status, code],
      [status, code],
    ]);
    expect((await put("Enabled")).status).toBe(202);
  });

  it("is accepted and fails at the end where a test says so, without an event", async () => {
    local.arm.seed(encryption, { properties: { state: "Disabled" }, failures: ["NeedsLogBackup"] });
    const { status, headers } = await put("Enabled");
    await clock.advance(31_000);
    const polled = await local.send("GET", headers["azure-asyncoperation"] ?? "");
    expect(status).toBe(202);
    expect(polled.body).toMatchObject({ status: "Failed", error: { code: "NeedsLogBackup" } });
    expect([await stateOf(), local.events]).toEqual([{ state: "Disabled" }, []]);
    await put("Enabled");
    await clock.advance(31_000);
    expect(await stateOf()).toEqual({ state: "Enabled" });
  });
});
