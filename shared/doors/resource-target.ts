import type { Log } from "../log.ts";
import { isInScope } from "../policy/scopes.ts";
import { resourceWithBaselines } from "../resources/index.ts";
import { parseResourceId, type ResourceId } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { Service } from "../service/service.ts";
import { errorAnswer, type HttpAnswer } from "./http-answer.ts";

/** A resource in scope that has baselines, or the answer that says why it is none. */
export type ResourceTarget =
  | { kind: "found"; id: ResourceId; type: ResourceType }
  | { kind: "refused"; answer: HttpAnswer };

/**
 * Finds the resource that a request is about. An id below it, such as that of its file service, leads to it.
 * Throws `scopes-unknown`.
 */
export async function resourceTarget(
  { scopes, resourceTypes }: Service,
  resourceId: string,
  log: Log,
): Promise<ResourceTarget> {
  const asked = parseResourceId(resourceId);
  if (!asked.ok) return refused("resource-id-invalid", `resourceId is no resource id: ${asked.reason}.`);
  const found = resourceWithBaselines(resourceTypes, asked.id);
  if (!found) return refused("resource-type-unknown", `No baseline concerns ${asked.id.type}.`);
  if (!isInScope(found.id, await scopes.current(log))) {
    return refused("out-of-scope", `${found.id.text} lies outside the configured scopes (setting SCOPES).`);
  }
  return { kind: "found", ...found };
}

function refused(...error: Parameters<typeof errorAnswer>): ResourceTarget {
  return { kind: "refused", answer: errorAnswer(...error) };
}
