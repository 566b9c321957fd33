import { isExempting, type PolicyExemption, type PolicyFile } from "./policy-schema.ts";
import { matches } from "./policy-scope.ts";
import type { Exemption, PolicySubject } from "./resource-policy.ts";

/** What the exemptions of a file mean for one baseline of one resource. */
export interface Exempting {
  exemption: Exemption | undefined;
  /** Those that would exempt it and count for nothing, each with why. */
  passedOver: string[];
  /** One would exempt it if the subscription is in a management group, and that can't be told. */
  isUnknown: boolean;
}

/** What exemptions of a file are held against. */
export interface ExemptionTerms {
  acceptedAt: Date;
  /** An exemption ends so many days after the file was accepted, at most. */
  mostExemptionDays: number;
}

/** The exemption that holds for a baseline of a resource, the one that ends last, and those that count for nothing. Pure. */
export function exemptionsFor(
  baseline: string,
  subject: PolicySubject,
  file: PolicyFile,
  circumstances: ExemptionTerms & { managementGroups: readonly string[] | undefined; now: Date },
): Exempting {
  const about = file.exemptions
    .map((exemption, index) => ({ exemption, index }))
    .filter(({ exemption }) => isExempting(exemption, baseline))
    .map(({ exemption, index }) => ({
      match: matches(exemption.scope, subject, circumstances.managementGroups),
      standing: standingOf(exemption, index, circumstances),
    }))
    .filter(({ match }) => match !== false);
  const holding = about.flatMap(({ match, standing }) => (match && standing.counts ? [standing.exemption] : []));
  return {
    exemption: holding.sort((a, b) => b.until.localeCompare(a.until))[0],
    passedOver: about.flatMap(({ match, standing }) => (match && !standing.counts ? [standing.why] : [])),
    isUnknown: holding.length === 0 && about.some(({ match, standing }) => match === undefined && standing.counts),
  };
}

/** Why exemptions of a file count for nothing, those that do. Pure. */
export function idleExemptions({ exemptions }: PolicyFile, terms: ExemptionTerms, now: Date): string[] {
  return exemptions.flatMap((each, index) => {
    const standing = standingOf(each, index, { ...terms, now });
    return standing.counts ? [] : [standing.why];
  });
}

/** An exemption of a file that counts, and when it ends. */
export interface EndingExemption {
  named: PolicyExemption;
  owner: string;
  reason: string;
  end: Date;
}

/** The exemptions of a file that count now, and end soon: their last week, or the last quarter of what a short one was accepted for. Pure. */
export function endingExemptions({ exemptions }: PolicyFile, terms: ExemptionTerms, now: Date): EndingExemption[] {
  return exemptions.flatMap((named, index) => {
    const standing = standingOf(named, index, { ...terms, now });
    if (!standing.counts) return [];
    const { owner, reason, until } = standing.exemption;
    const end = new Date(until);
    return endsSoon(end, { since: terms.acceptedAt, now }) ? [{ named, owner, reason, end }] : [];
  });
}

/** Time to ask for another one, or to mend what it is about; of a short exemption its last quarter. */
const noticeMilliseconds = 7 * 24 * 3_600_000;

/** Whether the end of what began at `since` is near and still to come. Pure. */
export function endsSoon(end: Date, { since, now }: { since: Date; now: Date }): boolean {
  const notice = Math.min(noticeMilliseconds, (end.getTime() - since.getTime()) / 4);
  return end > now && end.getTime() - now.getTime() <= notice;
}

type Standing = { counts: true; exemption: Exemption } | { counts: false; why: string };

function standingOf(exemption: PolicyExemption, index: number, terms: ExemptionTerms & { now: Date }): Standing {
  const { owner = "", reason = "", until = "" } = exemption;
  const end = endOf(until);
  const flaw = flawOf(exemption, end, terms);
  if (flaw === undefined && end) return { counts: true, exemption: { owner, reason, until: end.toISOString() } };
  return { counts: false, why: `Exemption ${index + 1} of the policy file counts for nothing: ${flaw}.` };
}

const dayMilliseconds = 24 * 3_600_000;

function flawOf(
  { owner = "", reason = "", until = "" }: PolicyExemption,
  end: Date | undefined,
  { acceptedAt, mostExemptionDays, now }: ExemptionTerms & { now: Date },
): string | undefined {
  if (owner.trim() === "") return "it names no owner";
  if (reason.trim() === "") return "it gives no reason";
  if (!end) return `its end ${JSON.stringify(until)} can't be read, write 2026-12-24 or 2026-12-24T18:00:00Z`;
  if (end <= now) return `it ended at ${end.toISOString()}`;
  const latest = new Date(acceptedAt.getTime() + mostExemptionDays * dayMilliseconds);
  if (end <= latest) return undefined;
  return `it ends at ${end.toISOString()}, more than ${mostExemptionDays} days after the file was accepted; ${latest.toISOString()} is the latest`;
}

const dayOnly = /^\d{4}-\d{2}-\d{2}$/;
const withOffset = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * When an exemption ends, as people write it: `2026-12-24`, which counts to the day's end in UTC, or `2026-12-24T18:00:00Z`; nothing where
 * it can't be read. A time without an offset could be anybody's. Pure.
 */
export function endOf(text: string): Date | undefined {
  if (dayOnly.test(text)) {
    const begin = new Date(`${text}T00:00:00Z`);
    // The 31st of November is no day, though Date would take it for another.
    const isDay = !Number.isNaN(begin.getTime()) && begin.toISOString().startsWith(text);
    return isDay ? new Date(begin.getTime() + dayMilliseconds) : undefined;
  }
  const end = new Date(withOffset.test(text) ? text : Number.NaN);
  return Number.isNaN(end.getTime()) ? undefined : end;
}
