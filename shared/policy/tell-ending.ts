import { createHash } from "node:crypto";
import { type ExemptionEntry, ofPolicyFile } from "../journal/journal.ts";
import { canonicalJson } from "../json.ts";
import { type EndingExemption, endingExemptions } from "./exemptions.ts";
import type { AcceptedPolicy } from "./file-policy.ts";
import { type AcceptanceWorld, policyUnit } from "./policy-acceptance.ts";
import type { PolicyExemption } from "./policy-schema.ts";

/**
 * Says of each exemption of the policy file once, in the journal, that it ends soon, whichever instance sees it and however often the file is
 * accepted anew. The entry comes before the mark, with an id that is always the same. Gives the ids of those it told of.
 * Throws `storage-unavailable`.
 */
export async function tellEndingOfFile(
  { now, journal, versions }: AcceptanceWorld,
  accepted: AcceptedPolicy,
): Promise<string[]> {
  const told: string[] = [];
  const at = now();
  for (const ending of endingExemptions(accepted.file, accepted, at)) {
    const entry = entryOf(ending, at);
    if (await versions.isToldToEnd(entry.exemptionId)) continue;
    await journal.append(policyUnit, [entry]);
    await versions.markToldToEnd(entry.exemptionId);
    told.push(entry.exemptionId);
  }
  return told;
}

function entryOf({ named, owner, reason, end }: EndingExemption, at: Date): ExemptionEntry {
  const baseline = named.baselines.some((each) => each === "*") ? "all" : named.baselines.join(", ");
  const scope = scopeInWords(named.scope);
  const until = end.toISOString();
  const hash = createHash("sha256").update(canonicalJson({ scope, baseline, owner, reason, until })).digest("hex");
  const exemptionId = `${ofPolicyFile}${hash.slice(0, 16)}`;
  const base = { version: 1, id: `${exemptionId}-ending`, at: at.toISOString(), resourceId: scope } as const;
  return { ...base, kind: "exemption", event: "ending", exemptionId, baseline, owner, reason, until };
}

/** As an id of ARM where it is one; else as it stands in the file. */
function scopeInWords(scope: PolicyExemption["scope"]): string {
  const { subscription, resourceGroup, resource, ...others } = scope;
  const isPlain = Object.keys(others).length === 0;
  if (isPlain && resource !== undefined && subscription === undefined && resourceGroup === undefined) return resource;
  if (isPlain && resource === undefined && subscription !== undefined) {
    const group = resourceGroup === undefined ? "" : `/resourceGroups/${resourceGroup}`;
    return `/subscriptions/${subscription}${group}`;
  }
  return JSON.stringify(scope);
}
