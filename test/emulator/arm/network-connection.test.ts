import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, group, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";
import {
  connection,
  connectionBody,
  gateway,
  getProperties,
  localGateway,
  network,
  objectOf,
  propertiesOf,
  putConnection,
  seedConnection,
  strong,
} from "./network-world.ts";

let local: LocalArm;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
});
afterEach(() => local.arm.close());

describe("a connection's shared key", () => {
  it.each(["2022-01-01", "2024-01-01", "2025-09-01"])("is in the answers to GET and PUT at %s", async (version) => {
    seedConnection(local.arm);
    expect(await getProperties(local, connection, version)).toMatchObject({ sharedKey: "fake-key" });
    expect(propertiesOf(await putConnection(local, {}, version))).toMatchObject({ sharedKey: "fake-key" });
  });

  it("is in no answer at 2026-01-01", async () => {
    seedConnection(local.arm);
    expect(await getProperties(local, connection, "2026-01-01")).not.toHaveProperty("sharedKey");
    expect(propertiesOf(await putConnection(local, {}, "2026-01-01"))).not.toHaveProperty("sharedKey");
  });

  it.each([`${network}/connections`, `${gateway}/connections`])(
    "is in no list, nor is connectionStatus: %s",
    async (list) => {
      seedConnection(local.arm);
      const { body } = await local.send("GET", `${list}?api-version=2022-01-01`);
      expect(JSON.stringify(body)).toContain("hq-to-ship");
      expect(JSON.stringify(body)).not.toMatch(/sharedKey|fake-key|connectionStatus/);
    },
  );

  it("is in no row of Resource Graph and in no event", async () => {
    seedConnection(local.arm);
    await putConnection(local);
    await clock.advance(60_000);
    const rows = await local.send("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", {
      body: { subscriptions: [subscriptionId], query: "resources | where type =~ 'microsoft.network/connections'" },
    });
    expect(JSON.stringify(rows.body)).toContain("microsoft.network/connections");
    expect(JSON.stringify([rows.body, local.events])).not.toContain("fake-key");
  });

  it("is made by the service where a create brings none", async () => {
    local.arm.seed(gateway);
    local.arm.seed(localGateway);
    await putConnection(local);
    expect((await getProperties(local)).sharedKey).toMatch(/^\w{32}$/);
  });

  it("stays as it is where a later PUT brings another", async () => {
    seedConnection(local.arm);
    const answer = await putConnection(local, { sharedKey: "another" });
    expect(propertiesOf(answer)).toMatchObject({ sharedKey: "fake-key" });
  });

  it("is told by /sharedkey to those whose role has connections/sharedKey/action, and to no other", async () => {
    seedConnection(local.arm);
    const told = await local.send("GET", `${connection}/sharedkey?api-version=2024-01-01`);
    expect(told).toMatchObject({ status: 200, body: { value: "fake-key" } });
    expect(local.events).toEqual([]);
    local.arm.switches.roleAssignments = true;
    const refused = await local.send("GET", `${connection}/sharedkey?api-version=2024-01-01`);
    expect(errorOf(refused)).toMatchObject({
      code: "AuthorizationFailed",
      message: expect.stringContaining("Microsoft.Network/connections/sharedKey/action"),
    });
  });
});

describe("a PUT of a connection", () => {
  it("answers 201 for a new one, and its event comes at the end", async () => {
    local.arm.seed(gateway);
    local.arm.seed(localGateway);
    const answer = await putConnection(local);
    expect(answer.status).toBe(201);
    expect(propertiesOf(answer)).toMatchObject({ provisioningState: "Updating", connectionStatus: "Unknown" });
    expect(local.events).toEqual([]);
    await clock.advance(70_000);
    expect(await getProperties(local)).toMatchObject({ provisioningState: "Succeeded" });
    expect(local.events.map(({ data }) => data.operationName)).toEqual(["Microsoft.Network/connections/write"]);
  });

  it("answers 200 at once with the new policy, long before it is proven", async () => {
    seedConnection(local.arm);
    const answer = await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    expect(answer.status).toBe(200);
    expect(propertiesOf(answer)).toMatchObject({ provisioningState: "Updating", ipsecPolicies: [strong] });
    expect(answer.headers).not.toHaveProperty("location");
    const poll = () => local.send("GET", answer.headers["azure-asyncoperation"] ?? "");
    expect((await poll()).body).toEqual({ status: "InProgress" });
    await clock.advance(32_000);
    expect((await poll()).body).toEqual({ status: "Succeeded" });
    expect(await getProperties(local)).toMatchObject({ provisioningState: "Succeeded", ipsecPolicies: [strong] });
  });

  it("clears the policy where it leaves it out", async () => {
    seedConnection(local.arm, { ipsecPolicies: [{ ...strong }] });
    expect(propertiesOf(await putConnection(local))).toMatchObject({ ipsecPolicies: [] });
  });

  it("gives two new etags, in the body alone, and keeps resourceGuid", async () => {
    seedConnection(local.arm);
    const read = () => local.send("GET", `${connection}?api-version=2024-01-01`);
    const [before, during] = [await read(), await putConnection(local)];
    await clock.advance(32_000);
    const after = await read();
    const etags = [before, during, after].map(({ body }) => objectOf(body).etag);
    expect(new Set(etags).size).toBe(3);
    expect(after.headers).not.toHaveProperty("etag");
    expect(propertiesOf(after).resourceGuid).toBe(propertiesOf(before).resourceGuid);
  });

  it("takes nested gateways whole and answers them as { id }", async () => {
    seedConnection(local.arm);
    const answer = await putConnection(local, { virtualNetworkGateway1: { id: gateway, properties: {} } });
    expect(propertiesOf(answer)).toMatchObject({ virtualNetworkGateway1: { id: gateway } });
    expect(propertiesOf(answer).virtualNetworkGateway1).not.toHaveProperty("properties");
  });

  it("adds names that the asked version does not know, and hides those of newer ones", async () => {
    seedConnection(local.arm, { tunnelProperties: [{ bgpPeeringAddress: "10.0.0.1" }] });
    const [old, later] = [await getProperties(local), await getProperties(local, connection, "2026-01-01")];
    expect(old).toMatchObject({ authenticationType: "PSK", packetCaptureDiagnosticState: "None" });
    expect(old).not.toHaveProperty("tunnelProperties");
    expect(later).toHaveProperty("tunnelProperties");
  });

  it("is refused where it names a gateway that is not there", async () => {
    local.arm.seed(localGateway);
    expect(errorOf(await putConnection(local)).code).toBe("InvalidResourceReference");
  });
});

describe("other requests for a connection", () => {
  it("PATCH changes tags and nothing else", async () => {
    seedConnection(local.arm, { ipsecPolicies: [{ ...strong }] });
    const answer = await local.send("PATCH", `${connection}?api-version=2024-01-01`, {
      body: { tags: { team: "network" }, properties: { ipsecPolicies: [] } },
    });
    expect(answer).toMatchObject({ status: 200, body: { tags: { team: "network" } } });
    expect(propertiesOf(answer)).toMatchObject({ ipsecPolicies: [strong] });
  });

  it("DELETE answers 202 and takes a while; made anew it has another resourceGuid", async () => {
    seedConnection(local.arm);
    const before = await getProperties(local);
    const answer = await local.send("DELETE", `${connection}?api-version=2024-01-01`);
    expect(answer.status).toBe(202);
    expect(await getProperties(local)).toMatchObject({ provisioningState: "Deleting" });
    await clock.advance(133_000);
    expect((await local.send("GET", answer.headers.location ?? "")).status).toBe(204);
    expect((await putConnection(local)).status).toBe(201);
    expect((await getProperties(local)).resourceGuid).not.toBe(before.resourceGuid);
  });

  it("a gateway lists the connections that begin or end at it, and no other", async () => {
    seedConnection(local.arm);
    local.arm.seed(`${network}/connections/elsewhere`, {});
    const { body } = await local.send("GET", `${gateway}/connections?api-version=2024-01-01`);
    expect(body).toMatchObject({ value: [{ name: "hq-to-ship" }] });
    expect(JSON.stringify(body)).not.toContain("elsewhere");
  });

  it("asks for the role's connections/write", async () => {
    local.arm.switches.roleAssignments = true;
    const answer = await local.send("PUT", `${connection}?api-version=2024-01-01`, { body: connectionBody() });
    expect(errorOf(answer).message).toContain("Microsoft.Network/connections/write");
    expect(local.arm.resources.list(`${group}/providers`)).toEqual([]);
  });
});

describe("an update that a test lets fail", () => {
  it("is accepted, fails at its end with the code, and leaves the goal shown as Failed; the next one is made", async () => {
    local.arm.seed(gateway, {});
    local.arm.seed(localGateway, {});
    const ends = { virtualNetworkGateway1: { id: gateway }, localNetworkGateway2: { id: localGateway } };
    local.arm.seed(connection, { failures: ["VpnConnectionUpdateFailed"], properties: ends });
    const first = await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    expect(propertiesOf(first)).toMatchObject({ provisioningState: "Updating" });
    await clock.advance(40_000);

    const { body } = await local.send("GET", first.headers["azure-asyncoperation"] ?? "");
    expect(body).toMatchObject({ status: "Failed", error: { code: "VpnConnectionUpdateFailed" } });
    expect(await getProperties(local)).toMatchObject({ provisioningState: "Failed", ipsecPolicies: [strong] });

    await putConnection(local, { ipsecPolicies: [{ ...strong }] });
    await clock.advance(40_000);
    expect(await getProperties(local)).toMatchObject({ provisioningState: "Succeeded" });
  });
});
