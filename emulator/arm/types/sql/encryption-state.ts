import { objectAt, textAt } from "../../json.ts";
import type { ResourceStore, StoredResource } from "../../store.ts";

export const encryptionType = "Microsoft.Sql/servers/databases/transparentDataEncryption";

/** Whether a database is encrypted. */
export type EncryptionState = "Enabled" | "Disabled";

/**
 * The TDE of a database. A secondary's is its primary's; a new database is encrypted, but dedicated SQL pools and
 * `master` are not (docs: Transparent data encryption; for master [inferred] from sys.databases).
 */
export function encryptionOf(store: ResourceStore, database: StoredResource): EncryptionState {
  const primary = store.get(textAt(objectAt(database.hidden, "secondary"), "source") ?? "");
  if (primary && primary.id !== database.id) return encryptionOf(store, primary);
  const stored = store.get(`${database.id}/transparentDataEncryption/Current`);
  const state = textAt(objectAt(stored?.body, "properties"), "state");
  if (state) return state === "Enabled" ? "Enabled" : "Disabled";
  return /datawarehouse|system/.test(textAt(database.body, "kind") ?? "") ? "Disabled" : "Enabled";
}

/** The resource that holds it. Its id and name end in `Current`, whatever was asked (recording sql-tde). */
export function encryptionWith(databaseId: string, state: EncryptionState): StoredResource {
  const id = `${databaseId}/transparentDataEncryption/Current`;
  return { id, type: encryptionType, body: { properties: { state }, id, name: "Current", type: encryptionType } };
}
