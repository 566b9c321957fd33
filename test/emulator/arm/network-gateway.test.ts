import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../emulator/clock.ts";
import { errorOf, type LocalArm, startLocalArm, subscriptionId } from "./local-arm.ts";
import { gateway, localGateway, network, objectOf, propertiesOf, seedConnection } from "./network-world.ts";

let local: LocalArm;
let clock: ManualClock;
const virtualNetwork = `${network}/virtualNetworks/sea`;
const subnet = `${virtualNetwork}/subnets/GatewaySubnet`;
const publicAddress = `${network}/publicIPAddresses/front`;

beforeEach(async () => {
  clock = manualClock(Date.parse("2026-11-01T00:00:00Z"));
  local = await startLocalArm({ clock, durationScale: 1 });
});
afterEach(() => local.arm.close());

function gatewayBody(subnetId = subnet) {
  const properties = { publicIPAddress: { id: publicAddress }, subnet: { id: subnetId } };
  return {
    location: "westus",
    properties: {
      gatewayType: "Vpn",
      vpnType: "RouteBased",
      sku: { name: "VpnGw1", tier: "VpnGw1" },
      ipConfigurations: [{ name: "front", properties }],
    },
  };
}

function put(id: string, body: Parameters<LocalArm["send"]>[2]) {
  return local.send("PUT", `${id}?api-version=2024-01-01`, body ?? {});
}

function get(id: string) {
  return local.send("GET", `${id}?api-version=2024-01-01`);
}

describe("a VPN gateway", () => {
  it("is made in a quarter of an hour, and has its addresses then", async () => {
    local.arm.seed(subnet);
    local.arm.seed(publicAddress, { sku: { name: "Standard" } });
    const answer = await put(gateway, { body: gatewayBody() });
    expect(answer.status).toBe(201);
    expect(propertiesOf(await get(gateway))).toMatchObject({
      provisioningState: "Updating",
      bgpSettings: { asn: 0, bgpPeeringAddresses: [{ defaultBgpIpAddresses: [] }] },
    });
    await clock.advance(970_000);
    const { ipAddress } = propertiesOf(await get(publicAddress));
    expect(propertiesOf(await get(gateway))).toMatchObject({
      provisioningState: "Succeeded",
      bgpSettings: { asn: 65515, bgpPeeringAddresses: [{ tunnelIpAddresses: [ipAddress] }] },
    });
    expect(local.events.map(({ data }) => data.operationName)).toEqual([
      "Microsoft.Network/virtualNetworkGateways/write",
    ]);
  });

  it("stands in a subnet named GatewaySubnet that is there", async () => {
    local.arm.seed(publicAddress);
    expect(errorOf(await put(gateway, { body: gatewayBody() })).code).toBe("InvalidResourceReference");
    local.arm.seed(`${virtualNetwork}/subnets/front`);
    const elsewhere = gatewayBody(`${virtualNetwork}/subnets/front`);
    expect(errorOf(await put(gateway, { body: elsewhere })).code).toBe("GatewaySubnetNameInvalid");
  });

  it("stays while a connection uses it", async () => {
    seedConnection(local.arm);
    const answer = await local.send("DELETE", `${gateway}?api-version=2024-01-01`);
    expect(errorOf(answer).code).toBe("VirtualNetworkGatewayInUse");
  });

  it("is in Resource Graph", async () => {
    local.arm.seed(gateway);
    const rows = await local.send("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", {
      body: {
        subscriptions: [subscriptionId],
        query: "resources | where type =~ 'Microsoft.Network/virtualNetworkGateways' | project id",
      },
    });
    expect(rows.body).toMatchObject({ data: [{ id: gateway }] });
  });
});

describe("networks, addresses and local gateways", () => {
  it("a network makes the subnets that its PUT lists, and shows them", async () => {
    const subnets = [{ name: "GatewaySubnet", properties: { addressPrefix: "10.1.255.0/27" } }];
    const properties = { addressSpace: { addressPrefixes: ["10.1.0.0/16"] }, subnets };
    const answer = await put(virtualNetwork, { body: { location: "westus", properties } });
    expect(answer.status).toBe(201);
    expect(propertiesOf(answer)).toMatchObject({ subnets: [{ properties: { provisioningState: "Updating" } }] });
    await clock.advance(10_000);
    expect(propertiesOf(await get(virtualNetwork))).toMatchObject({
      subnets: [{ id: subnet, properties: { provisioningState: "Succeeded", addressPrefix: "10.1.255.0/27" } }],
    });
    expect(propertiesOf(await get(subnet))).toMatchObject({ addressPrefix: "10.1.255.0/27" });
  });

  it("a subnet of its own PUT is in its network too, and its event names it", async () => {
    local.arm.seed(virtualNetwork);
    await put(subnet, { body: { properties: { addressPrefix: "10.0.1.0/24" } } });
    await clock.advance(1_000);
    expect(propertiesOf(await get(virtualNetwork))).toMatchObject({ subnets: [{ name: "GatewaySubnet" }] });
    expect(local.events.map(({ subject }) => subject)).toEqual([subnet]);
  });

  it("GET answers the etag as a header too", async () => {
    local.arm.seed(localGateway);
    const { headers, body } = await get(localGateway);
    expect(headers.etag).toBe(objectOf(body).etag);
    expect((await put(localGateway, { body: objectOf(body) })).headers).not.toHaveProperty("etag");
  });

  it("a static address is there when its PUT is done", async () => {
    const body = {
      location: "westus",
      sku: { name: "Standard" },
      properties: { publicIPAllocationMethod: "Static" },
    };
    expect(propertiesOf(await put(publicAddress, { body }))).not.toHaveProperty("ipAddress");
    await clock.advance(1_000);
    expect(propertiesOf(await get(publicAddress)).ipAddress).toMatch(/^203\.0\.113\.\d+$/);
  });

  it("a local gateway whose tags change is Succeeded at once", async () => {
    local.arm.seed(localGateway);
    const { body } = await get(localGateway);
    const answer = await put(localGateway, { body: { ...objectOf(body), tags: { a: "b" } } });
    expect(answer.status).toBe(200);
    expect(propertiesOf(answer)).toMatchObject({ provisioningState: "Succeeded" });
  });
});
