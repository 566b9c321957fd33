import * as z from "zod";
import { type Json, valueAt } from "../../json.ts";
import { defineBaseline, type Resource } from "../baseline.ts";

const minimumTlsPath = "properties.minimumTlsVersion";

/**
 * Minimum TLS version: the storage account refuses TLS 1.0 and 1.1.
 *
 * It protects connections from protocol versions with known weaknesses. The service itself stopped answering TLS 1.0 and
 * 1.1 in February 2026, so the fix brings the setting in line with what happens; a client that speaks nothing newer was cut
 * off before it. A later version of the customer's own choice stays.
 *
 * Sources: https://learn.microsoft.com/azure/storage/common/transport-layer-security-configure-minimum-version;
 * Microsoft.Storage `MinimumTlsVersion` (TLS1_0, TLS1_1, TLS1_2, TLS1_3; "The default interpretation is TLS 1.0").
 */
export const minimumTls = defineBaseline({
  id: "storage/minimum-tls",
  title: "Storage accounts require TLS 1.2 or later",
  protects:
    "Connections to the account's endpoints from TLS 1.0 and 1.1, whose weaknesses are known. Accounts created without the property read `TLS1_0`.",
  compliant: "`properties.minimumTlsVersion` is `TLS1_2` or later; absent counts as `TLS1_0`.",
  mayBreak:
    "Clients that speak only TLS 1.0 or 1.1 are refused. Azure Storage itself stopped answering those versions in February 2026, so such clients were cut off already.",
  resourceType: "Microsoft.Storage/storageAccounts",
  operations: [{ name: "Microsoft.Storage/storageAccounts/write" }],
  readPermissions: ["Microsoft.Storage/storageAccounts/read"],
  fixPermissions: ["Microsoft.Storage/storageAccounts/write"],
  controls: {
    azurePolicy: ["fe83a0eb-a853-422d-aac2-1bffd182c5d0"],
    microsoftCloudSecurityBenchmark: ["DP-3"],
    cis: ["2.0: 3.15", "3.0: 4.15"],
    nist80053r5: [],
    pciDss4: [],
    iso27001: [],
  },
  parameters: z.strictObject({}),
  owns: [minimumTlsPath],
  parts: [],
  writtenAlone: false,
  check(resource) {
    const version = versionOf(resource);
    if (isStrongVersion(version)) return [];
    return [{ path: minimumTlsPath, expected: "TLS1_2 or later", actual: version, remedy: "fix" }];
  },
  fix(resource) {
    if (isStrongVersion(versionOf(resource))) return [];
    return [{ part: "", patch: { properties: { minimumTlsVersion: "TLS1_2" } } }];
  },
  guards: [],
});

function versionOf(resource: Resource): Json {
  return valueAt(resource.body, minimumTlsPath) ?? null;
}

/** Whether a version is 1.2 or later. Read by number, so that a version newer than this code is never lowered. */
function isStrongVersion(version: Json): boolean {
  if (typeof version !== "string") return false;
  const [, major, minor] = /^TLS(\d{1,2})_(\d{1,2})$/i.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 2);
}
