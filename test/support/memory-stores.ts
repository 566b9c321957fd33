import { CodedError } from "../../shared/errors.ts";
import type { Cause } from "../../shared/events/cause.ts";
import type { ResourceId } from "../../shared/resources/resource-id.ts";
import { knownPace } from "../../shared/state/known-pace.ts";
import { leftSlots } from "../../shared/state/left-slots.ts";
import type { Marks } from "../../shared/state/pace.ts";
import { emptyState, type ResourceState, resourceStateSchema } from "../../shared/state/resource-state.ts";
import type {
  Bursts,
  Control,
  Exemptions,
  KeptExemption,
  Lease,
  Leases,
  OperationCounts,
  Pace,
  PendingLook,
  Reservation,
  ResourceStates,
  StoredExemption,
  Waits,
  WriteBudget,
} from "../../shared/state/stores.ts";
import { type Asked, answerFrom, capReached } from "../../shared/state/write-row.ts";

/** Leases in memory, by the contract of {@link Leases}. */
export function memoryLeases(leaseSeconds: number, now: () => Date): Leases {
  interface Row {
    unit: string;
    owner: string;
    expiresAt: Date;
    looks: PendingLook[];
    pending: PendingLook[];
    takenOver: boolean;
  }
  const rows = new Map<string, Row>();

  function leaseOf(unit: ResourceId, row: Row): Lease {
    return { ...row, unit, pending: [...row.pending], version: "" };
  }
  const expiry = () => new Date(now().getTime() + leaseSeconds * 1000);

  return {
    async take(unit, owner, look) {
      const row = rows.get(unit.key);
      if (row && row.expiresAt > now()) {
        row.pending = [look, ...row.pending].slice(0, 30);
        return undefined;
      }
      const pending = row ? [...row.looks, ...row.pending] : [];
      const taken = {
        unit: unit.text,
        owner,
        expiresAt: expiry(),
        looks: [look],
        pending,
        takenOver: row !== undefined,
      };
      rows.set(unit.key, taken);
      return leaseOf(unit, taken);
    },
    async renew(lease) {
      const row = rows.get(lease.unit.key);
      if (row?.owner !== lease.owner) return undefined;
      row.expiresAt = expiry();
      return leaseOf(lease.unit, row);
    },
    async release(lease) {
      const row = rows.get(lease.unit.key);
      if (row?.owner !== lease.owner) return { kind: "lost" };
      if (row.pending.length === 0) {
        rows.delete(lease.unit.key);
        return { kind: "released" };
      }
      const { pending } = row;
      row.looks = pending;
      row.pending = [];
      row.expiresAt = expiry();
      return { kind: "dirty", lease: leaseOf(lease.unit, row), pending };
    },
    async abandon(lease) {
      const row = rows.get(lease.unit.key);
      if (row?.owner === lease.owner) row.expiresAt = now();
    },
    async abandoned() {
      const left = [...rows.values()].filter(({ expiresAt }) => expiresAt <= now());
      return left.flatMap(({ unit, looks, pending }) => [...looks, ...pending].map((look) => ({ ...look, unit })));
    },
  };
}

/** States in memory. They are kept as text, so that nobody shares an object with the store. */
export interface MemoryStates extends ResourceStates {
  /** The state of every resource, by the key of its id. */
  all(): Map<string, ResourceState>;
}

export function memoryStates(): MemoryStates {
  const rows = new Map<string, { text: string; version: number }>();
  let versions = 0;
  const parse = (text: string) => resourceStateSchema.parse(JSON.parse(text));
  return {
    async read(id) {
      const row = rows.get(id.key);
      return row
        ? { state: parse(row.text), version: String(row.version) }
        : { state: emptyState(), version: undefined };
    },
    async write(id, { state, version }) {
      const row = rows.get(id.key);
      if (version !== (row && String(row.version))) throw new CodedError("state-conflict", "Written by another.");
      versions += 1;
      rows.set(id.key, { text: JSON.stringify(state), version: versions });
      return { state, version: String(versions) };
    },
    async clear(id) {
      rows.delete(id.key);
    },
    all: () => new Map([...rows].map(([key, { text }]) => [key, parse(text)])),
  };
}

/** Bursts in memory, by the contract of {@link Bursts}. */
export function memoryBursts(now: () => Date): Bursts {
  const rows = new Map<string, { causes: Cause[]; due: Date; isTaken: boolean; version: number }>();
  let versions = 0;
  const nextVersion = () => {
    versions += 1;
    return versions;
  };
  return {
    async add(id, causes, due, announce) {
      const isAwaited = () => {
        const row = rows.get(id.key);
        return row !== undefined && !row.isTaken && now().getTime() - row.due.getTime() <= 30_000;
      };
      const isJoined = isAwaited();
      if (!isJoined) await announce();
      const row = rows.get(id.key);
      const all = [...causes, ...(row?.causes ?? [])].slice(0, 30);
      rows.set(id.key, {
        causes: all,
        due: isAwaited() && row ? row.due : due,
        isTaken: false,
        version: nextVersion(),
      });
    },
    async take(id) {
      const row = rows.get(id.key);
      if (!row) return undefined;
      Object.assign(row, { isTaken: true, version: nextVersion() });
      return { causes: row.causes, version: String(row.version) };
    },
    async remove(id, { version }) {
      if (String(rows.get(id.key)?.version) === version) rows.delete(id.key);
    },
  };
}

export function memoryWaits(): Waits {
  const rows = new Map<string, { resourceId: string; due: Date; message: string; version: string }>();
  let versions = 0;
  return {
    async put(id, due, message) {
      versions += 1;
      // As the table keeps it: a time that is none can't be put down.
      const kept = new Date(due.toISOString());
      rows.set(id.key, { resourceId: id.text, due: kept, message, version: String(versions) });
    },
    async remove(id, version) {
      if (version === undefined || rows.get(id.key)?.version === version) rows.delete(id.key);
    },
    async due(now) {
      const due = [...rows.values()].filter((row) => row.due <= now);
      return due
        .sort((a, b) => a.due.getTime() - b.due.getTime())
        .slice(0, 1000)
        .map(({ resourceId, message, version }) => ({ resourceId, message, version }));
    },
  };
}

/** Caps and pace in memory; `known` is what the instance knows by itself, as in the table's. */
export function memoryWriteBudget(now: () => Date): WriteBudget & Pace {
  const marks: Marks = new Map();
  const hours = new Map<string, Map<string, number>>();
  const known = knownPace(now, () => undefined);

  function ask(asked: Asked): Reservation {
    const hour = now().toISOString().slice(0, 13);
    const writes = hours.get(hour) ?? new Map<string, number>();
    hours.set(hour, writes);
    for (const untold of known.takeUntold()) answerFrom({ writes, marks }, untold, now().getTime());
    const reservation = answerFrom({ writes, marks }, asked, now().getTime());
    known.seen(marks);
    return reservation;
  }
  return {
    reserve: async (subscriptionId, caps, turn) =>
      ask({ kind: "reserve", subscriptionId: subscriptionId.toLowerCase(), caps, ...(turn ? { turn } : {}) }),
    reached: async (subscriptionId, caps) =>
      capReached(hours.get(now().toISOString().slice(0, 13)) ?? new Map(), subscriptionId.toLowerCase(), caps),
    async giveBack(subscriptionId) {
      ask({ kind: "give-back", subscriptionId: subscriptionId.toLowerCase() });
    },
    async book(lane) {
      const reservation = ask({ kind: "book", lane });
      return reservation.kind === "booked" ? reservation.slot : now();
    },
    earliest: known.earliest,
    count: known.count,
    holdBack: known.holdBack,
    heldBackUntil: known.heldBackUntil,
    ...leftSlots(now),
  };
}

export function memoryControl(now: () => Date): Control {
  let stopped = false;
  const summarised = new Set<string>();
  const sweeps = new Map<string, { sweepId: string; seenAt: Date }>();
  const counts: { [counter: string]: number } = {};
  let verification: string | undefined;
  let connections: string | undefined;
  return {
    keepConnections: async (json) => {
      connections = json;
    },
    lastConnections: async () => connections,
    keepVerification: async (json) => {
      verification = json;
    },
    lastVerification: async () => verification,
    writesStopped: async () => stopped,
    stopWrites: async (value) => {
      stopped = value;
    },
    isSummarised: async (subscriptionId) => summarised.has(subscriptionId.toLowerCase()),
    markSummarised: async (subscriptionId) => {
      summarised.add(subscriptionId.toLowerCase());
    },
    async beginSweep(name, sweepId, longestMinutes) {
      const running = sweeps.get(name);
      if (running && now().getTime() - running.seenAt.getTime() < longestMinutes * 60_000) return false;
      sweeps.set(name, { sweepId, seenAt: now() });
      return true;
    },
    async continueSweep(name, sweepId) {
      if (sweeps.get(name)?.sweepId !== sweepId) return false;
      sweeps.set(name, { sweepId, seenAt: now() });
      return true;
    },
    async endSweep(name, sweepId) {
      if (sweeps.get(name)?.sweepId === sweepId) sweeps.delete(name);
    },
    count: async (counter) => {
      counts[counter] = (counts[counter] ?? 0) + 1;
    },
    counters: async () => ({ ...counts }),
  };
}

export function memoryOperationCounts(now: () => Date): OperationCounts {
  interface Window {
    byCaller: Map<string, number>;
    events: Set<string>;
    checkedFor: string;
  }
  const windows = new Map<string, Window>();
  return {
    async count(id, operation, event, windowSeconds) {
      const length = windowSeconds * 1000;
      const since = new Date(Math.floor(now().getTime() / length) * length).toISOString();
      const key = `${id.key}|${since}|${windowSeconds}`;
      const who = `${operation.toLowerCase()} ${event.caller}`;
      const window = windows.get(key) ?? { byCaller: new Map(), events: new Set(), checkedFor: event.id };
      windows.set(key, window);
      const leadsToCheck = window.checkedFor === event.id;
      const known = window.byCaller.get(who) ?? 0;
      if (window.events.has(event.id)) return { count: known, since, leadsToCheck, repeated: true };
      window.events.add(event.id);
      window.byCaller.set(who, known + 1);
      return { count: known + 1, since, leadsToCheck, repeated: false };
    },
  };
}

/** Exemptions in memory, which are always readable. */
export function memoryExemptions(): Exemptions {
  const rows = new Map<string, StoredExemption>();
  const all = () =>
    [...rows.values()]
      .sort((a, b) => b.id.localeCompare(a.id))
      .map((exemption): KeptExemption => ({ kind: "readable", id: exemption.id, exemption: { ...exemption } }));
  return {
    add: async (exemption) => void rows.set(exemption.id, exemption),
    find: async (id) => all().find((each) => each.id === id),
    all: async () => all(),
    async list(most, after) {
      const left = all().filter(({ id }) => after === undefined || id < after);
      return { kept: left.slice(0, most), more: left.length > most };
    },
    async change(id, change) {
      const known = rows.get(id);
      const changed = known && change(known);
      if (changed) rows.set(id, changed);
      return changed;
    },
    remove: async (id) => void rows.delete(id),
  };
}
