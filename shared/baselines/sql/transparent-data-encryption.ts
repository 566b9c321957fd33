import * as z from "zod";
import { isJsonObject, valueAt } from "../../json.ts";
import { defineBaseline, type Guard, type Resource } from "../baseline.ts";
import { encryptionFindings, encryptionFix, encryptionStatePath } from "./encryption-state.ts";

/** Kinds of `secondaryType` (Databases.json) whose encryption follows another database. */
const secondaryTypes = ["Geo", "Named", "Standby"];

const followsItsPrimary: Guard<object> = {
  id: "follows-its-primary",
  title: "The database is a secondary, or a read-only replica",
  parts: ["database", "replicationLinks"],
  evaluate(resource) {
    const primary = primaryOf(resource);
    if (!isSecondary(resource) && primary === undefined) return undefined;
    return {
      reason: "It is a secondary: its encryption follows its primary.",
      mayBreak: "Nothing: it is left alone.",
      advice: "Look at its primary; where that is out of scope, its owner has to.",
      allowed: false,
      leaveAlone: true,
      ...(primary === undefined ? {} : { leadsTo: primary }),
    };
  },
};

/**
 * Transparent data encryption: a database's files, backups and logs are encrypted at rest.
 *
 * It protects against whoever gets hold of files or backups. The fix starts an encryption scan in the background, which costs I/O and can
 * take hours on a big database; nothing that reads or writes the database notices. `master` can't be encrypted, and a secondary follows
 * its primary.
 *
 * Sources: https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-tde-overview; Microsoft.Sql
 * TransparentDataEncryptions.json `LogicalDatabaseTransparentDataEncryption`, Databases.json `secondaryType`.
 */
export const transparentDataEncryption = defineBaseline({
  id: "sql/transparent-data-encryption",
  title: "SQL databases are encrypted at rest",
  protects:
    "A database's files, backups and transaction logs, dedicated SQL pools (formerly SQL DW) included: without transparent data encryption, whoever gets hold of them reads what is in them.",
  compliant:
    "`properties.state` of `transparentDataEncryption/current` is `Enabled`. `master` and read-only replicas are left alone; a secondary leads to its primary.",
  mayBreak:
    "Nothing that uses the database. The encryption scan runs in the background and costs I/O; on a big database it takes hours, and Azure may ask to wait before it starts.",
  provenAs: "Read enabled afterwards; scan state unknown.",
  resourceType: "Microsoft.Sql/servers/databases",
  operations: [
    { name: "Microsoft.Sql/servers/databases/write" },
    { name: "Microsoft.Sql/servers/databases/transparentDataEncryption/write" },
    { name: "Microsoft.Sql/servers/databases/resume/action" },
  ],
  readPermissions: [
    "Microsoft.Sql/servers/databases/read",
    "Microsoft.Sql/servers/databases/transparentDataEncryption/read",
    "Microsoft.Sql/servers/databases/replicationLinks/read",
    "Microsoft.Sql/locations/transparentDataEncryptionAzureAsyncOperation/read",
  ],
  fixPermissions: ["Microsoft.Sql/servers/databases/transparentDataEncryption/write"],
  controls: {
    azurePolicy: ["17k78e20-9358-41c9-923c-fb736d382a12", "86a912f6-9a06-4e26-b447-11b16ba8659f"],
    microsoftCloudSecurityBenchmark: ["DP-4"],
    cis: ["2.0: 4.1.5", "3.0: 5.1.5"],
    nist80053r5: ["SC-28", "SC-28(1)"],
    pciDss4: ["3.5.1", "6.2.4"],
    iso27001: ["A.10.1.1"],
  },
  parameters: z.strictObject({}),
  owns: [encryptionStatePath],
  parts: [],
  encryptsAtRest: true,
  writtenAlone: false,
  unsupported: (resource) =>
    /\/databases\/master$/i.test(resource.id)
      ? "`master` is a system database: Azure refuses to encrypt it."
      : undefined,
  check: encryptionFindings,
  fix: encryptionFix,
  guards: [followsItsPrimary],
});

function isSecondary({ parts }: Resource): boolean {
  const secondaryType = valueAt(parts.database, "properties.secondaryType");
  return typeof secondaryType === "string" && secondaryTypes.includes(secondaryType);
}

/** The primary's id as a replication link of the database tells it (ReplicationLinks.json: `role` is the database's own, `partner…` the other's). */
function primaryOf({ id, parts }: Resource): string | undefined {
  const links = Array.isArray(parts.replicationLinks) ? parts.replicationLinks : [];
  for (const link of links) {
    const properties = isJsonObject(link) && isJsonObject(link.properties) ? link.properties : {};
    const { role, partnerDatabaseId, partnerServer, partnerDatabase } = properties;
    if (role !== "Secondary" && role !== "NonReadableSecondary") continue;
    if (typeof partnerDatabaseId === "string") return partnerDatabaseId;
    // Older api-versions name the partner only; a primary in the same group is found by its names.
    if (typeof partnerServer !== "string" || typeof partnerDatabase !== "string") continue;
    return id.replace(/\/servers\/[^/]+\/databases\/[^/]+$/i, `/servers/${partnerServer}/databases/${partnerDatabase}`);
  }
  return undefined;
}
