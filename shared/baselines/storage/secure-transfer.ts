import { defineBaseline, readProvider } from "../baseline.ts";
import {
  explicitFirst,
  fileProtocolBreaks,
  fileProtocolParameters,
  fileProtocolPaths,
} from "./file-protocol-breaks.ts";
import { customDomainPath, findHttpAccess, refuseHttp, secureTransferPath } from "./http-access.ts";

/**
 * Secure transfer required: the storage account refuses HTTP.
 *
 * It protects what is read and written over the account's REST endpoints (blobs, files, queues, tables) from being read or
 * changed on the way. The fix can break clients that still speak HTTP, and mounts of file shares without encryption: see
 * {@link fileProtocolBreaks}. NFSv3 mounts of blob containers are not affected. On a custom domain HTTP stays open; no
 * property of the account closes it, so that is reported.
 *
 * Sources: https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer; Microsoft.Storage
 * StorageAccountPropertiesUpdateParameters `supportsHttpsTrafficOnly`.
 */
export const secureTransfer = defineBaseline({
  id: "storage/secure-transfer",
  title: "Storage accounts refuse HTTP",
  protects:
    "What clients read and write over the account's REST endpoints (blobs, files, queues, tables): with secure transfer required, a request over HTTP is refused, so data, account keys' signatures and SAS tokens never travel in the clear.",
  compliant:
    "`properties.supportsHttpsTrafficOnly` is `true`; absent counts as `false`. A custom domain is reported and not fixed: secure transfer does not apply to it, and HTTP stays open there until the domain is removed or served through Azure Front Door or another HTTPS endpoint.",
  mayBreak:
    "Clients that use `http://` addresses are refused. Mounts of file shares without encryption (NFS, SMB 2.1, SMB 3 without encryption) are cut off, unless encryption in transit is set explicitly for their protocol.",
  fixPoints: [explicitFirst],
  resourceType: "Microsoft.Storage/storageAccounts",
  operations: [
    { name: "Microsoft.Storage/storageAccounts/write" },
    { name: "Microsoft.Storage/storageAccounts/fileServices/write" },
    { name: "Microsoft.Storage/storageAccounts/fileServices/shares/write" },
  ],
  readPermissions: [
    "Microsoft.Storage/storageAccounts/read",
    "Microsoft.Storage/storageAccounts/fileServices/read",
    "Microsoft.Storage/storageAccounts/fileServices/shares/read",
  ],
  fixPermissions: [
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.Storage/storageAccounts/fileServices/write",
    readProvider,
  ],
  controls: {
    azurePolicy: ["404c3081-a854-4457-ae30-26a93ef643f9", "f81e3117-0093-4b17-8a60-82363134f0eb"],
    microsoftCloudSecurityBenchmark: ["DP-3"],
    cis: ["2.0: 3.1", "3.0: 4.1"],
    nist80053r5: ["SC-8", "SC-8(1)"],
    pciDss4: ["3.5.1", "6.2.4"],
    iso27001: ["A.10.1.1", "A.13.2.1"],
  },
  parameters: fileProtocolParameters,
  owns: [secureTransferPath, customDomainPath, ...fileProtocolPaths],
  parts: [],
  writtenAlone: false,
  check: (resource) =>
    findHttpAccess(resource, {
      secureTransferOff: "The account answers requests over HTTP.",
      customDomain:
        "Secure transfer does not apply to a custom domain: HTTP stays open there. Remove it, or serve it through an HTTPS endpoint in front of the account.",
    }),
  fix: (resource) => refuseHttp(resource),
  guards: [fileProtocolBreaks],
});
