import { CodedError } from "../errors.ts";
import type { Cause } from "../events/cause.ts";
import type { JournalEntry, StepDurations } from "../journal/journal.ts";
import { remediationIdAt } from "../journal/remediations.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { OpenRemediation, ResourceState } from "../state/resource-state.ts";
import type { Lease, VersionedState } from "../state/stores.ts";
import type { Look, World } from "./world.ts";

/** The state of a resource is one property of a table row: 64 KiB in all. The journal has every cause. */
const mostCausesKept = 10;

/** What one judgment of one resource carries along while it runs. */
export interface Run {
  world: World;
  look: Look;
  type: ResourceType;
  /** Every cause that this judgment answers, the look's own first. */
  causes: Cause[];
  /** Absent in a dry run, which takes nothing and writes nothing. */
  leases: Lease[] | undefined;
  state: VersionedState;
  /** Ids of the units that were taken. */
  units: string[];
  /** Set where a proven fix is to be looked back at, after so many seconds. */
  lookBackSeconds?: number;
  durations: StepDurations;
}

/** Runs one step and notes how long it took. */
export async function timed<Value>(run: Run, step: string, work: () => Promise<Value>): Promise<Value> {
  const begin = run.world.now().getTime();
  try {
    return await work();
  } finally {
    run.durations[step] = (run.durations[step] ?? 0) + run.world.now().getTime() - begin;
  }
}

/** The lease must last this much longer than a request may. */
const leaseMarginMilliseconds = 1000;

/** A signal that gives a request up before the lease could run out. Throws `state-conflict` where nothing is left of it. */
export function requestLimit({ world, look, leases }: Run): AbortSignal {
  const allowed = world.settings.requestTimeoutSeconds * 1000;
  if (!leases) return AbortSignal.timeout(allowed);
  const expiry = Math.min(...leases.map(({ expiresAt }) => expiresAt.getTime()));
  const left = expiry - world.now().getTime() - leaseMarginMilliseconds;
  if (left <= 0) throw new CodedError("state-conflict", `The lease of ${look.id.text} has run out.`);
  return AbortSignal.timeout(Math.min(allowed, left));
}

/** The state, changed. It is durable when this returns. Throws `state-conflict` where another worker wrote. */
export async function saveState(run: Run, state: ResourceState): Promise<void> {
  run.state = await run.world.states.write(run.look.id, { state, version: run.state.version });
}

/** The remediation that is open for this resource, begun now where none is. */
export function openRemediation(run: Run): OpenRemediation {
  const open = run.state.state.remediation;
  if (open) return open;
  const now = run.world.now();
  return {
    id: remediationIdAt(now, run.world.uuid()),
    startedAt: now.toISOString(),
    attempts: 0,
    found: {},
    causes: run.causes.slice(0, mostCausesKept),
    intents: [],
    entries: [],
  };
}

type Unstamped<Entry> = Entry extends JournalEntry ? Omit<Entry, "version" | "id" | "at" | "resourceId"> : never;

/**
 * Appends an entry about the run's resource. It is durable when this returns.
 * @param id of the entry; a new one where left out.
 */
export async function record(run: Run, entry: Unstamped<JournalEntry>, id: string = run.world.uuid()) {
  const { world, look } = run;
  const stamped: JournalEntry = {
    version: 1,
    id,
    at: world.now().toISOString(),
    resourceId: look.id.text,
    ...entry,
  };
  return await timed(run, "journal", () => world.journal.append(stamped));
}
