import type { BoundBaseline, Mode } from "../baselines/baseline.ts";
import type { Json } from "../json.ts";

/** Where the policies of subscriptions come from: the app settings, or the policy file. */
export interface Policies {
  /** The policy that holds for a subscription; a copy that was read a short while ago may stand for it. */
  current(subscriptionId: string): Promise<Policy>;
  /** The same for somebody who is about to write: a copy that is too old for that is read again first. */
  beforeWrite(subscriptionId: string): Promise<Policy>;
}

/** The policy of a subscription, as it was at one time. */
export interface Policy {
  /** Which version of which file decides; absent where app settings do. */
  reference: PolicyReference | undefined;
  /** What it says of a resource, every baseline of it in the order of the registry. Pure. */
  of(subject: PolicySubject, now: Date): BaselinePolicy[];
}

/** Names what a decision was made by, for the journal. */
export interface PolicyReference {
  /** SHA-256 of the accepted version, in hexadecimal digits; absent where a file is configured, and none was ever accepted. */
  version?: string;
  /** When the management groups of the subscription were read, ISO 8601; absent where the policy names none. */
  managementGroupsReadAt?: string;
}

/** What rules and exemptions go by. */
export interface PolicySubject {
  /** ARM's id of the resource. */
  id: string;
  /** ARM's type of it. */
  type: string;
  /** Its own tags, as ARM's JSON has them. */
  tags: Json | undefined;
}

/** What the policy says of one baseline of one resource. */
export interface BaselinePolicy {
  /** With the parameters that hold here. */
  baseline: BoundBaseline;
  mode: Mode;
  /** The rule that decided; absent where none matched, or app settings decide. */
  rule?: string;
  /** Why the mode is `audit` though no rule says so. */
  auditBecause?: string;
  /** Absent where writes may be made at any time. */
  window?: WindowStanding;
  exemption?: Exemption;
  /** Exemptions that name this baseline of the resource and count for nothing, and why. */
  passedOver?: string[];
}

/** How a write window stands. */
export type WindowStanding =
  | { name: string; isOpen: true }
  /** `opensAt` in ISO 8601. */
  | { name: string; isOpen: false; opensAt: string };

/** A baseline of a resource is left alone by agreement. */
export interface Exemption {
  /** Where a person granted it over HTTP; absent where the policy file does. */
  id?: string;
  owner: string;
  reason: string;
  /** ISO 8601. */
  until: string;
  /** The baseline that it was granted from, where that is another one which would fix the same property. */
  sharedBy?: string;
}

/** What app settings say: one mode and one set of parameters a baseline, everywhere. */
export function settingsPolicies(baselines: readonly { baseline: BoundBaseline; mode: Mode }[]): Policies {
  const policy: Policy = {
    reference: undefined,
    of: ({ type }) => baselines.filter(({ baseline }) => concerns(baseline, type)).map((each) => ({ ...each })),
  };
  return { current: async () => policy, beforeWrite: async () => policy };
}

/** Whether a baseline is about a type. */
export function concerns({ resourceType }: Pick<BoundBaseline, "resourceType">, type: string): boolean {
  return resourceType.toLowerCase() === type.toLowerCase();
}
