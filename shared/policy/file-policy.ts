import type { BoundBaseline, Mode } from "../baselines/baseline.ts";
import { baselines as everyBaseline } from "../baselines/index.ts";
import { type ExemptionTerms, exemptionsFor } from "./exemptions.ts";
import { type BaselineChoice, choiceOf, type PolicyFile, type PolicyRule } from "./policy-schema.ts";
import { matches } from "./policy-scope.ts";
import {
  type BaselinePolicy,
  concerns,
  type Policy,
  type PolicySubject,
  type WindowStanding,
} from "./resource-policy.ts";
import { windowStanding } from "./write-window.ts";

/** A version of the policy file that was accepted. */
export interface AcceptedPolicy extends ExemptionTerms {
  /** See {@link policyHash}. */
  hash: string;
  file: PolicyFile;
}

/** The management groups that a subscription is in, at any depth, and when that was read. */
export interface ManagementGroupChain {
  names: readonly string[];
  readAt: Date;
}

/**
 * The policy of one subscription by an accepted file. Pure, but for what it remembers of windows and parameters to be quick.
 * @param chain nothing where it can't be read, or where the file names no management group.
 */
export function filePolicy(accepted: AcceptedPolicy, chain: ManagementGroupChain | undefined): Policy {
  const { hash, file } = accepted;
  const standing = rememberedStanding(file);
  return {
    reference: { version: hash, ...(chain && { managementGroupsReadAt: chain.readAt.toISOString() }) },
    of: (subject, now) => {
      const context = { accepted, chain, now, standing: (name: string) => standing(name, now) };
      return baselinesOf(subject.type).map((each) => baselinePolicy(each, subject, context));
    },
  };
}

/** Whether a file can only be understood with the management groups of a subscription. */
export function namesManagementGroups({ rules, exemptions }: PolicyFile): boolean {
  return [...rules, ...exemptions].some(({ scope }) => scope?.managementGroup !== undefined);
}

/** What holds where a file is configured, and none was ever accepted: everything is told, and nothing written. */
export function withoutPolicy(): Policy {
  const auditBecause = "A policy file is configured, and none was ever accepted: nothing is written.";
  return {
    reference: {},
    of: ({ type }) => baselinesOf(type).map((each) => ({ baseline: each.unchanged, mode: "audit", auditBecause })),
  };
}

interface Context {
  accepted: AcceptedPolicy;
  chain: ManagementGroupChain | undefined;
  now: Date;
  standing(window: string): WindowStanding | undefined;
}

function baselinePolicy(known: KnownBaseline, subject: PolicySubject, context: Context): BaselinePolicy {
  const { accepted, chain, now } = context;
  const { id, modeUnlessSet } = known.unchanged;
  const exempt = exemptionsFor(id, subject, accepted.file, { ...accepted, managementGroups: chain?.names, now });
  const about = {
    ...(exempt.exemption === undefined ? {} : { exemption: exempt.exemption }),
    ...(exempt.passedOver.length === 0 ? {} : { passedOver: exempt.passedOver }),
  };
  const decided = ruleFor(id, subject, context);
  if (decided === "unknown" || exempt.isUnknown) {
    return { baseline: known.unchanged, mode: "audit", auditBecause: unreadableGroups, ...about };
  }
  if (!decided) return { baseline: known.unchanged, mode: atMost(accepted.file.mode, modeUnlessSet), ...about };
  const { rule, choice } = decided;
  const isNamed = Object.hasOwn(rule.baselines, id);
  const window = choice.window === undefined ? undefined : context.standing(choice.window);
  return {
    baseline: known.with(choice.parameters),
    mode: isNamed ? choice.mode : atMost(choice.mode, modeUnlessSet),
    rule: rule.name,
    ...(window && { window }),
    ...about,
  };
}

const unreadableGroups =
  "Nothing is written: the policy goes by management groups here, and those of the subscription can't be read.";

/** The first rule that matches and names the baseline; unknown where an earlier one may match or not. */
function ruleFor(
  id: string,
  subject: PolicySubject,
  { accepted, chain }: Context,
): { rule: PolicyRule; choice: BaselineChoice } | "unknown" | undefined {
  for (const rule of accepted.file.rules) {
    const choice = choiceOf(rule, id);
    if (!choice) continue;
    const match = matches(rule.scope, subject, chain?.names);
    if (match === undefined) return "unknown";
    if (match) return { rule, choice };
  }
  return undefined;
}

const strength: readonly Mode[] = ["audit", "approve", "enforce"];

/** A baseline that wants to be named before it writes is not made stronger by what is said of all. */
function atMost(mode: Mode, most: Mode | undefined): Mode {
  return most !== undefined && strength.indexOf(mode) > strength.indexOf(most) ? most : mode;
}

/** A baseline with its default parameters, and a way to others. */
interface KnownBaseline {
  unchanged: BoundBaseline;
  with(parameters: unknown): BoundBaseline;
}

const byType = new Map<string, KnownBaseline[]>();

function baselinesOf(type: string): KnownBaseline[] {
  const known =
    byType.get(type.toLowerCase()) ?? everyBaseline.filter((each) => concerns(each, type)).map(knownBaseline);
  byType.set(type.toLowerCase(), known);
  return known;
}

function knownBaseline({ id, bind }: (typeof everyBaseline)[number]): KnownBaseline {
  /** By the object that the file holds: it is the same for every resource, as long as the version holds. */
  const bound = new WeakMap<object, BoundBaseline>();
  function bindTo(parameters: object): BoundBaseline {
    const known = bound.get(parameters);
    if (known) return known;
    const binding = bind(parameters);
    if (!binding.ok)
      throw new TypeError(`The parameters of ${id} were checked with the file.`, { cause: binding.error });
    bound.set(parameters, binding.baseline);
    return binding.baseline;
  }
  const unchanged = bindTo({});
  return {
    unchanged,
    with: (parameters) => (typeof parameters === "object" && parameters !== null ? bindTo(parameters) : unchanged),
  };
}

/** A sweep asks of thousands of resources within a minute. */
function rememberedStanding({ windows }: PolicyFile): (name: string, now: Date) => WindowStanding | undefined {
  const remembered = new Map<string, { minute: number; standing: WindowStanding }>();
  return (name, now) => {
    const spans = windows[name];
    if (!spans) return undefined;
    const minute = Math.floor(now.getTime() / 60_000);
    const known = remembered.get(name);
    if (known?.minute === minute) return known.standing;
    const standing = windowStanding(name, spans, now);
    remembered.set(name, { minute, standing });
    return standing;
  };
}
