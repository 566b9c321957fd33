import type { BaselineResult } from "../journal/journal.ts";
import type { Outcome } from "../outcomes.ts";
import type { BaselinePolicy, PolicyReference } from "../policy/resource-policy.ts";
import type { WriteCaps } from "../state/stores.ts";
import { wouldBeChanged } from "./decide.ts";
import type { LookResult } from "./world.ts";

/** Who or what has the last word about one baseline of one resource. */
export type Decider =
  | "resource"
  | "baseline"
  | "exemption"
  | "rule"
  | "default-mode"
  | "setting"
  | "fallback"
  | "guard"
  | "approval"
  | "window"
  | "breaker"
  | "look-back"
  | "stop-switch"
  | "cap"
  | "azure";

/** Why a resource is treated as it is, and what would happen now. */
export interface Explanation {
  /** Which policy decides, in words. */
  policy: string;
  /** The version of the policy file, where one decides. */
  reference?: PolicyReference;
  /** Whether writes are possible at all, in words. */
  writes: string;
  baselines: BaselineExplanation[];
}

/** One baseline of it. */
export interface BaselineExplanation {
  baseline: string;
  /** Absent where the resource could not be read: its tags count. */
  mode?: BaselinePolicy["mode"];
  decidedBy: Decider;
  rule?: string;
  /** What would happen now, in one or two sentences. */
  now: string;
  /** What led to that, step by step. */
  because: string[];
}

/** What is explained. */
export interface Explained {
  /** What a dry run gave. */
  look: LookResult;
  now: Date;
  /** What stops all writes, where something does. */
  stoppedBy: "setting" | "switch" | undefined;
  capReached: keyof WriteCaps | undefined;
  caps: WriteCaps;
}

/** Explains a dry run in plain words, baseline by baseline. Pure. */
export function explain(explained: Explained): Explanation {
  const { results, policy } = explained.look;
  const reference = policy?.reference;
  return {
    policy: policyInWords(reference, explained.now),
    ...(reference && { reference }),
    writes: writesInWords(explained),
    baselines: results.map((result) => {
      const says = policy?.says.find(({ baseline }) => baseline.id === result.baseline);
      return explainOne(result, says, reference, explained);
    }),
  };
}

function explainOne(
  result: BaselineResult,
  says: BaselinePolicy | undefined,
  reference: PolicyReference | undefined,
  explained: Explained,
): BaselineExplanation {
  const stop = wouldBeWritten(result) ? stopOf(explained) : undefined;
  return {
    baseline: result.baseline,
    ...(says && { mode: says.mode }),
    decidedBy: stop ?? deciderOf(result, says, reference),
    ...(says?.rule === undefined ? {} : { rule: says.rule }),
    now: nowInWords(result, stop, explained),
    because: [...modeInWords(says, reference), ...partsInWords(result, says)],
  };
}

/** Nothing but the dry run itself keeps it from being written. */
function wouldBeWritten({ outcome, reason }: BaselineResult): boolean {
  return outcome === "audit" && reason.startsWith(wouldBeChanged);
}

function stopOf({ stoppedBy, capReached }: Explained): "stop-switch" | "cap" | undefined {
  if (stoppedBy !== undefined) return "stop-switch";
  return capReached === undefined ? undefined : "cap";
}

const deciders: { readonly [outcome in Outcome]?: Decider } = {
  compliant: "resource",
  gone: "resource",
  // In a dry run nothing but Azure is waited for so.
  retrying: "azure",
  exempt: "exemption",
  "awaiting-window": "window",
  contested: "breaker",
  reverted: "look-back",
};

function deciderOf(
  result: BaselineResult,
  says: BaselinePolicy | undefined,
  reference: PolicyReference | undefined,
): Decider {
  const known = deciders[result.outcome];
  if (known) return known;
  if (result.azure || !says) return "azure";
  if (result.outcome === "unsupported") return result.guard === undefined ? "baseline" : "guard";
  if (result.outcome === "failed" || isOnlyReported(result)) return "baseline";
  if (result.outcome === "awaiting-approval") return result.guard === undefined ? "approval" : "guard";
  if (says.mode !== "audit" && !wouldBeWritten(result)) return "approval";
  return modeDecider(says, reference);
}

function isOnlyReported({ findings }: BaselineResult): boolean {
  return findings.every(({ remedy }) => remedy === "report");
}

function modeDecider(says: BaselinePolicy, reference: PolicyReference | undefined): Decider {
  if (says.auditBecause !== undefined) return "fallback";
  if (says.rule !== undefined) return "rule";
  return reference === undefined ? "setting" : "default-mode";
}

function policyInWords(reference: PolicyReference | undefined, now: Date): string {
  if (!reference) return "App settings decide: one mode for each baseline, everywhere.";
  if (reference.version === undefined) return "A policy file is configured, and none was ever accepted.";
  const { version, managementGroupsReadAt: readAt } = reference;
  const age = readAt === undefined ? undefined : Math.round((now.getTime() - Date.parse(readAt)) / 60_000);
  const groups = age === undefined ? "" : ` The management groups of the subscription were read ${age} minutes ago.`;
  return `The policy file decides, in its version ${version.slice(0, 12)}.${groups}`;
}

function writesInWords(explained: Explained): string {
  const stop = stopOf(explained);
  return stop === undefined ? "Writes are possible." : stopsInWords(stop, explained);
}

function stopsInWords(stop: "stop-switch" | "cap", { stoppedBy, capReached, caps }: Explained): string {
  if (stop === "stop-switch") {
    return stoppedBy === "setting"
      ? "All writes are stopped, by the setting WRITES_STOPPED."
      : "All writes are stopped, by the stop switch.";
  }
  return capReached === "perSubscription"
    ? `The cap of ${caps.perSubscription} writes in this subscription and hour is reached.`
    : `The cap of ${caps.inTotal} writes in all subscriptions and this hour is reached.`;
}

function modeInWords(says: BaselinePolicy | undefined, reference: PolicyReference | undefined): string[] {
  if (!says) return ["Nothing can be said of its mode: the resource could not be read."];
  const { mode, rule, auditBecause } = says;
  if (auditBecause !== undefined) return [auditBecause];
  if (rule !== undefined) return [`The rule ${JSON.stringify(rule)} is the first that matches: mode ${mode}.`];
  if (reference === undefined) return [`Its setting says: mode ${mode}.`];
  return [`No rule of the policy file is about it: mode ${mode}.`];
}

function partsInWords(
  { findings, exemption, guard, azure, reason }: BaselineResult,
  says: BaselinePolicy | undefined,
): string[] {
  const found = findings.map(
    ({ path, expected, actual }) => `Found: ${path} is ${JSON.stringify(actual)}, expected ${expected}.`,
  );
  const agreed = exemption
    ? [`It is exempt until ${exemption.until}, for ${exemption.owner}: ${exemption.reason}`]
    : [];
  const window = says?.window && [windowInWords(says.window)];
  const guarded = guard === undefined ? [] : [`The guard ${guard} fires: ${reason}`];
  const refused = azure ? [`Azure says ${azure.code}: ${azure.message}`] : [];
  return [...(window ?? []), ...found, ...agreed, ...(says?.passedOver ?? []), ...guarded, ...refused];
}

function windowInWords(window: NonNullable<BaselinePolicy["window"]>): string {
  if (window.isOpen) return `The write window ${window.name} is open.`;
  return `The write window ${window.name} is closed until ${window.opensAt}.`;
}

function nowInWords(result: BaselineResult, stop: "stop-switch" | "cap" | undefined, explained: Explained): string {
  if (stop !== undefined) return `It would be fixed, but: ${stopsInWords(stop, explained)}`;
  if (!wouldBeWritten(result)) return [result.reason, result.advice ?? ""].join(" ").trim();
  const breaks = result.mayBreak === undefined ? "" : ` That may break: ${result.mayBreak}`;
  return `It would be fixed now.${breaks}`;
}
