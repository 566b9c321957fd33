import { CodedError } from "../errors.ts";
import type { Cause } from "../events/cause.ts";
import type { EntryReference, JournalEntry, JournalPlace, StepDurations } from "../journal/journal.ts";
import { remediationIdAt } from "../journal/remediations.ts";
import type { BaselinePolicy, Policy, PolicyReference } from "../policy/resource-policy.ts";
import type { ResourceType } from "../resources/resource-type.ts";
import type { OpenRemediation, ResourceState } from "../state/resource-state.ts";
import type { Lease, VersionedState } from "../state/stores.ts";
import type { Look, World } from "./world.ts";

/** The state of a resource is bounded; the journal has every cause. */
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
  /** What decides about the resource. */
  policy: Policy;
  /** What the policy says of the resource; empty until it was read, since its tags count. */
  policies: BaselinePolicy[];
  /** Ids of the units that were taken. */
  units: string[];
  /** When fixes are to be looked back at, in seconds. */
  lookBackSeconds: number[];
  /** Whether the units may be marked as busy with this resource. */
  mayBeBusy: boolean;
  /** Baselines whose undo this look settled. */
  undone: string[];
  /** Ids of intents that somebody left halfway: the journal is asked how far they came. */
  uncertain: ReadonlySet<string>;
  durations: StepDurations;
  /** The slot that was booked for its next write, ISO 8601. */
  slot: string | undefined;
  /** When the write that was granted is to be sent. */
  sendAt: Date | undefined;
  /** Entries that are to go into the journal with the next ones that must be durable. */
  unjournaled: JournalEntry[];
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

/**
 * The state, changed. It is durable when this returns, as is everything that was noted for the journal before.
 * Throws `state-conflict` where another worker wrote.
 */
export async function saveState(run: Run, change: (state: ResourceState) => ResourceState): Promise<void> {
  await journalNoted(run);
  const { state, version } = run.state;
  run.state = await timed(run, "state", () => run.world.states.write(run.look.id, { state: change(state), version }));
}

/** The remediation that is open for this resource, or waits for a person; begun now where none is. */
export function openRemediation(run: Run): OpenRemediation {
  const open = run.state.state.remediation ?? run.state.state.awaiting;
  if (open) return open;
  const now = run.world.now();
  return {
    id: remediationIdAt(now, run.world.uuid()),
    startedAt: now.toISOString(),
    attempts: 0,
    findings: {},
    changes: {},
    replaced: {},
    causes: run.causes.slice(0, mostCausesKept),
    intents: [],
    alsoWritten: [],
    entries: [],
  };
}

/** Names the version of the policy that decided, for an entry; nothing where app settings did. */
export function decidedBy({ policy: { reference } }: Run): { policy?: PolicyReference } {
  return reference === undefined ? {} : { policy: reference };
}

/** Who made the change that led to the remediation, as far as an event told: the first one, not our own write's. */
export function changerOf(run: Run): string | undefined {
  const { remediation, ownCorrelations } = run.state.state;
  const causes = [...(remediation?.causes ?? []), ...run.causes];
  const isOwn = ({ correlationId }: Cause) => correlationId !== undefined && ownCorrelations.includes(correlationId);
  return causes.find((cause) => cause.changedBy !== undefined && !isOwn(cause))?.changedBy;
}

type Unstamped<Entry> = Entry extends JournalEntry ? Omit<Entry, "version" | "id" | "at" | "resourceId"> : never;

/**
 * Notes an entry about the run's resource. It goes into the journal with the next call of {@link journalNoted}: what a crash loses of
 * them, a later look finds out again.
 * @param id of the entry; a new one where left out.
 */
export function note(run: Run, entry: Unstamped<JournalEntry>, id: string = run.world.uuid()): void {
  const { world, look } = run;
  run.unjournaled.push({ version: 1, id, at: world.now().toISOString(), resourceId: look.id.text, ...entry });
}

/** Appends what was noted, in one go. It is durable when this returns; an open remediation knows where its entries are. */
export async function journalNoted(run: Run): Promise<void> {
  const entries = run.unjournaled;
  if (entries.length === 0) return;
  run.unjournaled = [];
  const references = await timed(run, "journal", () => run.world.journal.append(chainUnit(run), entries));
  // How a look ended is one line by itself; these are the steps before it.
  for (const entry of entries) tellStep(run, entry);
  const { remediation } = run.state.state;
  if (!remediation) return;
  const own = references.filter((_, index) => isOf(remediation, entries[index]));
  setRemediation(run, { ...remediation, entries: bounded([...remediation.entries, ...own]) });
}

function tellStep({ world: { log } }: Run, entry: JournalEntry): void {
  if (entry.kind === "intent") log.info("about to write", { ...entry });
  if (entry.kind === "intent-outcome") log.info("write ended", { ...entry });
  if (entry.kind === "breaker" && entry.became === "open") log.warn("breaker opened", { ...entry });
  if (entry.kind === "breaker" && entry.became === "closed") log.info("breaker closed", { ...entry });
  if (entry.kind === "missed-event") log.warn("change found that raised no event", { ...entry });
  if (entry.kind === "foreign-use") log.error("own identity used by somebody else", { ...entry });
}

/** Where in the journal the run's next entries will stand, or behind. */
export function journalPlace(run: Run): Promise<JournalPlace> {
  return run.world.journal.place(chainUnit(run));
}

/** The open remediation, changed; in memory only. */
export function setRemediation(run: Run, remediation: OpenRemediation): void {
  run.state.state = { ...run.state.state, remediation };
}

/** All that is taken together has one chain. A dry run takes nothing, and goes by what is remembered. */
function chainUnit({ units, state, look }: Run): string {
  return units[0] ?? state.state.units?.[0] ?? look.id.text;
}

function isOf(remediation: OpenRemediation, entry: JournalEntry | undefined): boolean {
  return entry !== undefined && "remediationId" in entry && entry.remediationId === remediation.id;
}

/** How it began, and how it went of late: the row is bounded, the journal has all. */
function bounded(entries: EntryReference[]): EntryReference[] {
  return entries.length <= 100 ? entries : [...entries.slice(0, 20), ...entries.slice(-80)];
}
