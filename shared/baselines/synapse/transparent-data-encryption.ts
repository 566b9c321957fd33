import * as z from "zod";
import { defineBaseline } from "../baseline.ts";
import { encryptionFindings, encryptionFix, encryptionStatePath } from "../sql/encryption-state.ts";

/**
 * Transparent data encryption of the dedicated SQL pools of a Synapse workspace. They are another resource type than the dedicated pools
 * of an SQL server, behind another client: for now they are named, so that nobody takes silence for encryption, and left alone.
 *
 * Source: https://learn.microsoft.com/azure/synapse-analytics/security/workspaces-encryption ("off by default").
 */
export const synapseTransparentDataEncryption = defineBaseline({
  id: "synapse/transparent-data-encryption",
  title: "SQL pools of Synapse workspaces are encrypted at rest",
  protects:
    "The files and backups of a workspace's dedicated SQL pools. Transparent data encryption is off in a new pool, so each one needs a person's look until this baseline reads them.",
  compliant:
    "`properties.state` of `transparentDataEncryption/current` is `Enabled`. Not looked at yet: every pool ends as `unsupported`, and nothing is read or written.",
  mayBreak: "Nothing: no fix is made.",
  resourceType: "Microsoft.Synapse/workspaces/sqlPools",
  operations: [
    { name: "Microsoft.Synapse/workspaces/sqlPools/write" },
    { name: "Microsoft.Synapse/workspaces/sqlPools/transparentDataEncryption/write" },
  ],
  readPermissions: ["Microsoft.Synapse/workspaces/sqlPools/read"],
  fixPermissions: [],
  controls: {
    azurePolicy: [],
    microsoftCloudSecurityBenchmark: [],
    cis: [],
    nist80053r5: [],
    pciDss4: [],
    iso27001: [],
  },
  parameters: z.strictObject({}),
  owns: [encryptionStatePath],
  parts: [],
  encryptsAtRest: true,
  writtenAlone: false,
  unsupported: () => "Pools of a Synapse workspace are not looked at yet.",
  check: encryptionFindings,
  fix: encryptionFix,
  guards: [],
});
