import { join } from "node:path";
import { LiveValidator } from "oav/dist/lib/liveValidation/liveValidator.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../../emulator/arm/json.ts";
import { account, group, type LocalArm, startLocalArm, subscriptionId } from "../emulator/arm/local-arm.ts";
import { connection, connectionBody, gateway, localGateway, network, strong } from "../emulator/arm/network-world.ts";
import { hasShared, sharedDirectory } from "./recordings.ts";
import { sqlTraffic } from "./sql-traffic.ts";

/** The published swagger's api-version for each provider; traffic is rewritten to it before it is judged. */
const versions: [RegExp, string][] = [
  [/Microsoft\.Storage/i, "2023-05-01"],
  [/Microsoft\.Sql/i, "2022-08-01-preview"],
  [/Microsoft\.Network/i, "2024-03-01"],
  [/Microsoft\.ResourceGraph/i, "2024-04-01"],
  [/Microsoft\.Authorization\/locks/i, "2020-05-01"],
  [/Microsoft\.Authorization\/role/i, "2022-04-01"],
  [/resourcegroups/i, "2024-07-01"],
  [/^\/(subscriptions|tenants)/i, "2022-12-01"],
];

/** What the swagger calls wrong, and Azure does all the same. */
const deviations: [RegExp, string][] = [
  [/(subscriptions|tenants): .*(count|nextLink)/, "ARM sends count, and no nextLink where there is no next page"],
  [/ipv6Rules/, "recorded: sent since 2024, unknown to the swagger"],
  [/isIPv6Enabled/, "recorded with 2023-05-01-preview, unknown to 2022-08-01-preview"],
  [/INVALID_RESPONSE_CODE/, "storage's swagger declares no error answers"],
  [/encryptionInTransit|nfs/, "recorded with 2025-06-01, unknown to 2023-05-01"],
  [/virtualNetworkGateway1\/properties|localNetworkGateway2\/properties/, "recorded: { id } alone"],
  [
    /ADDITIONAL_PROPERTIES .*(packetCaptureDiagnosticState|authenticationType|useLocalAzureIpAddress|dpdTimeoutSeconds)/,
    "recorded on connections and gateways, also where the swagger knows none",
  ],
  [/isMigrateToCSES|\/ipConfigurations\/0\/type|ipamPoolPrefixAllocations/, "recorded on gateways and subnets"],
  [
    /ENUM_CASE_MISMATCH/,
    "keys have permissions FULL and shares leaseStatus unlocked, in another case than the swagger",
  ],
];

const role = "88888888-0000-4000-8000-000000000001";
const files = `${account}/fileServices/default`;
const blobs = `${account}/blobServices/default`;
const lock = `${account}/providers/Microsoft.Authorization/locks/keep`;

const publicAddress = `${network}/publicIPAddresses/front`;
const gatewaySubnet = `${network}/virtualNetworks/sea/subnets/GatewaySubnet`;
const endpoint = `${network}/privateEndpoints/pe-contoso-blob`;
const zoneGroup = `${endpoint}/privateDnsZoneGroups/default`;
const deployment = `${group}/providers/Microsoft.Resources/deployments/add-address`;

/** Traffic over everything that is emulated: method, path, body. */
const traffic: [string, string, JsonObject?][] = [
  ["GET", "/subscriptions"],
  ["GET", "/tenants"],
  ["GET", `/subscriptions/${subscriptionId}`],
  ["GET", `/subscriptions/${subscriptionId}/locations`],
  ["GET", `/subscriptions/${subscriptionId}/resourcegroups`],
  ["PUT", `/subscriptions/${subscriptionId}/resourcegroups/rg2`, { location: "westus", tags: { a: "b" } }],
  ["PATCH", `/subscriptions/${subscriptionId}/resourcegroups/rg2`, { tags: { a: "c" } }],
  ["GET", `/subscriptions/${subscriptionId}/resourcegroups/rg2`],
  ["HEAD", `/subscriptions/${subscriptionId}/resourcegroups/rg2`],
  ["DELETE", `/subscriptions/${subscriptionId}/resourcegroups/rg2`],
  ["PUT", account, { sku: { name: "Standard_RAGRS" }, kind: "StorageV2", location: "westus" }],
  [
    "PUT",
    account,
    {
      sku: { name: "Standard_RAGRS" },
      kind: "StorageV2",
      location: "westus",
      properties: { customDomain: { name: "files.contoso.example" } },
    },
  ],
  [
    "PATCH",
    account,
    {
      properties: {
        minimumTlsVersion: "TLS1_2",
        sasPolicy: { sasExpirationPeriod: "1.00:00:00", expirationAction: "Log" },
      },
    },
  ],
  ["GET", account],
  ["GET", `${group}/providers/Microsoft.Storage/storageAccounts`],
  ["GET", `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts`],
  ["POST", `${account}/listKeys`],
  ["POST", `${account}/regenerateKey`, { keyName: "key1" }],
  [
    "POST",
    `${account}/listAccountSas`,
    { signedServices: "b", signedResourceTypes: "s", signedPermission: "r", signedExpiry: "2030-01-01T00:00:00Z" },
  ],
  [
    "POST",
    `${account}/listServiceSas`,
    {
      canonicalizedResource: "/blob/contoso/music",
      signedResource: "c",
      signedPermission: "l",
      signedExpiry: "2030-01-01T00:00:00Z",
    },
  ],
  ["GET", `${account}/fileServices`],
  ["GET", files],
  [
    "PUT",
    files,
    { properties: { protocolSettings: { smb: { versions: "SMB3.1.1", channelEncryption: "AES-256-GCM" } } } },
  ],
  ["PUT", `${files}/shares/photos`, { properties: { shareQuota: 100 } }],
  ["PATCH", `${files}/shares/photos`, { properties: { shareQuota: 200 } }],
  ["GET", `${files}/shares/photos`],
  ["GET", `${files}/shares`],
  ["DELETE", `${files}/shares/photos`],
  ["GET", blobs],
  ["PUT", blobs, { properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } }],
  ["PUT", `${blobs}/containers/music`, { properties: { publicAccess: "None" } }],
  ["GET", `${blobs}/containers/music`],
  ["GET", `${blobs}/containers`],
  ["DELETE", `${blobs}/containers/music`],
  ["PUT", lock, { properties: { level: "CanNotDelete", notes: "n" } }],
  ["GET", lock],
  ["GET", `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/locks`],
  ["DELETE", lock],
  [
    "PUT",
    `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
    {
      properties: {
        roleName: "Guard",
        permissions: [{ actions: ["*/read"], notActions: [] }],
        assignableScopes: [group],
      },
    },
  ],
  ["GET", `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions`],
  [
    "PUT",
    `${group}/providers/Microsoft.Authorization/roleAssignments/${role}`,
    {
      properties: {
        roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        principalId: role,
        principalType: "ServicePrincipal",
      },
    },
  ],
  ["GET", `${group}/providers/Microsoft.Authorization/roleAssignments`],
  ["DELETE", `${group}/providers/Microsoft.Authorization/roleAssignments/${role}`],
  [
    "POST",
    "/providers/Microsoft.ResourceGraph/resources",
    { subscriptions: [subscriptionId], query: "resources | project id, name" },
  ],
  ["DELETE", account],
  ["GET", account],
  [
    "PUT",
    `${network}/virtualNetworks/sea`,
    {
      location: "westus",
      properties: {
        addressSpace: { addressPrefixes: ["10.1.0.0/16"] },
        subnets: [{ name: "front", properties: { addressPrefix: "10.1.0.0/24" } }],
      },
    },
  ],
  ["PUT", gatewaySubnet, { properties: { addressPrefix: "10.1.255.0/27" } }],
  ["GET", gatewaySubnet],
  ["GET", `${network}/virtualNetworks/sea`],
  ["GET", `${network}/virtualNetworks`],
  ["GET", endpoint],
  ["GET", `${network}/privateEndpoints`],
  ["GET", zoneGroup],
  ["GET", `${endpoint}/privateDnsZoneGroups`],
  ["PUT", publicAddress, { location: "westus", sku: { name: "Standard" } }],
  ["GET", publicAddress],
  [
    "PUT",
    gateway,
    {
      location: "westus",
      properties: {
        gatewayType: "Vpn",
        sku: { name: "VpnGw1", tier: "VpnGw1" },
        ipConfigurations: [
          { name: "front", properties: { publicIPAddress: { id: publicAddress }, subnet: { id: gatewaySubnet } } },
        ],
      },
    },
  ],
  ["GET", gateway],
  [
    "PUT",
    localGateway,
    {
      location: "westus",
      properties: { gatewayIpAddress: "198.51.100.1", localNetworkAddressSpace: { addressPrefixes: ["10.61.0.0/16"] } },
    },
  ],
  ["GET", localGateway],
  ["PUT", connection, connectionBody({ sharedKey: "fake-key", ipsecPolicies: [{ ...strong }] })],
  ["GET", connection],
  ["PATCH", connection, { tags: { a: "b" } }],
  ["GET", `${network}/connections`],
  ["GET", `${gateway}/connections`],
  ["GET", `${connection}/sharedkey`],
  ["PUT", connection, connectionBody({ ipsecPolicies: [{ ...strong, saLifeTimeSeconds: 1 }] })],
  ["DELETE", connection],
  [
    "PUT",
    deployment,
    {
      properties: {
        mode: "Incremental",
        template: {
          parameters: {},
          resources: [
            {
              type: "Microsoft.Network/publicIPAddresses",
              name: "other",
              apiVersion: "2024-03-01",
              location: "westus",
              dependsOn: [],
            },
          ],
          outputs: { address: { type: "object", value: "[reference('other')]" } },
        },
      },
    },
  ],
  ["GET", deployment],
  ["GET", `${deployment}/operations`],
  ...sqlTraffic,
];

describe.skipIf(!hasShared)("requests and answers fit Microsoft's swagger", () => {
  let local: LocalArm;
  const validator = new LiveValidator(
    {
      directory: join(sharedDirectory, "specs", "specification"),
      swaggerPathsPattern: [
        "storage",
        "network/**/2024-03-01",
        "resources",
        "authorization",
        "resourcegraph",
        "sql",
      ].map((folder) => `${folder}/**/*.json`),
      swaggerPaths: [],
      git: { shouldClone: false },
      isPathCaseSensitive: false,
      loadValidatorInInitialize: false,
    },
    () => undefined,
  );

  beforeAll(async () => {
    local = await startLocalArm();
    // These are to be read alone.
    const link = { name: "blob", properties: { privateLinkServiceId: account, groupIds: ["blob"] } };
    local.arm.seed(endpoint, { properties: { subnet: { id: gatewaySubnet }, privateLinkServiceConnections: [link] } });
    local.arm.seed(zoneGroup, {
      properties: { privateDnsZoneConfigs: [{ name: "blob", properties: { privateDnsZoneId: `${network}/z` } }] },
    });
    await validator.initialize();
  });
  afterAll(() => local.arm.close());

  it("over everything that is emulated", { timeout: 60_000 }, async () => {
    const complaints: string[] = [];
    for (const [method, path, body] of traffic) {
      const version = versions.find(([pattern]) => pattern.test(path))?.[1] ?? "";
      const url = `${path}?api-version=${version}`;
      const answer = await local.send(method, url, body ? { body } : {});
      const result = await validator.validateLiveRequestResponse({
        liveRequest: {
          url,
          method,
          headers: { "content-type": "application/json" },
          query: { "api-version": version },
          ...(body && { body }),
        },
        liveResponse: {
          statusCode: String(answer.status),
          headers: answer.headers,
          body: isJsonObject(answer.body) ? answer.body : {},
        },
      });
      const { requestValidationResult: request, responseValidationResult: response, runtimeException } = result;
      if (runtimeException) complaints.push(`${method} ${path}: ${runtimeException.message}`);
      for (const { code, message, pathsInPayload } of [...request.errors, ...response.errors]) {
        const complaint = `${method} ${path}: ${code} ${message} at ${pathsInPayload.join(" ")}`;
        if (!deviations.some(([pattern]) => pattern.test(complaint))) complaints.push(complaint);
      }
    }
    expect(complaints).toEqual([]);
  });
});
