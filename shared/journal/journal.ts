import type { Caller, Role } from "../access/caller.ts";
import type { Change } from "../baselines/baseline.ts";
import type { Cause } from "../events/cause.ts";
import type { Json } from "../json.ts";
import type { Outcome } from "../outcomes.ts";
import type { PolicyProblem } from "../policy/policy-file.ts";
import type { Exemption, PolicyReference } from "../policy/resource-policy.ts";

/** A property with its value; only properties that a baseline owns are ever given by value. */
export interface PropertyValue {
  path: string;
  value: Json;
}

/** A difference in a property that no baseline owns. Texts stand as a hash: their content is nobody's business here. */
export interface ForeignDifference {
  path: string;
  before: string;
  after: string;
}

/** What Azure said when it refused. */
export interface AzureAnswer {
  status: number;
  code: string;
  message: string;
}

/** How one baseline of a remediation stands. */
export interface BaselineResult {
  baseline: string;
  outcome: Outcome;
  /** In plain words, why. */
  reason: string;
  /** The rule of the policy file that decided. */
  rule?: string;
  /** Set where it is exempt by agreement: by the policy file, or by what a person granted. */
  exemption?: Exemption;
  /** Where a tag of the resource asks for an exemption: the hash of what it says, to grant it by. */
  exemptionAsked?: { tag: string; value: string };
  /** When the write window opens that is waited for, ISO 8601. */
  opensAt?: string;
  findings: { path: string; expected: string; actual: Json; remedy: "fix" | "report"; explanation?: string }[];
  /** What was changed, or would be. */
  changes: Change[];
  /** What the change may break. */
  mayBreak?: string;
  /** The guard that fired. */
  guard?: string;
  /** Where a person has to decide, or said no: what is to be approved, by its hash, and until when it is asked so; ISO 8601. */
  proposal?: { hash: string; proposedAt: string; expiresAt: string };
  /** A stable code of errors.ts: for `failed`, and wherever it was this service that refused. */
  code?: string;
  /** What Azure said, where it was Azure that refused. */
  azure?: AzureAnswer;
  /** What a person can do. */
  advice?: string;
  /** The baseline's own properties as read after the write. */
  readAfterwards?: PropertyValue[];
}

/** How long each step took, in milliseconds. */
export interface StepDurations {
  [step: string]: number;
}

interface EntryBase {
  version: 1;
  /** Unique; tells a repeated append. */
  id: string;
  /** ISO 8601. */
  at: string;
  resourceId: string;
}

/** Written before each write to Azure: names the change, with before and after of the owned properties. */
export interface IntentEntry extends EntryBase {
  kind: "intent";
  remediationId: string;
  intentId: string;
  baselines: string[];
  /** Id of the resource that is written, where that is another one than `resourceId`: the other end of a connection. */
  target?: string;
  change: Change;
  /** What puts the change back, property by property. */
  undo: Change;
  before: PropertyValue[];
  after: PropertyValue[];
  correlationId: string;
  causes: Cause[];
  /** Object ids of who changed the resource since the baselines were last seen compliant, as far as events told; absent where none did. */
  changers?: string[];
  policy?: PolicyReference;
}

/** Ends an intent: exactly one for each. */
export interface IntentOutcomeEntry extends EntryBase {
  kind: "intent-outcome";
  remediationId: string;
  intentId: string;
  outcome: Outcome;
  reason: string;
  /** A stable code of errors.ts, where this service refused. */
  code?: string;
  azure?: AzureAnswer;
  readAfterwards?: PropertyValue[];
  /** Absent where nothing of before was at hand to compare with. */
  foreignDifferences?: ForeignDifference[];
}

/** How a remediation stands after a look: its end, or what is waited for. */
export interface RemediationEntry extends EntryBase {
  kind: "remediation";
  remediationId: string;
  outcome: Outcome;
  results: BaselineResult[];
  /** Baselines that stood so at the look before already: nobody has to be told again. */
  unchanged: string[];
  causes: Cause[];
  attempt: number;
  durations: StepDurations;
  policy?: PolicyReference;
}

/** A look that found nothing to do, or that was a dry run. */
export interface CheckEntry extends EntryBase {
  kind: "check";
  outcome: Outcome;
  dryRun: boolean;
  results: BaselineResult[];
  causes: Cause[];
  durations: StepDurations;
  policy?: PolicyReference;
}

/** An operation that was counted, and led to no check of its own. */
export interface CountEntry extends EntryBase {
  kind: "count";
  operation: string;
  caller: string;
  /** How often this caller did it since `since`. */
  count: number;
  since: string;
  causes: Cause[];
}

/** What would be done in a subscription, written before the first write there. `resourceId` is the subscription's. */
export interface SummaryEntry extends EntryBase {
  kind: "summary";
  resources: number;
  complete: boolean;
  /** `resources` so many show a finding; of `unknown` Resource Graph can't tell. */
  findings: { baseline: string; mode: string; resources: number; unknown: number }[];
  policy?: PolicyReference;
}

/** A person's word on a proposed fix; written before anything is done because of it. */
export interface ApprovalEntry extends EntryBase {
  kind: "approval";
  remediationId: string;
  baseline: string;
  /** `refused`: its author changed the resource, so nothing was decided. */
  decision: "approved" | "rejected" | "refused";
  /** The hash of what was decided about. */
  proposal: string;
  changes: Change[];
  /** Object id of the person, or that a key was used. */
  by: string;
  /** With which roles; absent in entries of older versions. */
  askedAs?: string;
  reason: string;
  /** Until when it holds, ISO 8601; absent where it was refused. */
  until?: string;
}

/** An exemption was granted, ended early, or ends soon. `resourceId` is its scope. */
export interface ExemptionEntry extends EntryBase {
  kind: "exemption";
  event: "granted" | "ended" | "ending";
  exemptionId: string;
  /** A baseline's id, or `all`. */
  baseline: string;
  owner: string;
  reason: string;
  /** ISO 8601. */
  until: string;
  /** The hash of the tag's value that it was granted for. */
  tagValue?: string;
  /** Who granted or ended it: an object id, or that a key was used. */
  by?: string;
  /** With which roles. */
  askedAs?: string;
}

/** A breaker opened, or a person closed it. One entry each time: somebody may be told by it. */
export interface BreakerEntry extends EntryBase {
  kind: "breaker";
  /** The remediation that it stopped, where it opened. */
  remediationId?: string;
  baseline: string;
  became: "open" | "closed";
  /** Who set the property back each time, newest first, where it opened. */
  changedBy: string[];
  /** Who closed it, with which roles, and why. */
  askedBy?: string;
  askedAs?: string;
  reason?: string;
}

/** A sweep or a re-check found a change, and no event told of it in time. One entry each time. */
export interface MissedEventEntry extends EntryBase {
  kind: "missed-event";
  /** Baselines whose properties were changed. */
  baselines: string[];
  /** When the change was found, ISO 8601. */
  seenAt: string;
}

/** An event names this service's own identity, and no intent stands for its change. One entry an event. */
export interface ForeignUseEntry extends EntryBase {
  kind: "foreign-use";
  /** Object id of this service's identity. */
  identity: string;
  /** The event's. */
  causes: Cause[];
}

/** A version of the policy file that holds from now on. `resourceId` says `policy`. */
export interface PolicyAcceptedEntry extends EntryBase {
  kind: "policy-accepted";
  policy: PolicyReference;
  /** Where it was read. */
  source: string;
  /** When the source was last changed, ISO 8601, and by whom, as far as it tells. */
  changedAt?: string;
  changedBy?: string;
  /** The version that held before. */
  replaces?: string;
  rules: number;
  exemptions: number;
}

/** A policy file that was refused, once for each content. `resourceId` says `policy`. */
export interface PolicyRefusedEntry extends EntryBase {
  kind: "policy-refused";
  /** SHA-256 of what was refused. */
  content: string;
  source: string;
  changedAt?: string;
  changedBy?: string;
  problems: PolicyProblem[];
  /** The version that goes on to hold. */
  holds?: string;
}

/** A call of an HTTP route by a known caller. `resourceId` is the path that was called. */
export interface CallEntry extends EntryBase {
  kind: "call";
  /** E.g. `POST /api/remediations/{id}/undo`. */
  route: string;
  /** Object id, or "function key". */
  caller: string;
  callerKind: Caller["kind"];
  roles: Role[];
  /** The code of the error that the caller was refused with; absent where they were let in. */
  refused?: string;
}

/** The stop switch was thrown. `resourceId` is the path that was called. */
export interface SwitchEntry extends EntryBase {
  kind: "switch";
  stopped: boolean;
  /** Object id, or "function key". */
  by: string;
  roles: Role[];
  reason: string;
}

/** How the ids of exemptions of the policy file begin. */
export const ofPolicyFile = "policy-file-";

/** The unit whose chain calls go to, so that those that come at the same time go out together. */
export const callsUnit = "/api";

export type JournalEntry =
  | IntentEntry
  | IntentOutcomeEntry
  | RemediationEntry
  | CheckEntry
  | CountEntry
  | SummaryEntry
  | ApprovalEntry
  | ExemptionEntry
  | BreakerEntry
  | MissedEventEntry
  | ForeignUseEntry
  | PolicyAcceptedEntry
  | PolicyRefusedEntry
  | CallEntry
  | SwitchEntry;

/** Where an entry is. */
export interface EntryReference {
  blob: string;
  /** In bytes. */
  offset: number;
  length: number;
}

/** Where a chain ended at some time. */
export type JournalPlace = Omit<EntryReference, "length">;

/** The append-only record of everything decided and done, in chains whose entries are linked by their hashes. */
export interface Journal {
  /**
   * Appends entries to the chain of a unit, in this order and all or none; they are durable when this returns.
   * Throws `storage-unavailable` where that is not certain.
   * @param unit id of what is taken as one: a resource, or the gateway of several.
   */
  append(unit: string, entries: readonly JournalEntry[]): Promise<EntryReference[]>;
  /** A place in the chain of a unit behind which everything stands that is appended from now on. */
  place(unit: string): Promise<JournalPlace>;
  /** Looks for an entry by its id, from a place of its chain on; for what a crash left uncertain. */
  find(id: string, place: JournalPlace): Promise<EntryReference | undefined>;
  /** Reads one entry back, with its links (`previous`, `hash`). */
  read(reference: EntryReference): Promise<Json>;
}
