import type { Change } from "../baselines/baseline.ts";
import type { Cause } from "../events/cause.ts";
import type { Outbox } from "../events/queue.ts";
import type { BaselineResult, Journal } from "../journal/journal.ts";
import type { Remediations } from "../journal/remediations.ts";
import type { Log } from "../log.ts";
import type { Outcome } from "../outcomes.ts";
import type { BaselinePolicy, Policies, PolicyReference } from "../policy/resource-policy.ts";
import type { Settings } from "../policy/settings.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { Ruling } from "../state/resource-state.ts";
import type {
  Bursts,
  Control,
  KeptExemption,
  Leases,
  OperationCounts,
  Pace,
  ResourceStates,
  Waits,
  WriteBudget,
} from "../state/stores.ts";
import type { RulingAnswer } from "./rule.ts";

/** Everything outside that the engine works with. It names no Azure service: tests give it stand-ins. */
export interface World {
  now(): Date;
  uuid(): string;
  /** From 0 to less than 1, for jitter. */
  random(): number;
  settings: Settings;
  policies: Policies;
  resourceTypes: readonly ResourceType[];
  /** The object id under which this service writes; nothing where it can't be told. */
  ownObjectId(): Promise<string | undefined>;
  leases: Leases;
  bursts: Bursts;
  /** So long after a read of a resource, in whole seconds, further events about it wait for one look together. */
  burstSeconds: number;
  states: ResourceStates;
  waits: Waits;
  budget: WriteBudget;
  exemptions: GrantedExemptions;
  pace: Pace;
  /** Resolves at a time: for the moments until a slot, never for more. */
  waitUntil(time: Date): Promise<void>;
  control: Control;
  operationCounts: OperationCounts;
  journal: Journal;
  remediations: Remediations;
  changes: Outbox;
  /** Tells re-check operations what became of a resource. */
  tellOperation(operationId: string, resourceId: string, result: LookResult): Promise<void>;
  /** Logs what would be done in the scope of a resource, once, before the first write there. Gives why it could not, where it could not. */
  summariseBeforeFirstWrite(id: ResourceId): Promise<string | undefined>;
  log: Log;
}

/** What people exempted. */
export interface GrantedExemptions {
  /** All of it, as it was a few seconds ago at most. */
  current(): Promise<readonly KeptExemption[]>;
}

/** A request to look at a resource. It names the resource; the cause is for the journal, and decides nothing about it. */
export interface Look {
  id: ResourceId;
  cause: Cause;
  /** A unit that a dead holder of this look still has taken. It may be another one than those that the resource belongs to now. */
  leftIn?: ResourceId;
  /** How often it was put off already. */
  attempt: number;
  /** Read, judge and tell; write nothing anywhere but into the journal. */
  dryRun: boolean;
  /** Set where a person closes the breaker of this baseline. */
  closesBreakerOf?: string;
  /** It waited for its turn to read: it goes by the whole limit now. */
  waited?: boolean | undefined;
  /** The slot that was booked for its write, ISO 8601. */
  slot?: string | undefined;
  /** It came by the queue: nobody waits for the answer. */
  mayWait?: boolean;
  /** Set where a person asked to put back what a remediation changed. */
  undo?: Undo;
  /** Set where a person decides about a proposed fix. */
  ruling?: AskedRuling;
}

/** A person's word on a proposed fix. */
export interface AskedRuling {
  kind: Ruling["kind"];
  /** The hash of what was decided about. */
  proposal: string;
  /** A key has no object id. */
  by: { name: string; objectId?: string };
  /** Why, in the words of the person. */
  reason: string;
}

/** What a remediation changed, to be put back (rule 7). */
export interface Undo {
  remediationId: string;
  /** Each change as the fix left it, with what puts it back, in the order in which they are put back. */
  changes: { baselines: string[]; left: Change; putBack: Change }[];
  /** Why, in the words of the person. */
  reason: string;
  /** When the remediation ended, ISO 8601: who changed the resource after that is named where it can't be undone. */
  endedAt?: string | undefined;
}

/** What a look found and did. */
export interface LookResult {
  outcome: Outcome;
  results: BaselineResult[];
  remediationId?: string;
  /** Of a dry run: what the policy says of the resource, and which version of it; empty where the resource could not be read. */
  policy?: { reference: PolicyReference | undefined; says: BaselinePolicy[] };
  /** How a person's word was taken; absent where none was given, or where nothing could be judged. */
  ruling?: RulingAnswer;
}

/** The engine's answer to a request: settled, taken by another worker that will look again, waiting with other events for one look, put off
 * to its turn, or nothing to look at. */
export type Answer =
  | { kind: "settled"; result: LookResult }
  | { kind: "taken" }
  | { kind: "waiting" }
  | { kind: "put-off"; until: Date }
  | { kind: "ignored"; reason: "duplicate" | "own-write" | "counted" | "already-seen" | "ended" | "answered" };
