import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, group, type LocalArm, startLocalArm } from "./local-arm.ts";

const server = `${group}/providers/Microsoft.Sql/servers/contoso`;
const database = `${server}/databases/guests`;
const version = "?api-version=2022-08-01-preview";
const minute = 60_000;
const serverless = { sku: { name: "GP_S_Gen5", capacity: 1 } };

let local: LocalArm;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
  local.arm.seed(server, { location: "westus" });
});
afterEach(() => local.arm.close());

async function read(id = database): Promise<unknown> {
  return (await local.send("GET", `${id}${version}`)).body;
}

async function create(body: object, id = database): Promise<void> {
  const sent = JSON.stringify({ location: "westus", ...body });
  expect((await local.send("PUT", `${id}${version}`, { body: sent })).status).toBe(202);
  await clock.advance(4 * minute);
}

function statusOf(id = database): unknown {
  const properties = local.arm.resources.get(id)?.body.properties;
  return typeof properties === "object" && properties !== null && "status" in properties
    ? properties.status
    : undefined;
}

describe("a database", () => {
  it("is made as two vCores of General Purpose, encrypted, with an event at the end", async () => {
    await local.send("PUT", `${database}${version}`, { body: { location: "westus" } });
    expect([statusOf(), local.events]).toEqual(["Creating", []]);
    await clock.advance(minute);
    expect(await read()).toMatchObject({
      kind: "v12.0,user,vcore",
      properties: { status: "Online", currentServiceObjectiveName: "GP_Gen5_2" },
    });
    expect(await read(`${database}/transparentDataEncryption/current`)).toMatchObject({
      properties: { state: "Enabled" },
    });
    expect(local.events.map(({ data }) => data.operationName)).toEqual(["Microsoft.Sql/servers/databases/write"]);
  });

  it.each([
    ["S0", "v12.0,user", "S0"],
    ["Basic", "v12.0,user", "Basic"],
    ["Premium", "v12.0,user", "P1"],
    ["BC_Gen5_4", "v12.0,user,vcore", "BC_Gen5_4"],
    ["HS_Gen5", "v12.0,user,vcore,hyperscale", "HS_Gen5_2"],
    ["GP_S_Gen5", "v12.0,user,vcore,serverless", "GP_S_Gen5_2"],
    ["DW100c", "v12.0,user,datawarehouse,gen2", "DW100c"],
  ])("of %s has the kind %s", async (name, kind, currentServiceObjectiveName) => {
    await create({ sku: { name } });
    expect(await read()).toMatchObject({ kind, properties: { currentServiceObjectiveName } });
  });

  it("keeps what an update does not send, and refuses another while that goes on", async () => {
    local.arm.seed(database, { sku: { name: "S1" }, tags: { team: "a" } });
    await local.send("PATCH", `${database}${version}`, { body: { properties: { readScale: "Enabled" } } });
    const second = await local.send("PATCH", `${database}${version}`, { body: {} });
    expect([second.status, errorOf(second).code]).toEqual([409, "SkuAssignmentInProgress"]);
    await clock.advance(15_000);
    expect(await read()).toMatchObject({
      tags: { team: "a" },
      properties: { readScale: "Enabled", currentServiceObjectiveName: "S1" },
    });
  });

  it("goes by a delete that is a long operation also when there is nothing", async () => {
    local.arm.seed(database);
    const results: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const { headers } = await local.send("DELETE", `${database}${version}`);
      await clock.advance(minute);
      results.push((await local.send("GET", headers.location ?? "")).status);
    }
    expect(results).toEqual([200, 204]);
    expect(local.events.map(({ data }) => data.operationName)).toEqual(["Microsoft.Sql/servers/databases/delete"]);
  });

  it("needs its server, a size that there is, and stays a dedicated pool or none", async () => {
    const put = (path: string, body: object) =>
      local.send("PUT", `${path}${version}`, { body: JSON.stringify({ location: "westus", ...body }) });
    local.arm.seed(database);
    expect(errorOf(await put(`${server}x/databases/guests`, {})).code).toBe("ParentResourceNotFound");
    expect(errorOf(await put(`${database}2`, { sku: { name: "XXL" } })).code).toBe("InvalidSkuName");
    expect(errorOf(await put(database, { sku: { name: "DW100c" } })).code).toBe(
      "CannotChangeToOrFromDataWarehouseTier",
    );
  });

  it("is in Resource Graph, with its server and master, and its TDE is not", async () => {
    local.arm.seed(`${database}/transparentDataEncryption/current`);
    const query = "resources | project type, name | order by name asc";
    const path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
    const { body } = await local.send("POST", path, { body: { query } });
    expect(body).toMatchObject({
      data: [
        { type: "microsoft.sql/servers", name: "contoso" },
        { type: "microsoft.sql/servers/databases", name: "guests" },
        { type: "microsoft.sql/servers/databases", name: "master" },
      ],
    });
  });
});

describe("a serverless database", () => {
  const encryption = `${database}/transparentDataEncryption/current`;

  it("pauses after its delay without use, and says since when", async () => {
    await create(serverless);
    await clock.advance(60 * minute);
    expect(await read()).toMatchObject({ properties: { status: "Paused", pausedDate: expect.any(String) } });
    expect(local.events).toHaveLength(1);
  });

  it("never pauses with a delay of -1, nor as a secondary", async () => {
    local.arm.seed(database, { ...serverless, properties: { autoPauseDelay: -1 } });
    const other = `${server}2/databases/guests`;
    local.arm.seed(other, { ...serverless, properties: { createMode: "Secondary", sourceDatabaseId: database } });
    await clock.advance(600 * minute);
    expect([statusOf(), statusOf(other)]).toEqual(["Online", "Online"]);
  });

  it("stays awake while its TDE is read", async () => {
    local.arm.seed(database, serverless);
    await clock.advance(59 * minute);
    await read(encryption);
    await clock.advance(59 * minute);
    expect(statusOf()).toBe("Online");
    await clock.advance(minute);
    expect(statusOf()).toBe("Paused");
  });

  it.each([
    ["read", "GET", encryption],
    ["listed", "GET", `${database}/transparentDataEncryption`],
    ["set", "PUT", encryption],
  ])("resumes when its TDE is %s, counted, without an event of its own", async (_name, method, path) => {
    local.arm.seed(database, { ...serverless, properties: { status: "Paused" } });
    const body = method === "PUT" ? { body: { properties: { state: "Enabled" } } } : {};
    const answer = await local.send(method, `${path}${version}`, body);
    expect(answer.status).toBeLessThan(300);
    expect([statusOf(), local.arm.resources.get(database)?.hidden?.resumes]).toEqual(["Resuming", 1]);
    await clock.advance(minute);
    expect(statusOf()).toBe("Online");
    expect(local.events.filter(({ data }) => data.resourceUri === database)).toEqual([]);
  });

  it("sleeps on while only the database is read or listed", async () => {
    local.arm.seed(database, { ...serverless, properties: { status: "Paused" } });
    await read();
    await read(`${server}/databases`);
    expect([statusOf(), local.arm.resources.get(database)?.hidden?.resumes]).toEqual(["Paused", 0]);
  });

  it("can't be paused by an action", async () => {
    local.arm.seed(database, serverless);
    expect(errorOf(await local.send("POST", `${database}/pause${version}`)).code).toBe(
      "FeatureDisabledOnSelectedEdition",
    );
  });
});

describe("a dedicated SQL pool", () => {
  it("is made without TDE", async () => {
    await create({ sku: { name: "DW100c" } });
    expect(await read(`${database}/transparentDataEncryption/current`)).toMatchObject({
      properties: { state: "Disabled" },
    });
  });

  it("pauses and resumes by actions, each with its event at the end", async () => {
    local.arm.seed(database, { sku: { name: "DW100c" } });
    const paused = await local.send("POST", `${database}/pause${version}`);
    expect(paused.status).toBe(202);
    expect(paused.headers["azure-asyncoperation"]).not.toContain("resourceGroups");
    expect([statusOf(), local.events]).toEqual(["Pausing", []]);
    await clock.advance(11 * minute);
    expect(statusOf()).toBe("Paused");
    const result = await local.send("GET", paused.headers.location ?? "");
    expect(result.body).toMatchObject({ sku: {}, properties: { status: "Paused" } });
    await local.send("POST", `${database}/resume${version}`);
    await clock.advance(2 * minute);
    expect(statusOf()).toBe("Online");
    expect(local.events.map(({ data }) => data.operationName)).toEqual([
      "Microsoft.Sql/servers/databases/pause/action",
      "Microsoft.Sql/servers/databases/resume/action",
    ]);
  });

  it("takes no update while it is paused, nor TDE", async () => {
    local.arm.seed(database, { sku: { name: "DW100c" }, properties: { status: "Paused" } });
    const encryption = `${database}/transparentDataEncryption/current`;
    const put = await local.send("PUT", `${encryption}${version}`, { body: { properties: { state: "Enabled" } } });
    const patch = await local.send("PATCH", `${database}${version}`, { body: { tags: {} } });
    for (const refused of [put, patch]) expect(errorOf(refused).code).toBe("UpdateNotAllowedOnPausedDatabase");
    expect(statusOf()).toBe("Paused");
  });
});
