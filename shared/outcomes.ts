/** How a remediation, or one baseline of it, stands. */
export type Outcome = keyof typeof outcomes;

/** Who moves next: nobody (`good`, `final`), the service itself (`open`), or a person (`person`). */
export type OutcomeEnd = "good" | "open" | "person" | "final";

interface OutcomeMeaning {
  meaning: string;
  end: OutcomeEnd;
}

/**
 * The one list of outcomes; API, events, docs and tests are made from it.
 * Their order is by significance: a remediation of several baselines is named by the first of theirs in this list.
 */
export const outcomes = {
  failed: { meaning: "The fix failed, with a stable code and what was seen.", end: "person" },
  contested: { meaning: "The breaker opened: somebody keeps setting the property back.", end: "person" },
  reverted: { meaning: "A look-back put the old value back.", end: "person" },
  blocked: { meaning: "A lock, policy, deny assignment or missing role stands in the way.", end: "person" },
  "awaiting-approval": { meaning: "A person has to approve the change first.", end: "open" },
  "awaiting-window": { meaning: "The write window is waited for.", end: "open" },
  capped: { meaning: "The cap on writes is reached, or writes are stopped; taken up again by itself.", end: "open" },
  retrying: { meaning: "Azure could not do it now; taken up again by itself.", end: "open" },
  "skipped-paused": { meaning: "Not read, so as not to wake a paused database; last known state kept.", end: "open" },
  remediated: { meaning: "Fixed, and proven by what was read afterwards.", end: "good" },
  undone: { meaning: "A person put the old value back.", end: "final" },
  superseded: { meaning: "A later intent took over.", end: "final" },
  audit: {
    meaning:
      "A finding in audit mode, one that is only reported, or one whose fix a person rejected: nothing was changed.",
    end: "person",
  },
  unsupported: { meaning: "The fix does not apply to this resource.", end: "final" },
  exempt: { meaning: "Left alone by agreement.", end: "good" },
  gone: { meaning: "The resource is gone.", end: "final" },
  compliant: { meaning: "Nothing to do.", end: "good" },
} as const satisfies Record<string, OutcomeMeaning>;

/** All outcomes, most significant first. */
export const outcomeNames = Object.keys(outcomes).filter(isOutcome);

/** Whether a text names an outcome. */
export function isOutcome(name: string): name is Outcome {
  return Object.hasOwn(outcomes, name);
}

/** The most significant of some outcomes; `compliant` where there are none. */
export function mostSignificant(some: readonly Outcome[]): Outcome {
  return outcomeNames.find((name) => some.includes(name)) ?? "compliant";
}
