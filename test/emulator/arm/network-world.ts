import type { Arm, JsonObject } from "../../../emulator/arm/index.ts";
import type { IpsecPolicy } from "../../../emulator/arm/peers.ts";
import { group, type LocalArm, type Received } from "./local-arm.ts";

export const network = `${group}/providers/Microsoft.Network`;
export const gateway = `${network}/virtualNetworkGateways/hq`;
export const localGateway = `${network}/localNetworkGateways/ship`;
export const connection = `${network}/connections/hq-to-ship`;

export const strong: IpsecPolicy = {
  saLifeTimeSeconds: 27000,
  saDataSizeKilobytes: 102400000,
  ipsecEncryption: "GCMAES256",
  ipsecIntegrity: "GCMAES256",
  ikeEncryption: "AES256",
  ikeIntegrity: "SHA384",
  dhGroup: "ECP384",
  pfsGroup: "ECP384",
};

export const weak: IpsecPolicy = {
  ...strong,
  ipsecEncryption: "DES3",
  ipsecIntegrity: "SHA1",
  ikeEncryption: "DES3",
  ikeIntegrity: "SHA1",
  dhGroup: "DHGroup2",
  pfsGroup: "None",
};

/** A gateway, a local one and the connection between them, with the shared key `fake-key`. */
export function seedConnection(arm: Arm, properties: JsonObject = {}, gatewayProperties: JsonObject = {}): void {
  arm.seed(gateway, { properties: gatewayProperties });
  arm.seed(localGateway, {});
  arm.seed(connection, {
    properties: {
      virtualNetworkGateway1: { id: gateway },
      localNetworkGateway2: { id: localGateway },
      sharedKey: "fake-key",
      ...properties,
    },
  });
}

/** The whole body of a PUT that sets these properties and leaves the others as they are on a new connection. */
export function connectionBody(properties: JsonObject = {}): JsonObject {
  return {
    location: "westus",
    properties: {
      connectionType: "IPsec",
      virtualNetworkGateway1: { id: gateway },
      localNetworkGateway2: { id: localGateway },
      ...properties,
    },
  };
}

export function putConnection(local: LocalArm, properties: JsonObject = {}, apiVersion = "2024-01-01") {
  return local.send("PUT", `${connection}?api-version=${apiVersion}`, { body: connectionBody(properties) });
}

export async function getProperties(local: LocalArm, id = connection, apiVersion = "2024-01-01"): Promise<JsonObject> {
  return propertiesOf(await local.send("GET", `${id}?api-version=${apiVersion}`));
}

export function propertiesOf({ body }: Received): JsonObject {
  const { properties } = objectOf(body);
  return objectOf(properties);
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
