import type { JsonObject } from "../../../emulator/arm/index.ts";
import { group } from "./local-arm.ts";
import { gateway, localGateway } from "./network-world.ts";

export const deployment = `${group}/providers/Microsoft.Resources/deployments/add-ship`;

/** What `az network vpn-connection create` sends (its template builder), with changes to the template. */
export function deploymentBody(
  changes: JsonObject = {},
  parameters: JsonObject = { sharedKey: { value: "fake-key" } },
) {
  const template: JsonObject = {
    $schema: "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    parameters: { sharedKey: { type: "securestring", metadata: { description: "Secure sharedKey" } } },
    variables: {},
    resources: [connectionResource()],
    outputs: { resource: { type: "object", value: "[reference('hq-to-ship')]" } },
    ...changes,
  };
  return { properties: { template, parameters, mode: "incremental" } };
}

export function connectionResource(changes: JsonObject = {}): JsonObject {
  return {
    type: "Microsoft.Network/connections",
    name: "hq-to-ship",
    location: "westus",
    tags: {},
    apiVersion: "2025-01-01",
    dependsOn: [],
    properties: {
      virtualNetworkGateway1: { id: gateway },
      localNetworkGateway2: { id: localGateway },
      connectionType: "IPSec",
      routingWeight: 10,
      expressRouteGatewayBypass: null,
      sharedKey: "[parameters('sharedKey')]",
    },
    ...changes,
  };
}
