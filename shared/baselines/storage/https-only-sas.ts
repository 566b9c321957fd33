import { defineBaseline, readProvider } from "../baseline.ts";
import {
  explicitFirst,
  fileProtocolBreaks,
  fileProtocolParameters,
  fileProtocolPaths,
} from "./file-protocol-breaks.ts";
import { customDomainPath, findHttpAccess, refuseHttp, secureTransferPath } from "./http-access.ts";

/**
 * HTTPS-only SAS: no shared access signature of the account works over HTTP.
 *
 * A SAS is signed on the client, so no control plane can force `spr=https` onto it, and its generation can't be audited.
 * What enforces it for every SAS of an account is secure transfer: every HTTP request is refused, with a SAS or without,
 * custom domains apart. It makes no token HTTPS-only; that is the signer's doing. Asking ARM for a SAS (`listAccountSas`,
 * `listServiceSas`) raises an event without the request's body, so the asked protocol can't be seen: such an event is only
 * a hint to look at the account again. Fix, guard and what can break are those of `storage/secure-transfer`.
 *
 * Sources: https://learn.microsoft.com/azure/storage/common/storage-sas-overview and
 * https://learn.microsoft.com/rest/api/storageservices/create-account-sas (`signedProtocol`, `spr`).
 */
export const httpsOnlySas = defineBaseline({
  id: "storage/https-only-sas",
  title: "No SAS of a storage account works over HTTP",
  protects:
    "Shared access signatures (SAS) and what they give access to: a SAS that is sent over HTTP can be read on the way and used by whoever read it, until it expires. A SAS is signed on the client, so nothing in Azure can force `spr=https` onto it, and its generation can't be audited. What enforces HTTPS for every SAS of an account is secure transfer, which refuses every HTTP request, with a SAS or without. It makes no token HTTPS-only: that is the signer's doing.",
  compliant:
    "`properties.supportsHttpsTrafficOnly` is `true` (absent counts as `false`), and there is no custom domain. A custom domain is reported and not fixed: secure transfer does not apply to it, so a SAS without `spr=https` works over HTTP there.",
  mayBreak:
    "Clients that use a SAS, or anything else, over `http://` are refused. Mounts of file shares without encryption (NFS, SMB 2.1, SMB 3 without encryption) are cut off, unless encryption in transit is set explicitly for their protocol.",
  fixPoints: [explicitFirst],
  resourceType: "Microsoft.Storage/storageAccounts",
  operations: [
    { name: "Microsoft.Storage/storageAccounts/write" },
    { name: "Microsoft.Storage/storageAccounts/fileServices/write" },
    { name: "Microsoft.Storage/storageAccounts/fileServices/shares/write" },
    { name: "Microsoft.Storage/storageAccounts/listAccountSas/action", checkAtMostEverySeconds: 3600 },
    { name: "Microsoft.Storage/storageAccounts/listServiceSas/action", checkAtMostEverySeconds: 3600 },
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
    azurePolicy: [],
    microsoftCloudSecurityBenchmark: [],
    cis: [],
    nist80053r5: [],
    pciDss4: [],
    iso27001: [],
  },
  parameters: fileProtocolParameters,
  owns: [secureTransferPath, customDomainPath, ...fileProtocolPaths],
  parts: [],
  writtenAlone: false,
  check: (resource) =>
    findHttpAccess(resource, {
      secureTransferOff: "A SAS that its signer did not restrict to HTTPS works over HTTP.",
      customDomain:
        "Secure transfer does not apply to a custom domain: a SAS without spr=https works over HTTP there. Remove the domain, or have every SAS signed with spr=https.",
    }),
  fix: (resource) => refuseHttp(resource),
  guards: [fileProtocolBreaks],
});
