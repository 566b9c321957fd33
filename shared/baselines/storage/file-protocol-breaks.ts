import * as z from "zod";
import { type Json, valueAt } from "../../json.ts";
import type { Change, Guard, GuardVerdict } from "../baseline.ts";

/**
 * Parameters of every baseline whose fix turns secure transfer on.
 * By default a person decides about file shares; the safe change is made without asking only where this says so.
 */
export const fileProtocolParameters = z.strictObject({
  explicitProtocolSettingAllowed: z
    .boolean()
    .default(false)
    .describe(
      "Whether the fix may be made without asking when there are file shares: it then first sets encryptionInTransit.required to false for their protocols, so that mounts stay as they are.",
    ),
});

/** Parameters of {@link fileProtocolBreaks}. */
type FileProtocolParameters = z.infer<typeof fileProtocolParameters>;

/** The settings that the guard's safe changes make, as paths that a baseline owns. */
export const fileProtocolPaths = [
  "fileServices/properties.protocolSettings.smb.encryptionInTransit.required",
  "fileServices/properties.protocolSettings.nfs.encryptionInTransit.required",
];

type FileProtocol = "smb" | "nfs";

/** For the pages of the baselines whose fix the guard may put this before. */
export const explicitFirst =
  "**File shares first.** Where the guard found mounts that would be cut off, and a person approved or `explicitProtocolSettingAllowed` is set, `encryptionInTransit.required` of their protocols is set to `false` before, in `fileServices/default`. That is a full PUT of what was read just before; nothing is sent where the newest api-version shows something that would be lost (`write-would-lose`).";

/**
 * Secure transfer governs SMB and NFS file shares only until `encryptionInTransit.required` of that protocol is explicit
 * in `fileServices/default`; afterwards it governs REST alone. So turning it on cuts off mounts without encryption (NFS,
 * SMB 2.1, SMB 3 without encryption) of each protocol that has shares and no explicit setting.
 *
 * The safe change makes the setting explicit and false first: mounts stay as they are, and as unencrypted as they were.
 *
 * Sources: https://learn.microsoft.com/azure/storage/files/storage-files-networking-overview#secure-transfer;
 * Microsoft.Storage FileServiceProperties `protocolSettings`, FileShareProperties `enabledProtocols`.
 */
export const fileProtocolBreaks: Guard<FileProtocolParameters> = {
  id: "file-protocol-breaks",
  title: "The account has file shares whose unencrypted mounts secure transfer would cut off",
  parts: ["fileServices", "fileShares"],
  evaluate(resource, parameters) {
    const { fileServices, fileShares } = resource.parts;
    if (fileShares === null) return undefined;
    if (!Array.isArray(fileShares)) return unknownShares();
    const used = protocolsOf(fileShares);
    if (used.length === 0) return undefined;
    if (fileServices === undefined) return unknownShares();
    const protocols = used.filter((protocol) => !isExplicit(fileServices, protocol));
    if (protocols.length === 0) return undefined;
    const names = protocols.map((protocol) => protocol.toUpperCase()).join(" and ");
    return {
      reason: `The account has ${names} file shares, and encryptionInTransit.required is not explicit for ${names}, so secure transfer governs their mounts.`,
      mayBreak: `Clients that mount ${names} shares without encryption lose them when secure transfer is turned on.`,
      advice: `Approve the remediation, or set the parameter explicitProtocolSettingAllowed: encryptionInTransit.required is set to false for ${names} first, and mounts stay as they are, unencrypted ones too. Then move those clients to encrypted mounts.`,
      safeChanges: [explicitlyNotRequired(protocols)],
      allowed: parameters.explicitProtocolSettingAllowed,
    };
  },
};

function unknownShares(): GuardVerdict {
  return {
    reason: "The account's file shares or file service settings are not known.",
    mayBreak: "Clients that mount file shares without encryption lose them when secure transfer is turned on.",
    advice: "Let the service read fileServices and its shares, or check them by hand, then approve the remediation.",
    allowed: false,
  };
}

/** The protocols that have at least one share, SMB first. A share that names none is SMB's, the service's default. */
function protocolsOf(fileShares: Json[]): FileProtocol[] {
  const used = new Set(fileShares.map(protocolOf));
  const known: FileProtocol[] = ["smb", "nfs"];
  return known.filter((protocol) => used.has(protocol));
}

function protocolOf(fileShare: Json): FileProtocol {
  const enabled = valueAt(fileShare, "properties.enabledProtocols");
  return typeof enabled === "string" && enabled.toUpperCase() === "NFS" ? "nfs" : "smb";
}

function isExplicit(fileServices: Json, protocol: FileProtocol): boolean {
  const required = valueAt(fileServices, `properties.protocolSettings.${protocol}.encryptionInTransit.required`);
  return typeof required === "boolean";
}

function explicitlyNotRequired(protocols: FileProtocol[]): Change {
  const settings = protocols.map((protocol) => [protocol, { encryptionInTransit: { required: false } }]);
  return { part: "fileServices", patch: { properties: { protocolSettings: Object.fromEntries(settings) } } };
}
