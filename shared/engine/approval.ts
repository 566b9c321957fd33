import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Change, Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import { canonicalJson, leafPaths, valueAt } from "../json.ts";
import type { Outcome } from "../outcomes.ts";
import type { OpenIntent, ResourceState, Ruling, StoredProposal } from "../state/resource-state.ts";
import { changedResource, type Evaluation, ownedProperties } from "./evaluate.ts";

/** A fix that a person has to decide about. */
export type Proposal = Omit<StoredProposal, "proposedAt" | "expiresAt" | "ruling">;

/** What a fix is, so that a person can decide about it. Its hash is another one as soon as any of it is. Pure. */
export function proposalOf(
  { baseline }: Evaluation,
  resource: Resource,
  { changes, guards }: Pick<Proposal, "changes" | "guards">,
): Proposal {
  const before = ownedProperties(resource, baseline.owns);
  const after = ownedProperties(changes.reduce(changedResource, resource), baseline.owns);
  const told = {
    resource: resource.id.toLowerCase(),
    baseline: baseline.id,
    changes: changes.map(({ part, patch }) => ({ part, patch })),
    before,
    guards: [...guards].sort(),
  };
  const hash = createHash("sha256").update(canonicalJson(told)).digest("hex");
  return { hash, changes, before, after, guards };
}

/** Since when a fix is proposed, and until when it waits: as before where it was proposed before, and still waits. Pure. */
export function datesOf(
  { proposals }: ResourceState,
  baseline: string,
  { hash }: Proposal,
  { now, days }: { now: Date; days: number },
): Pick<StoredProposal, "proposedAt" | "expiresAt"> {
  const known = proposals[baseline];
  if (known?.hash === hash && Date.parse(known.expiresAt) > now.getTime()) {
    return { proposedAt: known.proposedAt, expiresAt: known.expiresAt };
  }
  return { proposedAt: now.toISOString(), expiresAt: daysAfter(now, days) };
}

/** What a person said to a fix, where that still holds for it. Pure. */
export function rulingOn(
  { proposals }: ResourceState,
  baseline: string,
  proposal: Proposal,
  now: Date,
): Ruling | undefined {
  const known = proposals[baseline];
  if (!known?.ruling || Date.parse(known.ruling.expiresAt) <= now.getTime()) return undefined;
  return known.hash === proposal.hash || isRestOf(known, proposal) ? known.ruling : undefined;
}

/**
 * Whether a fix is what is left of one that was approved and begun: it changes nothing else, no other guard asks, and every owned property is
 * as it was then or as the approved changes leave it.
 */
function isRestOf(approved: StoredProposal, proposal: Proposal): boolean {
  if (approved.ruling?.begun !== true) return false;
  if (!proposal.guards.every((guard) => approved.guards.includes(guard))) return false;
  if (!proposal.changes.every((change) => isPartOf(approved.changes, change))) return false;
  return Object.entries(proposal.before).every(([path, value]) =>
    [approved.before[path] ?? null, approved.after[path] ?? null].some((known) => isDeepStrictEqual(known, value)),
  );
}

function isPartOf(approved: readonly Change[], { part, patch }: Change): boolean {
  const own = approved.filter((each) => each.part === part);
  return leafPaths(patch).every((path) =>
    own.some((each) => isDeepStrictEqual(valueAt(each.patch, path), valueAt(patch, path))),
  );
}

/** The state in which a person's word on a baseline's fix is known. Pure. */
export function withRuling(
  state: ResourceState,
  baseline: string,
  proposal: StoredProposal,
  ruling: Ruling,
): ResourceState {
  return { ...state, proposals: { ...state.proposals, [baseline]: { ...proposal, ruling } } };
}

/** The state that knows that a fix was begun under a person's word, before its write. Pure. */
export function withBegunRuling(
  state: ResourceState,
  { baselines, purpose }: Pick<OpenIntent, "baselines" | "purpose">,
): ResourceState {
  if (purpose !== "fix") return state;
  const begun = baselines.flatMap((id) => {
    const proposal = state.proposals[id];
    if (proposal?.ruling?.kind !== "approved") return [];
    return [[id, { ...proposal, ruling: { ...proposal.ruling, begun: true } }] as const];
  });
  return begun.length === 0 ? state : { ...state, proposals: { ...state.proposals, ...Object.fromEntries(begun) } };
}

/** Outcomes after which a fix may still be wanted as it was proposed. A rejection ends as `audit`. */
const keeping: ReadonlySet<Outcome> = new Set([
  "awaiting-approval",
  "awaiting-window",
  "retrying",
  "capped",
  "blocked",
  "failed",
  "skipped-paused",
]);

/** The state without proposals that are settled one way or another: what comes later is asked anew. Pure. */
export function withoutSettledProposals(
  state: ResourceState,
  results: readonly BaselineResult[],
  now: Date,
): ResourceState {
  const left = Object.entries(state.proposals).filter(([id, { ruling }]) => {
    const result = results.find(({ baseline }) => baseline === id);
    const isRejected = ruling?.kind === "rejected" && Date.parse(ruling.expiresAt) > now.getTime();
    return result !== undefined && (keeping.has(result.outcome) || (isRejected && result.outcome === "audit"));
  });
  return { ...state, proposals: Object.fromEntries(left) };
}

/** When what waits for a person, or was decided by one, has to be looked at again, in milliseconds since 1970. Pure. */
export function endsOfProposals({ proposals }: ResourceState): number[] {
  return Object.values(proposals).map(({ expiresAt, ruling }) => Date.parse(ruling?.expiresAt ?? expiresAt));
}

/** So many days later, ISO 8601. */
export function daysAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString();
}
