import type { BaselineResult, CheckEntry } from "../journal/journal.ts";
import type { SummaryOfBaseline } from "../journal/remediations.ts";
import { mostSignificant } from "../outcomes.ts";
import type { OpenRemediation } from "../state/resource-state.ts";
import { changedProperties, whyOf, withFound } from "./carry.ts";
import { goesOn } from "./follow-up.ts";
import type { Judgment } from "./judge.ts";
import { changerOf, decidedBy, journalNoted, note, openRemediation, type Run, setRemediation, timed } from "./run.ts";
import { isOldNews, isSameAsBefore } from "./standing.ts";

/** Writes the journal's entry and the index line; gives the remediation's id where there is one. */
export async function journalResults(
  run: Run,
  { skipped, resource }: Judgment,
  results: BaselineResult[],
  nextLookAt: string | undefined,
): Promise<string | undefined> {
  const { world, look } = run;
  const { state } = run.state;
  const outcome = mostSignificant(results.map((result) => result.outcome));
  const nothingFound = outcome === "compliant" || outcome === "gone";
  const isNew = state.remediation === undefined;
  if (isNew && isSameAsBefore(run, skipped, results)) return state.awaiting?.id;
  if (state.remediation && nextLookAt !== undefined && !goesOn(results) && isSameAsBefore(run, skipped, results)) {
    setRemediation(run, { ...state.remediation, nextLookAt });
    return state.remediation.id;
  }
  if (nothingFound && isNew && state.awaiting === undefined) {
    note(run, { kind: "check", outcome, dryRun: false, results, ...aboutLook(run) });
    await journalNoted(run);
    return undefined;
  }

  setRemediation(run, openRemediation(run));
  const { id, attempts, startedAt } = openRemediation(run);
  const causes = causesOf(openRemediation(run), run);
  note(run, {
    kind: "remediation",
    remediationId: id,
    outcome,
    results,
    unchanged: results.filter((result) => isOldNews(run, result)).map(({ baseline }) => baseline),
    ...aboutLook(run),
    causes,
    attempt: attempts,
  });
  await journalNoted(run);
  const remediation = openRemediation(run);
  const changedBy = changerOf(run);
  const askedBy = causes.find((cause) => cause.askedBy !== undefined)?.askedBy;
  await timed(run, "index", () =>
    world.remediations.save(look.id, {
      id,
      resourceId: look.id.text,
      outcome,
      baselines: results.map((result) => {
        const { baseline, outcome } = result;
        const changed = changedProperties(remediation, baseline, resource);
        const more = { ...(changed.length === 0 ? {} : { changed }), ...askedOf(result) };
        return { baseline, outcome, why: whyOf(result, remediation), ...more };
      }),
      startedAt,
      updatedAt: world.now().toISOString(),
      via: (remediation.causes[0] ?? look.cause).via,
      ...(changedBy === undefined ? {} : { changedBy }),
      ...(askedBy === undefined ? {} : { askedBy }),
      ...(remediation.alsoWritten.length === 0 ? {} : { alsoWritten: remediation.alsoWritten }),
      entries: remediation.entries,
    }),
  );
  const { remediation: _ended, awaiting: _decided, ...rest } = run.state.state;
  const open = stillOpen(run, remediation, results);
  const isAsked = results.some((result) => result.outcome === "awaiting-approval");
  if (nextLookAt !== undefined) run.state.state = { ...rest, remediation: { ...open, nextLookAt } };
  else run.state.state = isAsked ? { ...rest, awaiting: open } : { ...rest, endedRemediation: id };
  return id;
}

/** What led to a look, how long it took, and what policy decided. */
export function aboutLook(run: Run): Pick<CheckEntry, "causes" | "durations" | "policy"> {
  return { causes: run.causes, durations: run.durations, ...decidedBy(run) };
}

/** What a person has to know to decide; nothing where nobody is asked. */
function askedOf({ outcome, proposal, changes, mayBreak }: BaselineResult): Pick<SummaryOfBaseline, "asked"> {
  if (outcome !== "awaiting-approval" || !proposal) return {};
  return {
    asked: {
      proposal: proposal.hash,
      expiresAt: proposal.expiresAt,
      changes,
      ...(mayBreak === undefined ? {} : { mayBreak }),
    },
  };
}

/** What led to the remediation first, then what led to this look: who reads one entry alone sees who made the change. */
function causesOf({ causes }: OpenRemediation, run: Run): OpenRemediation["causes"] {
  const known = new Set(causes.map((cause) => JSON.stringify(cause)));
  return [...causes, ...run.causes.filter((cause) => !known.has(JSON.stringify(cause)))];
}

function stillOpen(run: Run, remediation: OpenRemediation, results: readonly BaselineResult[]): OpenRemediation {
  const { retryingSince: before, nextLookAt: _came, ...rest } = remediation;
  const isRetrying = results.some(({ outcome }) => outcome === "retrying");
  const retryingSince = isRetrying ? { retryingSince: before ?? run.world.now().toISOString() } : {};
  return withFound({ ...rest, ...retryingSince, attempts: remediation.attempts + 1 }, results);
}
