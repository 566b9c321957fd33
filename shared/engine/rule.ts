import { daysAfter, withRuling } from "./approval.ts";
import { changerAwaitedUntil, changerBehind, changersSince } from "./changers.ts";
import type { Decision } from "./decide.ts";
import { note, openRemediation, type Run, setRemediation } from "./run.ts";
import type { AskedRuling } from "./world.ts";

/** How a person's word on a proposed fix was taken. */
export type RulingAnswer =
  | { kind: "taken"; baseline: string }
  /** It is about the fix of this baseline, and its author changed the resource, or stands behind who did. */
  | { kind: "by-changer"; baseline: string; changer: string }
  /** Its event may still tell who made the change, until then, ISO 8601: it could be the one who decides. */
  | { kind: "changer-unknown"; baseline: string; until: string }
  /** Nothing that is proposed now has this hash. */
  | { kind: "changed"; proposed: { baseline: string; hash: string }[] };

/**
 * Takes a person's word on a proposed fix: it is noted for the journal and in the state, both in memory, before anything is decided by it.
 * It binds to the hash alone: where judging again gave another one, nothing is taken. Nobody decides about what they changed themselves, nor while that may yet turn out.
 */
export function takeRuling(run: Run, decisions: readonly Decision[], asked: AskedRuling): RulingAnswer {
  const proposed = decisions.flatMap((decision) => decision.proposed ?? []);
  const proposal = proposed.find(({ hash }) => hash === asked.proposal);
  if (!proposal) return { kind: "changed", proposed: proposed.map(({ baseline, hash }) => ({ baseline, hash })) };
  const { baseline, ...known } = proposal;

  setRemediation(run, openRemediation(run));
  const now = run.world.now();
  const entry = {
    kind: "approval",
    remediationId: openRemediation(run).id,
    baseline,
    proposal: known.hash,
    by: asked.by.name,
    ...(run.look.cause.askedAs === undefined ? {} : { askedAs: run.look.cause.askedAs }),
    reason: asked.reason,
    changes: known.changes,
  } as const;
  const changers = changersSince(run.state.state, run.causes, { baseline, readAt: now });
  const changer = changerBehind(changers, asked.by.objectId, run.world.settings.deployerTeams);
  if (changer !== undefined) {
    note(run, { ...entry, decision: "refused" });
    return { kind: "by-changer", baseline, changer };
  }
  const since = run.state.state.outcomes[baseline]?.since ?? now.toISOString();
  const awaited = asked.by.objectId === undefined ? undefined : changerAwaitedUntil(changers, since, now);
  if (awaited) {
    note(run, { ...entry, decision: "refused" });
    return { kind: "changer-unknown", baseline, until: awaited.toISOString() };
  }
  const expiresAt = daysAfter(now, run.world.settings.approvalDays);
  note(run, { ...entry, decision: asked.kind, until: expiresAt });
  const before = run.state.state.proposals[baseline];
  const begun = before?.hash === known.hash && before.ruling?.begun === true;
  const { kind, reason } = asked;
  const ruling = { kind, by: asked.by.name, reason, at: now.toISOString(), expiresAt, begun };
  run.state.state = withRuling(run.state.state, baseline, known, ruling);
  return { kind: "taken", baseline };
}

/** Remembers what waits for a person, in memory; what is decided already stays as it was decided. */
export function keepProposals(run: Run, decisions: readonly Decision[]): void {
  for (const { kind, proposed, ...rest } of decisions) {
    const isAsked = kind === "result" && "result" in rest && rest.result.outcome === "awaiting-approval";
    if (!proposed || !isAsked) continue;
    const { baseline, ...proposal } = proposed;
    run.state.state = { ...run.state.state, proposals: { ...run.state.state.proposals, [baseline]: proposal } };
  }
}
