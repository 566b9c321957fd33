import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, group, type LocalArm, type Received, startLocalArm } from "./local-arm.ts";

const servers = `${group}/providers/Microsoft.Sql/servers`;
const primary = `${servers}/west/databases/guests`;
const secondary = `${servers}/east/databases/guests`;
const third = `${servers}/north/databases/guests`;
const version = "?api-version=2022-08-01-preview";

let local: LocalArm;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
  local.arm.seed(`${servers}/west`, { location: "westus" });
  local.arm.seed(`${servers}/east`, { location: "eastus" });
  local.arm.seed(`${servers}/north`, { location: "northeurope" });
  local.arm.seed(primary, {});
  setState(primary, "Disabled");
});
afterEach(() => local.arm.close());

function setState(database: string, state: string): void {
  local.arm.seed(`${database}/transparentDataEncryption/current`, { properties: { state } });
}

async function make(database: string, createMode: string, more: object = {}): Promise<Received> {
  const properties = { createMode, sourceDatabaseId: primary, ...more };
  const body = JSON.stringify({ location: "eastus", properties });
  const answer = await local.send("PUT", `${database}${version}`, { body });
  await clock.advance(60_000);
  return answer;
}

async function stateOf(database: string): Promise<unknown> {
  const { body } = await local.send("GET", `${database}/transparentDataEncryption/current${version}`);
  const properties = typeof body === "object" && body !== null && "properties" in body ? body.properties : {};
  return typeof properties === "object" && properties !== null && "state" in properties ? properties.state : undefined;
}

async function encrypt(database: string): Promise<Received> {
  const body = { properties: { state: "Enabled" } };
  return local.send("PUT", `${database}/transparentDataEncryption/current${version}`, { body });
}

interface Link {
  id: string;
  name: string;
  properties: Record<string, unknown>;
}

async function linksOf(database: string): Promise<Link[]> {
  const { body } = await local.send("GET", `${database}/replicationLinks${version}`);
  return typeof body === "object" && body !== null && "value" in body && Array.isArray(body.value) ? body.value : [];
}

describe("a database made from another", () => {
  it.each([
    ["Copy", {}],
    ["PointInTimeRestore", { restorePointInTime: "2026-10-31T00:00:00Z" }],
  ])("by %s takes over its encryption, and goes its own way from there", async (createMode, more) => {
    await make(`${servers}/west/databases/other`, createMode, more);
    expect(await stateOf(`${servers}/west/databases/other`)).toBe("Disabled");
    setState(primary, "Enabled");
    expect(await stateOf(`${servers}/west/databases/other`)).toBe("Disabled");
  });

  it("needs a source, which there is, and a way that there is", async () => {
    const other = `${servers}/east/databases/other`;
    expect(errorOf(await make(other, "Copy", { sourceDatabaseId: null })).code).toBe("MissingSourceDatabaseId");
    expect(errorOf(await make(other, "Copy", { sourceDatabaseId: `${primary}x` })).code).toBe("SourceDatabaseNotFound");
    expect(errorOf(await make(other, "Clone")).code).toBe("InvalidDatabaseCreateMode");
    const beside = `${servers}/west/databases/beside`;
    expect(errorOf(await make(beside, "Secondary")).code).toBe("ReplicationSourceAndTargetMustBeInDifferentServers");
  });
});

describe("a geo-secondary", () => {
  it("has the encryption of its primary, whenever that changes", async () => {
    await make(secondary, "OnlineSecondary");
    expect(await stateOf(secondary)).toBe("Disabled");
    await encrypt(primary);
    await clock.advance(31_000);
    expect(await stateOf(secondary)).toBe("Enabled");
  });

  it.each([
    ["Geo", "CanNotDropAlterOnMirror"],
    ["Standby", "CanNotDropAlterOnMirror"],
    ["Named", "ReadOnly"],
  ])("of type %s refuses TDE with %s", async (secondaryType, code) => {
    await make(secondary, "Secondary", { secondaryType });
    const refused = await encrypt(secondary);
    expect([refused.status, errorOf(refused).code]).toEqual([400, code]);
  });

  it("is linked with its primary, both ways, under one id", async () => {
    await make(secondary, "Secondary");
    const [[there], [back]] = [await linksOf(primary), await linksOf(secondary)];
    expect(there?.properties).toMatchObject({
      role: "Primary",
      partnerServer: "east",
      partnerDatabase: "guests",
      partnerLocation: "East US",
      linkType: "GEO",
    });
    expect(back?.properties).toMatchObject({ role: "Secondary", partnerRole: "Primary", partnerServer: "west" });
    expect(back?.name).toBe(there?.name);
    expect((await local.send("GET", `${there?.id}${version}`)).body).toEqual(there);
  });

  it("becomes the primary by a failover, the others follow it, and the event names the link", async () => {
    await make(secondary, "Secondary");
    await make(third, "Secondary");
    const [link] = await linksOf(secondary);
    local.events.length = 0;
    const answer = await local.send("POST", `${link?.id}/failover${version}`);
    expect([answer.status, answer.body]).toMatchObject([202, { operation: "FailoverContinuousCopy" }]);
    await clock.advance(15_000);
    expect((await linksOf(secondary)).map(({ properties }) => properties.role)).toEqual(["Primary", "Primary"]);
    expect((await linksOf(primary)).map(({ properties }) => properties.partnerServer)).toEqual(["east"]);
    expect(errorOf(await encrypt(primary)).code).toBe("CanNotDropAlterOnMirror");
    expect([await stateOf(secondary), (await encrypt(secondary)).status]).toEqual(["Disabled", 202]);
    const [event] = local.events.map(({ data }) => data);
    expect(event?.operationName).toBe("Microsoft.Sql/servers/databases/replicationLinks/failover/action");
    expect(String(event?.resourceUri).toLowerCase()).toBe(link?.id.toLowerCase());
  });

  it("is the one to ask for a failover", async () => {
    await make(secondary, "Secondary");
    const [link] = await linksOf(primary);
    const refused = await local.send("POST", `${link?.id}/failover${version}`);
    expect(errorOf(refused).code).toBe("GeoReplicationDatabaseNotSecondary");
  });

  it.each([
    ["the link is deleted", async () => (await linksOf(primary))[0]?.id],
    ["its primary is deleted", async () => primary],
    ["its primary's server is deleted", async () => `${servers}/west`],
  ])("goes on alone, as it was, when %s", async (_name, idToDelete) => {
    await make(secondary, "Secondary");
    await local.send("DELETE", `${await idToDelete()}${version}`);
    await clock.advance(60_000);
    expect([await linksOf(secondary), await stateOf(secondary)]).toEqual([[], "Disabled"]);
    expect((await encrypt(secondary)).status).toBe(202);
  });
});
