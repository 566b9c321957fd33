import { isJsonObject, type Json, type JsonObject, objectAt, textAt } from "../../json.ts";
import { parentId } from "../../resource-id.ts";
import { readIpsecPolicies } from "./ipsec-policy.ts";
import { unreadable } from "./network-error.ts";
import { reference } from "./network-resource.ts";

/** What a PUT may send and the service sets itself. */
const readOnly = [
  "connectionStatus",
  "egressBytesTransferred",
  "ingressBytesTransferred",
  "packetCaptureDiagnosticState",
  "provisioningState",
  "resourceGuid",
  "tunnelConnectionStatus",
];

/** Kept apart from the body, which lists, policies and Resource Graph read. */
const secretNames = ["sharedKey", "authorizationKey"];

const ends = ["virtualNetworkGateway1", "virtualNetworkGateway2", "localNetworkGateway2", "peer"];

/** Closed sets of values; taken without case, answered in this one (recorded: IPSec is answered as IPsec). */
const enums: Readonly<Record<string, readonly string[]>> = {
  connectionType: ["IPsec", "Vnet2Vnet", "ExpressRoute", "VPNClient"],
  connectionProtocol: ["IKEv2", "IKEv1"],
  connectionMode: ["Default", "ResponderOnly", "InitiatorOnly"],
};

/** Names that older api-versions neither answer nor take (recorded with 2015-06-15; SDKs for the newest ones). */
const since = new Map([
  ["packetCaptureDiagnosticState", "2017-03-01"],
  ["usePolicyBasedTrafficSelectors", "2017-03-01"],
  ["ipsecPolicies", "2017-03-01"],
  ["expressRouteGatewayBypass", "2017-03-01"],
  ["gatewayCustomBgpIpAddresses", "2017-03-01"],
  ["certificateAuthentication", "2025-01-01"],
  ["tunnelProperties", "2025-01-01"],
]);

/**
 * The properties of a connection after a PUT: what was sent over the defaults, as recorded (vpn-connection-ipsec), with
 * names that no swagger has. A PUT replaces: `ipsecPolicies` that is left out is cleared (recorded).
 */
export function connectionProperties(sent: JsonObject, apiVersion: string, existing?: JsonObject): JsonObject {
  const asked = Object.fromEntries(
    Object.entries(visible(sent, apiVersion)).filter(
      ([name, value]) => value !== null && ![...readOnly, ...secretNames, ...ends].includes(name),
    ),
  );
  const connectionType = enumValue(asked, "connectionType");
  if (!connectionType) throw unreadable("Required property 'connectionType' not found in JSON. Path 'properties'.");
  const isTunnel = connectionType !== "ExpressRoute";
  const protocol = enumValue(asked, "connectionProtocol") ?? textAt(existing, "connectionProtocol") ?? "IKEv2";
  return {
    packetCaptureDiagnosticState: "None",
    ...Object.fromEntries(
      ends.flatMap((name) => {
        const end = reference(sent[name]);
        return end ? [[name, end]] : [];
      }),
    ),
    routingWeight: 0,
    ...(isTunnel && { authenticationType: "PSK" }),
    enableBgp: false,
    useLocalAzureIpAddress: false,
    usePolicyBasedTrafficSelectors: false,
    trafficSelectorPolicies: [],
    ingressBytesTransferred: 0,
    egressBytesTransferred: 0,
    expressRouteGatewayBypass: false,
    dpdTimeoutSeconds: 0,
    gatewayCustomBgpIpAddresses: [],
    ...asked,
    connectionType,
    ...(isTunnel && { connectionProtocol: protocol }),
    connectionMode: enumValue(asked, "connectionMode") ?? "Default",
    ipsecPolicies: readIpsecPolicies(asked.ipsecPolicies).map((policy) => ({ ...policy })),
  };
}

/** What a test did not say: a site-to-site connection of the group's gateway `gateway` to `on-premises`. */
export function seedProperties(id: string, properties: JsonObject): JsonObject {
  const provider = parentId(id);
  const farEnd =
    properties.connectionType === "Vnet2Vnet" ? {} : { id: `${provider}/localNetworkGateways/on-premises` };
  return {
    connectionType: "IPsec",
    virtualNetworkGateway1: { id: `${provider}/virtualNetworkGateways/gateway` },
    ...(farEnd.id && properties.connectionType !== "ExpressRoute" && { localNetworkGateway2: farEnd }),
    routingWeight: 10,
    ...properties,
  };
}

/** The secrets that a request brings, and those that stay. A PUT with another shared key does not change it. */
export function connectionSecrets(
  sent: JsonObject,
  existing: JsonObject | undefined,
  newKey: () => string,
): JsonObject {
  const authorizationKey = textAt(sent, "authorizationKey") ?? textAt(existing, "authorizationKey");
  if (sent.connectionType === "ExpressRoute") return authorizationKey ? { authorizationKey } : {};
  return { sharedKey: textAt(existing, "sharedKey") ?? (textAt(sent, "sharedKey") || newKey()) };
}

/** Shared keys are answered by GET and PUT (recorded), and no longer from 2026-01-01 on (Microsoft's text in its models). */
export function visibleSecrets(secrets: JsonObject | undefined, apiVersion: string): JsonObject {
  return apiVersion >= "2026-01-01" ? {} : (secrets ?? {});
}

/** The properties that this api-version knows. */
export function visible(properties: JsonObject, apiVersion: string): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => (since.get(name) ?? "") <= apiVersion));
}

/** Which policies a connection offers, as stored. */
export function policiesOf(body: JsonObject): Json[] {
  const { ipsecPolicies } = objectAt(body, "properties");
  return Array.isArray(ipsecPolicies) ? ipsecPolicies.filter(isJsonObject) : [];
}

function enumValue(sent: JsonObject, name: string): string | undefined {
  const value = sent[name];
  if (value === undefined) return undefined;
  const found = enums[name]?.find((each) => each.toLowerCase() === String(value).toLowerCase());
  if (found) return found;
  throw unreadable(`Error converting value ${JSON.stringify(value)}. Path 'properties.${name}'.`);
}
