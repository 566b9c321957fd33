import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import { nameOf } from "../../resource-id.ts";
import type { ResourceStore } from "../../store.ts";
import { reference } from "./network-resource.ts";
import { addressOf } from "./public-ip-address.ts";

const gatewayType = "Microsoft.Network/virtualNetworkGateways";

/** What the provider sets itself, whatever is sent. */
const readOnly = ["provisioningState", "resourceGuid", "inboundDnsForwardingEndpoint", "packetCaptureDiagnosticState"];

/**
 * A gateway's properties as recorded (vpn-connection-ipsec, vpn-vnet2vnet, vpn-gateway-429): what was sent over the
 * defaults, with names that no swagger has (`isMigrateToCSES`, `packetCaptureDiagnosticState`).
 */
export function gatewayProperties(id: string, sent: JsonObject): JsonObject {
  const asked = Object.fromEntries(Object.entries(sent).filter(([name]) => !readOnly.includes(name)));
  const sku = objectAt(asked, "sku");
  const name = textAt(sku, "name") ?? "VpnGw1";
  return {
    packetCaptureDiagnosticState: "None",
    enablePrivateIpAddress: false,
    isMigrateToCSES: false,
    virtualNetworkGatewayPolicyGroups: [],
    enableBgpRouteTranslationForNat: false,
    disableIPSecReplayProtection: false,
    gatewayType: "Vpn",
    vpnType: "RouteBased",
    enableBgp: false,
    activeActive: false,
    vpnGatewayGeneration: "Generation1",
    allowRemoteVnetTraffic: false,
    allowVirtualWanTraffic: false,
    ...asked,
    ipConfigurations: objects(asked.ipConfigurations).map((each) => ipConfiguration(id, each)),
    natRules: objects(asked.natRules).map((each) => natRule(id, each)),
    sku: { tier: name, capacity: 2, ...sku, name },
    bgpSettings: bgpSettings(id, asked, []),
  };
}

/** The same once the gateway runs: it has its BGP addresses and its tunnels' public ones. */
export function runningProperties(id: string, properties: JsonObject, store: ResourceStore): JsonObject {
  const addresses = objects(properties.ipConfigurations).map((configuration) => {
    const publicId = textAt(objectAt(objectAt(configuration, "properties"), "publicIPAddress"), "id") ?? "";
    const stored = objectAt(store.get(publicId)?.body, "properties");
    return textAt(stored, "ipAddress") ?? addressOf(publicId);
  });
  return { ...properties, bgpSettings: bgpSettings(id, properties, addresses) };
}

/** Point-to-site settings are in the answer to the PUT, and not in reads, until some are set (recorded). */
export const defaultClientConfiguration: JsonObject = {
  vpnClientProtocols: ["OpenVPN", "IkeV2"],
  vpnAuthenticationTypes: [],
  vpnClientRootCertificates: [],
  vpnClientRevokedCertificates: [],
  vngClientConnectionConfigurations: [],
  radiusServers: [],
  vpnClientIpsecPolicies: [],
};

function ipConfiguration(id: string, sent: JsonObject): JsonObject {
  const name = textAt(sent, "name") ?? "default";
  const { publicIPAddress, subnet, ...rest } = objectAt(sent, "properties");
  const parts = { publicIPAddress: reference(publicIPAddress), subnet: reference(subnet) };
  return {
    name,
    id: `${id}/ipConfigurations/${name}`,
    etag: "",
    type: `${gatewayType}/ipConfigurations`,
    properties: {
      privateIPAllocationMethod: "Dynamic",
      ...rest,
      provisioningState: "Succeeded",
      ...(parts.publicIPAddress && { publicIPAddress: parts.publicIPAddress }),
      ...(parts.subnet && { subnet: parts.subnet }),
    },
  };
}

function natRule(id: string, sent: JsonObject): JsonObject {
  const name = textAt(sent, "name") ?? "";
  const properties = { type: "Static", ...objectAt(sent, "properties"), provisioningState: "Succeeded" };
  return { name, id: `${id}/natRules/${name}`, etag: "", properties, type: `${gatewayType}/natRules` };
}

/** Until the gateway runs the number is 0 and there are no addresses, unless they were sent (recorded). */
function bgpSettings(id: string, properties: JsonObject, addresses: readonly string[]): JsonObject {
  const sent = objectAt(properties, "bgpSettings");
  const runs = addresses.length > 0;
  const inner = addresses.map((_address, index) => `10.255.255.${30 - index}`);
  return {
    peerWeight: 0,
    ...sent,
    asn: runs && !sent.asn ? 65515 : (sent.asn ?? 0),
    ...(runs && { bgpPeeringAddress: inner.join(",") }),
    bgpPeeringAddresses: objects(properties.ipConfigurations).map((configuration, index) => ({
      ipconfigurationId: `${id}/ipConfigurations/${nameOf(textAt(configuration, "name") ?? "default")}`,
      defaultBgpIpAddresses: runs ? [inner[index] ?? ""] : [],
      customBgpIpAddresses: [],
      ...(runs && { tunnelIpAddresses: [addresses[index] ?? ""] }),
    })),
  };
}

function objects(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
