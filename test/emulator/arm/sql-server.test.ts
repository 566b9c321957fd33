import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, group, type LocalArm, startLocalArm } from "./local-arm.ts";

const server = `${group}/providers/Microsoft.Sql/servers/contoso`;
const url = `${server}?api-version=2023-05-01-preview`;
const secret = "FAKE-password";
const body = { location: "West US", properties: { administratorLogin: "ops", administratorLoginPassword: secret } };

let local: LocalArm;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
});
afterEach(() => local.arm.close());

describe("a SQL server", () => {
  it("is made in a minute, told by both operation URLs", async () => {
    const created = await local.send("PUT", url, { body });
    expect(created.status).toBe(202);
    expect(created.body).toEqual({ operation: "UpsertLogicalServer", startTime: "2026-11-01T00:00:00Z" });
    const status = created.headers["azure-asyncoperation"] ?? "";
    expect((await local.send("GET", status)).body).toMatchObject({ status: "InProgress" });
    expect((await local.send("GET", created.headers.location ?? "")).status).toBe(202);
    await clock.advance(60_000);
    expect((await local.send("GET", status)).body).toMatchObject({ status: "Succeeded" });
    expect((await local.send("GET", url)).body).toMatchObject({ properties: { state: "Ready" } });
  });

  it("reads TLS None where none was asked for, and never its password", async () => {
    await local.send("PUT", url, { body });
    await clock.advance(60_000);
    const read = await local.send("GET", url);
    expect(read.body).toMatchObject({ location: "westus", properties: { minimalTlsVersion: "None" } });
    expect(JSON.stringify([read, local.arm.resources.list()])).not.toContain(secret);
  });

  it("brings its master, which nobody may write or drop", async () => {
    await local.send("PUT", url, { body });
    await clock.advance(60_000);
    const master = `${server}/databases/master?api-version=2023-02-01-preview`;
    expect((await local.send("GET", master)).body).toMatchObject({ kind: "v12.0,system", managedBy: server });
    const refused = [await local.send("PATCH", master, { body: {} }), await local.send("DELETE", master)];
    for (const answer of refused) expect(errorOf(answer).code).toBe("CannotUseReservedDatabaseName");
  });

  it("changes by PATCH 20 s later, keeping what was not sent, with an event at the end", async () => {
    local.arm.seed(server, { tags: { team: "a" }, properties: { administratorLogin: "ops" } });
    const changed = await local.send("PATCH", url, { body: { properties: { minimalTlsVersion: "1.2" } } });
    expect(changed.status).toBe(202);
    expect((await local.send("GET", url)).body).toMatchObject({ properties: { minimalTlsVersion: "None" } });
    expect(local.events).toEqual([]);
    await clock.advance(20_000);
    expect((await local.send("GET", url)).body).toMatchObject({
      tags: { team: "a" },
      properties: { minimalTlsVersion: "1.2", administratorLogin: "ops" },
    });
    expect(local.events.map(({ data }) => data.operationName)).toEqual(["Microsoft.Sql/servers/write"]);
  });

  it("takes one change at a time", async () => {
    local.arm.seed(server);
    await local.send("PATCH", url, { body: { tags: {} } });
    const second = await local.send("PATCH", url, { body: { tags: {} } });
    expect([second.status, errorOf(second).code]).toEqual([409, "ConflictingServerOperation"]);
  });

  it("loses its tags by a PUT without them", async () => {
    local.arm.seed(server, { tags: { team: "a" } });
    await local.send("PUT", url, { body });
    await clock.advance(60_000);
    expect((await local.send("GET", url)).body).not.toHaveProperty("tags");
  });

  it("is refused a version of TLS that there is not, a bad name, a taken name, and no location", async () => {
    local.arm.seed(server);
    const put = (path: string, sent: object) =>
      local.send("PUT", `${path}?api-version=2023-05-01-preview`, { body: JSON.stringify(sent) });
    const other = server.replace("rg1", "rg2");
    local.arm.seed(`${other}x`);
    expect(errorOf(await put(server, { ...body, properties: { minimalTlsVersion: "0.9" } })).code).toBe(
      "InvalidMinimalTlsVersion",
    );
    expect(errorOf(await put(`${server}-`, body)).code).toBe("InvalidServerName");
    expect(errorOf(await put(other, body)).code).toBe("NameAlreadyExists");
    expect(errorOf(await put(`${server}y`, {})).code).toBe("LocationRequired");
  });

  it("takes its databases along when it is deleted", async () => {
    local.arm.seed(`${server}/databases/guests`);
    const deleted = await local.send("DELETE", url);
    expect([deleted.status, deleted.body]).toMatchObject([202, { operation: "DropLogicalServer" }]);
    await clock.advance(30_000);
    expect(errorOf(await local.send("GET", url)).code).toBe("ResourceNotFound");
    expect(local.arm.resources.list(server)).toEqual([]);
    expect((await local.send("DELETE", url)).status).toBe(204);
  });
});

it("a region tells the sizes that azure-cli chooses from, one edition and one size of each as default", async () => {
  const path = "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Sql/locations/westus";
  const { body } = await local.send("GET", `${path}/capabilities?api-version=2024-11-01-preview`);
  const edition = { name: "GeneralPurpose", status: "Default" };
  expect(body).toMatchObject({
    name: "westus",
    supportedServerVersions: [
      { name: "12.0", supportedEditions: expect.arrayContaining([expect.objectContaining(edition)]) },
    ],
  });
  expect(JSON.stringify(body)).toContain('{"name":"GP_S_Gen5","tier":"GeneralPurpose","family":"Gen5","capacity":1}');
});
