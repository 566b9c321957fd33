import { createHash } from "node:crypto";
import type { Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { isJsonObject } from "../json.ts";
import type { Exemption } from "../policy/resource-policy.ts";
import type { KeptExemption, StoredExemption } from "../state/stores.ts";
import type { Evaluation } from "./evaluate.ts";
import { type Run, timed } from "./run.ts";

/** For so long it is said that an exemption ended. */
const saidForMilliseconds = 30 * 86_400_000;

/** What exemptions go by. */
interface Subject {
  resource: Resource;
  baseline: string;
  /** The hash of the value of the tag that asks for an exemption; nothing where there is none, or where tags count for nothing. */
  tagValue: string | undefined;
}

/** The evaluations with what people granted. It is looked up only where something was found: a resource that complies costs nothing more. */
export async function withGranted(run: Run, resource: Resource, evaluations: Evaluation[]): Promise<Evaluation[]> {
  if (evaluations.every(({ findings }) => findings.length === 0)) return evaluations;
  return withSharedExemptions(await withAgreed(run, resource, evaluations));
}

async function withAgreed(run: Run, resource: Resource, evaluations: Evaluation[]): Promise<Evaluation[]> {
  const { world } = run;
  const kept = await timed(run, "exemptions", () => world.exemptions.current());
  const tagValue = tagValueOf(resource, world.settings.exemptionTag);
  return evaluations.map((each) => {
    if (each.findings.length === 0) return each;
    const { exemption, passedOver } = grantedTo(kept, { resource, baseline: each.baseline.id, tagValue }, world.now());
    const best = laterOf(each.exemption, exemption);
    return {
      ...each,
      ...(best === undefined ? {} : { exemption: best }),
      passedOver: [...(each.passedOver ?? []), ...passedOver],
    };
  });
}

/** What can be exempt, with what falls short there. */
interface Exemptible {
  baseline: { id: string };
  findings: readonly { path: string; remedy: "fix" | "report" }[];
  exemption?: Exemption;
}

/**
 * What is exempt from one baseline is left alone by the others that would fix the same property, `storage/https-only-sas` beside
 * `storage/secure-transfer`: else the property would be changed all the same. Pure.
 */
export function withSharedExemptions<One extends Exemptible>(all: readonly One[]): One[] {
  return all.map((one) => {
    if (one.exemption) return one;
    const fixed = new Set(one.findings.filter(({ remedy }) => remedy === "fix").map(({ path }) => path));
    const other = all.find(({ exemption, findings }) => exemption && findings.some(({ path }) => fixed.has(path)));
    return other?.exemption ? { ...one, exemption: { ...other.exemption, sharedBy: other.baseline.id } } : one;
  });
}

/** The exemption that holds for a baseline of a resource, and which others would but for a flaw. Pure. */
function grantedTo(
  kept: readonly KeptExemption[],
  subject: Subject,
  now: Date,
): { exemption?: Exemption; passedOver: string[] } {
  let exemption: Exemption | undefined;
  const passedOver: string[] = [];
  for (const each of kept) {
    const scope = each.kind === "readable" ? each.exemption.scope : each.scope;
    if (!isWithin(subject.resource.id, scope)) continue;
    if (each.kind === "unreadable") {
      passedOver.push(`Exemption ${each.id} counts for nothing: it can't be read.`);
      continue;
    }
    const { baseline, id, owner, reason, until } = each.exemption;
    if (baseline !== "all" && baseline !== subject.baseline) continue;
    const flaw = flawOf(each.exemption, subject, now);
    if (flaw === undefined) exemption = laterOf(exemption, { id, owner, reason, until });
    else if (flaw !== "long over") passedOver.push(`Exemption ${id} of ${owner} ${flaw}.`);
  }
  return exemption === undefined ? { passedOver } : { exemption, passedOver };
}

function flawOf(exemption: StoredExemption, { tagValue }: Subject, now: Date): string | undefined {
  const { endedAt, endedBy, until } = exemption;
  const over = endedAt ?? until;
  if (Date.parse(over) <= now.getTime()) {
    if (now.getTime() - Date.parse(over) > saidForMilliseconds) return "long over";
    return endedAt === undefined ? `ended on ${until}` : `was ended on ${endedAt} by ${endedBy ?? "somebody"}`;
  }
  if (exemption.tagValue === undefined || exemption.tagValue === tagValue) return undefined;
  return "counts for nothing: the tag that it was granted for is gone, or says something else";
}

function laterOf(one: Exemption | undefined, other: Exemption | undefined): Exemption | undefined {
  if (!one || !other) return one ?? other;
  return Date.parse(one.until) >= Date.parse(other.until) ? one : other;
}

function isWithin(id: string, scope: string): boolean {
  const wide = scope.toLowerCase().replace(/\/+$/, "");
  return wide !== "" && `${id.toLowerCase()}/`.startsWith(`${wide}/`);
}

/**
 * The hash (SHA-256, hexadecimal digits) of what a resource's tag says that asks for an exemption. What it says is anybody's text: it is
 * shown nowhere, and a person who grants the request binds it to this hash.
 */
function tagValueOf({ body: { tags } }: Resource, name: string): string | undefined {
  if (name === "" || !isJsonObject(tags)) return undefined;
  const [, value] = Object.entries(tags).find(([each]) => each.toLowerCase() === name.toLowerCase()) ?? [];
  return typeof value === "string" && value !== "" ? createHash("sha256").update(value).digest("hex") : undefined;
}

/** The results with what is to be said of exemptions that don't hold: those passed over, and one that a tag asks for. */
export function withUnheld(
  run: Run,
  resource: Resource,
  evaluations: readonly Evaluation[],
  results: readonly BaselineResult[],
): BaselineResult[] {
  const name = run.world.settings.exemptionTag;
  const value = tagValueOf(resource, name);
  return results.map((result) => {
    if (result.outcome === "compliant" || result.outcome === "exempt") return result;
    const evaluation = evaluations.find(({ baseline }) => baseline.id === result.baseline);
    if (!evaluation || evaluation.findings.length === 0) return result;
    const reason = [result.reason, ...(evaluation.passedOver ?? [])].join(" ");
    return { ...result, reason, ...(value === undefined ? {} : { exemptionAsked: { tag: name, value } }) };
  });
}
