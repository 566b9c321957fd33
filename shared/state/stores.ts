import type { Cause } from "../events/cause.ts";
import type { Exemption } from "../policy/resource-policy.ts";
import type { Lane } from "../resources/request-limits.ts";
import type { ResourceId } from "../resources/resource-id.ts";
import type { ResourceState } from "./resource-state.ts";

/** Somebody wants a resource looked at. */
export interface PendingLook {
  resourceId: string;
  cause: Cause;
}

/** A look whose holder died, and the unit that it still holds. */
export interface AbandonedLook extends PendingLook {
  unit: string;
}

/** The right to work on a unit alone, until it expires. */
export interface Lease {
  unit: ResourceId;
  owner: string;
  expiresAt: Date;
  /** What the holder set out to do, or was handed over since: left behind if it dies. */
  looks: PendingLook[];
  /** Looks that came in so far, as this holder knows. */
  pending: PendingLook[];
  /** Whether the holder before did not give it back: it died, or gave up halfway. */
  takenOver: boolean;
  /** Names the stored version; only the store reads it. */
  version: string;
}

/** What became of a lease that was given back. `dirty`: somebody came by meanwhile; the lease is still held. */
export type Release = { kind: "released" } | { kind: "dirty"; lease: Lease; pending: PendingLook[] } | { kind: "lost" };

/** One worker a unit (rule 11). Every method throws `storage-unavailable` where the store does not answer. */
export interface Leases {
  /** Takes the unit, or, where another holds it, raises its `dirty` counter with this look and gives nothing. */
  take(unit: ResourceId, owner: string, look: PendingLook): Promise<Lease | undefined>;
  /** Extends a lease that is still held; gives nothing where it is lost. */
  renew(lease: Lease): Promise<Lease | undefined>;
  /** Gives the unit back, unless looks came in meanwhile: those are handed over, and the lease is kept. */
  release(lease: Lease): Promise<Release>;
  /** Lets the lease run out now, with its looks in it: whoever takes the unit next knows that something was left halfway. */
  abandon(lease: Lease): Promise<void>;
  /** Looks left behind by holders that died. */
  abandoned(): Promise<AbandonedLook[]>;
}

/** Events about one resource that came close together, until one look answers them all. */
export interface Burst {
  /** Newest first. */
  causes: Cause[];
  /** Names the stored version; only the store reads it. */
  version: string;
}

/** Bursts of events. Every method throws `storage-unavailable` where the store does not answer. */
export interface Bursts {
  /**
   * Adds events to those that wait for a look.
   * @param due when that look comes.
   * @param announce asks for that look. Called, and awaited, before the first event is kept, so that none waits for a look that nobody
   * asked for. More than one look may be asked for where many come at once.
   */
  add(id: ResourceId, causes: readonly Cause[], due: Date, announce: () => Promise<void>): Promise<void>;
  /** The events that wait, for a look that begins now: later ones wait for another. Nothing where none waits. */
  take(id: ResourceId): Promise<Burst | undefined>;
  /** Forgets events that a look answered, unless more came in: then they wait on with those. */
  remove(id: ResourceId, burst: Burst): Promise<void>;
}

/** What is remembered of each resource. Only the holder of its lease writes. */
export interface ResourceStates {
  /** The state, empty where nothing is known yet. */
  read(id: ResourceId): Promise<VersionedState>;
  /** Replaces the state as it was read. Throws `state-conflict` where somebody else wrote in between. */
  write(id: ResourceId, state: VersionedState): Promise<VersionedState>;
  clear(id: ResourceId): Promise<void>;
}

/** A state with the version that it was read at. */
export interface VersionedState {
  state: ResourceState;
  version: string | undefined;
}

/** Looks that are due at a time of their own, beyond what a queue message can wait. */
export interface Waits {
  /** Remembers that the resource is to be looked at; one time a resource, the last one said. */
  put(id: ResourceId, due: Date, message: string): Promise<void>;
  /** Forgets the wait; with a version only where it was not put anew since. */
  remove(id: ResourceId, version?: string): Promise<void>;
  /** Messages that are due, at most 1000 at a time. */
  due(now: Date): Promise<{ resourceId: string; message: string; version: string }[]>;
}

/** A scope and baseline that are left alone by agreement. */
export interface StoredExemption extends Exemption {
  /** Sorts by when it was granted. */
  id: string;
  /** ARM's id of a subscription, a resource group or a resource. */
  scope: string;
  /** A baseline's id, or `all`. */
  baseline: string;
  /** ISO 8601. */
  grantedAt: string;
  /** Object id, or that a key was used. */
  grantedBy: string;
  /** The hash of the tag's value that it was granted for: it counts while the resource has that tag, and no longer. */
  tagValue?: string | undefined;
  /** When a person ended it early, ISO 8601, and who. */
  endedAt?: string | undefined;
  endedBy?: string | undefined;
  /** When it was told that it ends soon, ISO 8601. */
  toldAt?: string | undefined;
}

/** An exemption as it is kept: one that can't be read exempts nothing. */
export type KeptExemption =
  | { kind: "readable"; id: string; exemption: StoredExemption }
  | { kind: "unreadable"; id: string; scope: string; problem: string };

/** The exemptions that people granted. Every method throws `storage-unavailable` where the store does not answer. */
export interface Exemptions {
  add(exemption: StoredExemption): Promise<void>;
  find(id: string): Promise<KeptExemption | undefined>;
  /** All of them, newest first. */
  all(): Promise<KeptExemption[]>;
  /** A page of them, newest first; `after` is the id of the last one of the page before. `more`: there may be others. */
  list(most: number, after?: string): Promise<{ kept: KeptExemption[]; more: boolean }>;
  /** Changes one as it is now, and gives it changed; nothing where there is none that can be read, or `change` gives nothing. */
  change(
    id: string,
    change: (exemption: StoredExemption) => StoredExemption | undefined,
  ): Promise<StoredExemption | undefined>;
  /** Forgets one; the journal keeps what it was. */
  remove(id: string): Promise<void>;
}

/** Operations that are counted by caller and lead to one check a window. */
export interface OperationCounts {
  /**
   * Counts one event of an operation, once however often the event is delivered.
   * @param windowSeconds length of the window that the count and the check belong to.
   */
  count(
    id: ResourceId,
    operation: string,
    event: { id: string; caller: string },
    windowSeconds: number,
  ): Promise<OperationCount>;
}

/** How often an operation was done in a window. */
export interface OperationCount {
  /** By this caller, this event included. */
  count: number;
  /** Begin of the window, ISO 8601. */
  since: string;
  /** Whether this event is the one of its window that leads to a check. */
  leadsToCheck: boolean;
  /** Whether this event was counted before. */
  repeated: boolean;
}

/** How many writes there may be in one hour. */
export interface WriteCaps {
  perSubscription: number;
  inTotal: number;
}

/** When a write is to be sent. */
export interface Turn {
  lane: Lane;
  /** The slot that was booked for it before: no other is booked. */
  slot?: Date;
  /** It does not wait behind others; they wait behind it. */
  goesFirst: boolean;
  /** How long it may be until its slot, in seconds, for the write to be granted now. */
  patienceSeconds: number;
}

/** What came of a reservation. `granted`: send it at this time. `booked`: nothing is reserved but the slot. `capped`: nothing is. */
export type Reservation =
  | { kind: "granted"; at: Date }
  | { kind: "booked"; slot: Date }
  | { kind: "capped"; cap: keyof WriteCaps };

/** The caps on writes: so many a subscription and hour, and so many an hour in all, over all instances of the service. */
export interface WriteBudget {
  /** Takes one write out of the budget, and a slot in its lane. Without a turn it is granted for now. */
  reserve(subscriptionId: string, caps: WriteCaps, turn?: Turn): Promise<Reservation>;
  /** Which cap is reached now, where one is; takes nothing out of the budget. */
  reached(subscriptionId: string, caps: WriteCaps): Promise<keyof WriteCaps | undefined>;
  /** Gives back what was reserved for a write that changed nothing. */
  giveBack(subscriptionId: string): Promise<void>;
}

/**
 * The pace at which requests are sent, so that Azure's limits are kept. Slots are booked over all instances of the service. What is known of
 * the others' requests is as old as the last reservation, and costs no request to the store.
 */
export interface Pace {
  /** When the next request of a lane fits, as far as is known here; now at the earliest. */
  earliest(lane: Lane): Date;
  /** Counts a request that is sent now. */
  count(lane: Lane): void;
  /** Azure asks to wait: nothing of the lane fits before this time, in this instance at once, in others from their next reservation on. */
  holdBack(lane: Lane, until: Date): void;
  /** Until when Azure asked to wait, as far as is known here; the past where it did not. */
  heldBackUntil(lane: Lane): Date;
  /** Books the next slot of a lane, over all instances. Throws `storage-unavailable`. */
  book(lane: Lane): Promise<Date>;
  /** The holder of a slot is on its way, or has nothing to write: whoever is here when it is due may have it. */
  leave(lane: Lane, slot: Date): void;
  /**
   * Claims a slot for a look that is here now: its own, unless another look had that, or one that was left and is due. So no slot is lost
   * while those that hold them are still on their way.
   */
  claim(lane: Lane, own?: Date): Claim;
}

/** What came of a claim. `wait`: its own slot is good, but too many look at the lane now. `none`: it has to book one. */
export type Claim = { kind: "slot"; slot: Date } | { kind: "wait" } | { kind: "none" };

/** Switches and marks of the whole service. */
export interface Control {
  /** Whether the stop switch is on. Read before each write. */
  writesStopped(): Promise<boolean>;
  /** Sets the stop switch. */
  stopWrites(stopped: boolean, by: string): Promise<void>;
  /** Whether the summary of what would be done was logged for this scope. */
  isSummarised(scope: string): Promise<boolean>;
  markSummarised(scope: string): Promise<void>;
  /** Starts the sweep of this name unless one is running since less than `longestMinutes`. */
  beginSweep(name: string, sweepId: string, longestMinutes: number): Promise<boolean>;
  /** Marks that the sweep still runs; false where another took over. */
  continueSweep(name: string, sweepId: string): Promise<boolean>;
  endSweep(name: string, sweepId: string): Promise<void>;
  /** Keeps how the journal was last found, as JSON. */
  keepVerification(json: string): Promise<void>;
  lastVerification(): Promise<string | undefined>;
  /** Keeps which subscriptions the last sweep found connected, as JSON of a few thousand characters. */
  keepConnections(json: string): Promise<void>;
  lastConnections(): Promise<string | undefined>;
  /** Adds one to a counter of this day. */
  count(counter: string): Promise<void>;
  /** The sums of all counters, over all instances and days kept. */
  counters(): Promise<{ [counter: string]: number }>;
}
