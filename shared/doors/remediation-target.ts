import type { RemediationSummary } from "../journal/remediations.ts";
import type { Log } from "../log.ts";
import { isInScope } from "../policy/scopes.ts";
import { findResourceType } from "../resources/index.ts";
import { parseResourceId, type ResourceId } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import { type Service, storage } from "../service/service.ts";
import { errorAnswer, type HttpAnswer } from "./http-answer.ts";

/** A remediation with the resource that it is about, or the answer that says why there is nothing to do about it. */
export type RemediationTarget =
  | { kind: "found"; summary: RemediationSummary; id: ResourceId; type: ResourceType }
  | { kind: "refused"; answer: HttpAnswer };

/** Finds the resource of a remediation that a person wants something done about. It must still be in scope. Throws `scopes-unknown`. */
export async function remediationTarget(
  { scopes, resourceTypes }: Service,
  remediationId: string,
  log: Log,
): Promise<RemediationTarget> {
  const summary = await storage().remediations.find(remediationId);
  if (!summary) {
    return refused("remediation-unknown", `There is no remediation ${JSON.stringify(remediationId)}.`);
  }
  const resource = parseResourceId(summary.resourceId);
  const type = resource.ok ? findResourceType(resourceTypes, resource.id.type) : undefined;
  if (!resource.ok || !type) {
    return refused("resource-type-unknown", `No baseline concerns ${summary.resourceId} any more.`);
  }
  if (!isInScope(resource.id, await scopes.current(log))) {
    return refused("out-of-scope", `${resource.id.text} lies outside the configured scopes (setting SCOPES).`);
  }
  return { kind: "found", summary, id: resource.id, type };
}

function refused(...error: Parameters<typeof errorAnswer>): RemediationTarget {
  return { kind: "refused", answer: errorAnswer(...error) };
}
