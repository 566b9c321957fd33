import { createHash } from "node:crypto";
import { breakerOf, withBreakerClosed } from "./breaker.ts";
import { note, openRemediation, type Run, setRemediation } from "./run.ts";

/**
 * Notes that breakers opened: one entry for each time, by which somebody can be told once. Its id is that of the fix that was set back, so
 * that a look which has to be repeated after a crash says it under the same id.
 */
export function noteOpenedBreakers(run: Run, opened: readonly string[]): void {
  if (opened.length === 0) return;
  const { world, look } = run;
  setRemediation(run, openRemediation(run));
  const { id: remediationId } = openRemediation(run);
  for (const baseline of opened) {
    const { state } = run.state;
    const { changedBy } = breakerOf(baseline, state, world.settings, world.now());
    const lastFix = state.fixes.find((fix) => fix.baseline === baseline)?.at ?? "";
    const told = createHash("sha256").update(`${look.id.key} ${baseline} ${lastFix}`).digest("hex").slice(0, 32);
    note(run, { kind: "breaker", remediationId, baseline, became: "open", changedBy }, `breaker-${told}`);
  }
}

/** Closes the breaker that a person wants closed, and notes who and why. Nothing where it is not open any more. */
export function closeBreaker(run: Run): void {
  const { closesBreakerOf: baseline, cause, dryRun } = run.look;
  const { state } = run.state;
  if (baseline === undefined || dryRun || state.contested[baseline] === undefined) return;
  const { askedBy, askedAs, reason } = cause;
  const who = askedBy === undefined ? {} : { askedBy };
  note(run, {
    kind: "breaker",
    baseline,
    became: "closed",
    changedBy: [],
    ...who,
    ...(askedAs === undefined ? {} : { askedAs }),
    ...(reason === undefined ? {} : { reason }),
  });
  run.state.state = withBreakerClosed(state, baseline);
}
