import { type Json, type JsonObject, objectAt, textAt } from "../arm/json.ts";
import type { IpsecPolicy } from "../arm/peers.ts";
import { defaultPeople } from "../company.ts";
import { demoAccounts, demoConnections, demoDatabases, demoDocumentAccounts, officePolicy } from "../demo-resources.ts";
import { encryptionPath, versions } from "./resources.ts";

/** A request that somebody sends to Azure Resource Manager. */
export interface ArmRequest {
  method: "PUT" | "PATCH";
  /** What follows the resource's id in the path; nothing for the resource itself. */
  below?: string;
  apiVersion: string;
  /** What is sent, or what is made of the resource as it was read: some resources are only written whole. */
  body: JsonObject | ((read: JsonObject) => JsonObject);
}

/** How each baseline shall stand at the end. Baselines that are not named shall be compliant. */
export interface Expected {
  [baseline: string]: string;
}

/** Something that somebody does to resources, and what shall become of them. */
export interface Step {
  /** Name of one of the people of the company. */
  by: string;
  /** In plain words, as it stands after the name. */
  does: string;
  /** Resource ids: one, or many at once. */
  resources: readonly string[];
  /** The mode of every baseline meanwhile; `enforce` where left out. */
  mode?: "audit";
  /** The change. Its event leads the service there, unless the person asks. */
  request?: ArmRequest;
  /** What the person then asks of the service over HTTP: to look at it again. */
  asks?: "re-check";
  expected: Expected;
  /** Whether the service sees the resource before, compliant as it is then: it knows later what to go back to. */
  isSeenBefore?: true;
  /** Whether the service takes its fix back after a while, since what worked before does not come back. */
  isTakenBack?: true;
  /** The resource at the far end, which the report shows too. */
  farEnd?: string;
  /** What Azure itself shall show of the resource at the end, by path. */
  leaves?: Readonly<Record<string, Json>>;
}

const [operator = "", admin = "", pipeline = ""] = defaultPeople.map(({ name }) => name);
const storageVersion = versions.storage;

const secureTransferFixed: Expected = {
  "storage/secure-transfer": "remediated",
  "storage/https-only-sas": "remediated",
};
const allFixed: Expected = {
  ...secureTransferFixed,
  "storage/minimum-tls": "remediated",
  "storage/sas-expiration": "remediated",
};

const encryption = "sql/transparent-data-encryption";
const encrypted = { "properties.state": "Enabled" };

const tunnelPolicy = "vpn/ipsec-policy";
const connected = { "properties.connectionStatus": "Connected", "properties.ipsecPolicies": [{ ...officePolicy }] };

/** An account that is lost before the demo begins: somebody restores it. */
export const lostAccount: string = demoAccounts.lagoonrestored;

/** What happens in the demo, in order. Each step waits for the end of the one before. */
export const steps: readonly Step[] = [
  {
    by: operator,
    does: "asked for a re-check of an account of the line taken over last, with the service still in the mode audit",
    mode: "audit",
    resources: [demoAccounts.fjordloyalty],
    asks: "re-check",
    expected: {
      "storage/secure-transfer": "audit",
      "storage/https-only-sas": "audit",
      "storage/minimum-tls": "audit",
      "storage/sas-expiration": "audit",
    },
  },
  {
    by: admin,
    does: "turned secure transfer off",
    resources: [demoAccounts.polarisbookings],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: secureTransferFixed,
  },
  {
    by: admin,
    does: "allowed TLS 1.0, for an old scanner at the pier",
    resources: [demoAccounts.polarispassports],
    request: patch({ minimumTlsVersion: "TLS1_0" }),
    expected: { "storage/minimum-tls": "remediated" },
  },
  {
    by: operator,
    does: "added a tag, which concerns no baseline",
    resources: [demoAccounts.polariscabins],
    request: { method: "PATCH", apiVersion: storageVersion, body: { tags: { owner: "cabin-services" } } },
    expected: {},
  },
  {
    by: admin,
    does: "turned secure transfer off, where ships mount NFS shares",
    resources: [demoAccounts.fjordscans],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: { "storage/secure-transfer": "awaiting-approval", "storage/https-only-sas": "awaiting-approval" },
  },
  {
    by: admin,
    does: "turned secure transfer off, where the keys were never rotated",
    resources: [demoAccounts.fjordledger],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: { ...secureTransferFixed, "storage/sas-expiration": "awaiting-approval" },
  },
  {
    by: admin,
    does: "turned secure transfer off, where a policy forbids turning it on",
    resources: [demoAccounts.lagoonkiosks],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: { "storage/secure-transfer": "blocked", "storage/https-only-sas": "blocked" },
  },
  {
    by: operator,
    does: "put a read-only lock on it, insecure since before the takeover, and asked for a re-check",
    resources: [demoAccounts.fjordarchive],
    request: {
      method: "PUT",
      below: "/providers/Microsoft.Authorization/locks/closed-books",
      apiVersion: "2020-05-01",
      body: { properties: { level: "ReadOnly", notes: "Closed books: kept as they are." } },
    },
    asks: "re-check",
    expected: {
      "storage/secure-transfer": "blocked",
      "storage/https-only-sas": "blocked",
      "storage/minimum-tls": "blocked",
      "storage/sas-expiration": "blocked",
    },
  },
  {
    by: operator,
    does: "asked for a re-check: insecure since before the takeover, and nothing in the way",
    resources: [demoAccounts.fjordvisas],
    asks: "re-check",
    expected: allFixed,
  },
  {
    by: admin,
    does: "gave it a custom domain, on which HTTP stays open",
    resources: [demoAccounts.lagoonphotos],
    request: patch({ customDomain: { name: "photos.lagoon.example" } }),
    expected: { "storage/secure-transfer": "audit", "storage/https-only-sas": "audit" },
  },
  {
    by: admin,
    does: "restored a lost account from an old template",
    resources: [lostAccount],
    request: {
      method: "PUT",
      apiVersion: storageVersion,
      body: {
        location: "westeurope",
        kind: "StorageV2",
        sku: { name: "Standard_LRS" },
        properties: { supportsHttpsTrafficOnly: false, minimumTlsVersion: "TLS1_0" },
      },
    },
    expected: allFixed,
  },
  {
    by: admin,
    does: "turned encryption off, to copy the database",
    resources: [demoDatabases.members],
    request: {
      method: "PUT",
      below: encryptionPath,
      apiVersion: versions.sql,
      body: { properties: { state: "Disabled" } },
    },
    expected: { [encryption]: "remediated" },
    leaves: encrypted,
  },
  {
    by: operator,
    does: "asked for a re-check: restored from a backup that was not encrypted",
    resources: [demoDatabases.vouchers],
    asks: "re-check",
    expected: { [encryption]: "remediated" },
    leaves: encrypted,
  },
  {
    by: operator,
    does: "asked for a re-check: paused, and a look at its encryption would wake it",
    resources: [demoDatabases.points],
    asks: "re-check",
    expected: { [encryption]: "skipped-paused" },
    leaves: { "properties.status": "Paused" },
  },
  {
    by: operator,
    does: "asked for a re-check of the server's system database",
    resources: [demoDatabases.master],
    asks: "re-check",
    expected: { [encryption]: "unsupported" },
  },
  {
    by: admin,
    does: "cleared the tunnel's IPsec policy, and cut the office off",
    resources: [demoConnections.polarisOffice],
    isSeenBefore: true,
    request: withPolicies([]),
    expected: { [tunnelPolicy]: "remediated" },
    leaves: connected,
  },
  {
    by: admin,
    does: "weakened the tunnel's IPsec policy to 3DES, which the office refuses",
    resources: [demoConnections.lagoonOffice],
    isSeenBefore: true,
    request: withPolicies([{ ...officePolicy, ipsecEncryption: "DES3", ipsecIntegrity: "SHA1", pfsGroup: "PFS2" }]),
    expected: { [tunnelPolicy]: "remediated" },
    leaves: connected,
  },
  {
    by: operator,
    does: "asked for a re-check: connected with Azure's defaults, as it was taken over",
    resources: [demoConnections.fjordOffice],
    asks: "re-check",
    expected: { [tunnelPolicy]: "awaiting-approval" },
    leaves: { "properties.connectionStatus": "Connected", "properties.ipsecPolicies": [] },
  },
  {
    by: operator,
    does: "asked for a re-check: its people said that their device is ready for the strong policy, and it is not",
    resources: [demoConnections.fjordDepot],
    asks: "re-check",
    isTakenBack: true,
    expected: { [tunnelPolicy]: "reverted" },
    leaves: { "properties.connectionStatus": "Connected", "properties.ipsecPolicies": [] },
  },
  {
    by: admin,
    does: "cleared the policy at one end of the tunnel between two lines",
    resources: [demoConnections.lagoonToFjord],
    farEnd: demoConnections.fjordToLagoon,
    request: withPolicies([]),
    expected: { [tunnelPolicy]: "remediated" },
    leaves: connected,
  },
  {
    by: pipeline,
    does: "turned secure transfer off and allowed TLS 1.0, on all at once",
    resources: demoDocumentAccounts,
    request: patch({ supportsHttpsTrafficOnly: false, minimumTlsVersion: "TLS1_0" }),
    expected: { ...secureTransferFixed, "storage/minimum-tls": "remediated" },
  },
];

function patch(properties: JsonObject): ArmRequest {
  return { method: "PATCH", apiVersion: storageVersion, body: { properties } };
}

/** The whole connection as it was read, but for its policies: Azure takes no less. */
function withPolicies(policies: readonly IpsecPolicy[]): ArmRequest {
  const body = (read: JsonObject): JsonObject => ({
    location: textAt(read, "location") ?? "",
    tags: objectAt(read, "tags"),
    properties: { ...objectAt(read, "properties"), ipsecPolicies: policies.map((policy) => ({ ...policy })) },
  });
  return { method: "PUT", apiVersion: versions.network, body };
}
