import { valueAt } from "../../json.ts";
import type { Change, Finding, Resource } from "../baseline.ts";

/** Where the state of transparent data encryption stands, in the part that is read for it. */
export const encryptionStatePath = "transparentDataEncryption/properties.state";

/** A database or pool is encrypted where the state is `Enabled`; an unknown state counts as unencrypted. */
export function encryptionFindings(resource: Resource): Finding[] {
  const state = valueAt(resource.parts.transparentDataEncryption, "properties.state") ?? null;
  if (state === "Enabled") return [];
  const explanation = "The database's files, backups and logs are not encrypted.";
  return [{ path: encryptionStatePath, expected: "Enabled", actual: state, remedy: "fix", explanation }];
}

/** Turns encryption on where it is not. */
export function encryptionFix(resource: Resource): Change[] {
  if (encryptionFindings(resource).length === 0) return [];
  return [{ part: "transparentDataEncryption", patch: { properties: { state: "Enabled" } } }];
}
