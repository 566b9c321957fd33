import type { JsonObject } from "../arm/json.ts";
import { defaultPeople } from "../company.ts";
import { demoAccounts, demoDocumentAccounts } from "../demo-resources.ts";

/** A request that somebody sends to Azure Resource Manager. */
export interface ArmRequest {
  method: "PUT" | "PATCH";
  /** What follows the account's id in the path; nothing for the account itself. */
  below?: string;
  apiVersion: string;
  body: JsonObject;
}

/** How each baseline shall stand at the end. Baselines that are not named shall be compliant. */
export interface Expected {
  [baseline: string]: string;
}

/** Something that somebody does to storage accounts, and what shall become of them. */
export interface Step {
  /** Name of one of the people of the company. */
  by: string;
  /** In plain words, as it stands after the name. */
  does: string;
  /** Resource ids: one account, or many at once. */
  accounts: readonly string[];
  /** The change. Its event leads the service there, unless the person asks. */
  request?: ArmRequest;
  /** What the person then asks of the service over HTTP: to look at it again, or what it would do. */
  asks?: "re-check" | "dry run";
  expected: Expected;
}

const [operator = "", admin = "", pipeline = ""] = defaultPeople.map(({ name }) => name);
const storageVersion = "2023-05-01";

const secureTransferFixed: Expected = {
  "storage/secure-transfer": "remediated",
  "storage/https-only-sas": "remediated",
};
const allFixed: Expected = {
  ...secureTransferFixed,
  "storage/minimum-tls": "remediated",
  "storage/sas-expiration": "remediated",
};

/** An account that is lost before the demo begins: somebody restores it. */
export const lostAccount: string = demoAccounts.lagoonrestored;

/** What happens in the demo, in order. Each step waits for the end of the one before. */
export const steps: readonly Step[] = [
  {
    by: admin,
    does: "turned secure transfer off",
    accounts: [demoAccounts.polarisbookings],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: secureTransferFixed,
  },
  {
    by: admin,
    does: "allowed TLS 1.0, for an old scanner at the pier",
    accounts: [demoAccounts.polarispassports],
    request: patch({ minimumTlsVersion: "TLS1_0" }),
    expected: { "storage/minimum-tls": "remediated" },
  },
  {
    by: operator,
    does: "added a tag, which concerns no baseline",
    accounts: [demoAccounts.polariscabins],
    request: { method: "PATCH", apiVersion: storageVersion, body: { tags: { owner: "cabin-services" } } },
    expected: {},
  },
  {
    by: admin,
    does: "turned secure transfer off, where ships mount NFS shares",
    accounts: [demoAccounts.fjordscans],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: { "storage/secure-transfer": "awaiting-approval", "storage/https-only-sas": "awaiting-approval" },
  },
  {
    by: admin,
    does: "turned secure transfer off, where the keys were never rotated",
    accounts: [demoAccounts.fjordledger],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: { ...secureTransferFixed, "storage/sas-expiration": "awaiting-approval" },
  },
  {
    by: admin,
    does: "turned secure transfer off, where a policy forbids turning it on",
    accounts: [demoAccounts.lagoonkiosks],
    request: patch({ supportsHttpsTrafficOnly: false }),
    expected: { "storage/secure-transfer": "blocked", "storage/https-only-sas": "blocked" },
  },
  {
    by: operator,
    does: "put a read-only lock on it, insecure since before the takeover, and asked for a re-check",
    accounts: [demoAccounts.fjordarchive],
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
    accounts: [demoAccounts.fjordvisas],
    asks: "re-check",
    expected: allFixed,
  },
  {
    by: operator,
    does: "asked what would be done about it, of a line that is still under review",
    accounts: [demoAccounts.fjordloyalty],
    asks: "dry run",
    expected: {
      "storage/secure-transfer": "audit",
      "storage/https-only-sas": "audit",
      "storage/minimum-tls": "audit",
      "storage/sas-expiration": "audit",
    },
  },
  {
    by: admin,
    does: "gave it a custom domain, on which HTTP stays open",
    accounts: [demoAccounts.lagoonphotos],
    request: patch({ customDomain: { name: "photos.lagoon.example" } }),
    expected: { "storage/secure-transfer": "audit", "storage/https-only-sas": "audit" },
  },
  {
    by: admin,
    does: "restored a lost account from an old template",
    accounts: [lostAccount],
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
    by: pipeline,
    does: "turned secure transfer off and allowed TLS 1.0, on all at once",
    accounts: demoDocumentAccounts,
    request: patch({ supportsHttpsTrafficOnly: false, minimumTlsVersion: "TLS1_0" }),
    expected: { ...secureTransferFixed, "storage/minimum-tls": "remediated" },
  },
];

function patch(properties: JsonObject): ArmRequest {
  return { method: "PATCH", apiVersion: storageVersion, body: { properties } };
}
