import { isJsonObject, type JsonObject } from "../json.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { AppendBlobs } from "./append-blobs.ts";
import { chainNames } from "./chained-journal.ts";
import { callsUnit, ofPolicyFile } from "./journal.ts";
import { linesOf } from "./links.ts";

/**
 * Every entry about one subject, oldest first; about a resource also the calls by which somebody decided about its remediations, or was
 * refused to. All chains are looked through: a connection's entries are in the chain of its gateway. Throws `storage-unavailable`.
 * @param subject a resource; or another subject that entries name, in lower case: a scope, `policy`, or {@link callsUnit} for all calls.
 */
export async function entriesOf(blobs: AppendBlobs, subject: Pick<ResourceId, "key">): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  const decisions: JsonObject[] = [];
  for (const chain of chainNames) {
    for (const { name } of await blobs.list(`${chain}/`)) {
      const bytes = await blobs.read(name, 0, (await blobs.sizeOf(name))?.length ?? 0);
      for (const { entry } of linesOf(bytes, 0)) {
        if (!isJsonObject(entry)) continue;
        if (isAbout(entry, subject)) found.push(entry);
        else if (entry.kind === "call" && calledRemediation(entry) !== undefined) decisions.push(entry);
      }
    }
  }
  const remediations = new Set(found.map(({ remediationId }) => remediationId));
  found.push(...decisions.filter((call) => remediations.has(calledRemediation(call))));
  return found.sort((a, b) => String(a.at).localeCompare(String(b.at)));
}

/** An exemption is about all that its scope holds; one of the policy file is about that too. */
function isAbout({ kind, resourceId, exemptionId }: JsonObject, { key }: Pick<ResourceId, "key">): boolean {
  if (typeof resourceId !== "string") return false;
  if (key === "policy" && String(exemptionId).startsWith(ofPolicyFile)) return true;
  if (key === callsUnit) return kind === "call" || kind === "switch";
  const about = resourceId.toLowerCase();
  return about === key || (kind === "exemption" && key.startsWith(`${about}/`));
}

/** The remediation that a call decides about; nothing where it only reads, or is about something else. */
function calledRemediation({ resourceId }: JsonObject): string | undefined {
  return typeof resourceId === "string" ? /^\/api\/remediations\/([^/]+)\/\w+$/.exec(resourceId)?.[1] : undefined;
}
