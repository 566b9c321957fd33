import { isJsonObject, type JsonObject } from "../json.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { AppendBlobs } from "./append-blobs.ts";
import { chainNames } from "./chained-journal.ts";
import { linesOf } from "./links.ts";

/**
 * Every entry about one resource, oldest first. All chains are looked through: a connection's entries are in the chain of its gateway.
 * Throws `storage-unavailable`.
 * @param subject a resource; or another subject that entries name, in lower case: a scope, or `policy`.
 */
export async function entriesOf(blobs: AppendBlobs, subject: Pick<ResourceId, "key">): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (const chain of chainNames) {
    for (const { name } of await blobs.list(`${chain}/`)) {
      const bytes = await blobs.read(name, 0, (await blobs.sizeOf(name))?.length ?? 0);
      found.push(...linesOf(bytes, 0).flatMap(({ entry }) => (isAbout(entry, subject) ? [entry] : [])));
    }
  }
  return found.sort((a, b) => String(a.at).localeCompare(String(b.at)));
}

/** An exemption is about all that its scope holds. */
function isAbout(entry: JsonObject | undefined, { key }: Pick<ResourceId, "key">): entry is JsonObject {
  if (!isJsonObject(entry) || typeof entry.resourceId !== "string") return false;
  const about = entry.resourceId.toLowerCase();
  return about === key || (entry.kind === "exemption" && key.startsWith(`${about}/`));
}
