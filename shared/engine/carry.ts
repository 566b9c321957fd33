import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../baselines/baseline.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { ChangedProperty } from "../journal/remediations.ts";
import { type Json, leafPaths } from "../json.ts";
import type { Outcome } from "../outcomes.ts";
import type { OpenRemediation } from "../state/resource-state.ts";
import { baselinesFor, ownedValues, propertyValue } from "./evaluate.ts";
import type { Judgment } from "./judge.ts";
import type { PlannedWrite } from "./plan.ts";
import type { Run } from "./run.ts";

/** State and index are rows of tables; the journal's intents have all of it. */
const longestWhy = 500;
const longestValue = 400;
const mostProperties = 5;

/** What a write brought about. */
const outcomesOfWrites: ReadonlySet<Outcome> = new Set(["remediated", "reverted", "undone"]);

/**
 * The results of a judgment, those that only a later look could prove with what their remediation found and changed: who reads the last
 * entry alone sees it. Pure.
 */
export function carriedResults(
  { state, type, world }: Run,
  { results, resource }: Pick<Judgment, "results" | "resource">,
): BaselineResult[] {
  const { remediation } = state.state;
  if (!remediation) return results;
  return results.map((result) => {
    const changes = remediation.changes[result.baseline];
    const isProvenLater = outcomesOfWrites.has(result.outcome) && result.readAfterwards === undefined;
    if (!changes || !isProvenLater) return result;
    const findings = remediation.findings[result.baseline] ?? result.findings;
    const baseline = baselinesFor(type.type, world.settings).find(({ id }) => id === result.baseline);
    const read = resource && baseline ? { readAfterwards: ownedValues(resource, baseline.owns) } : {};
    return { ...result, findings, changes, ...read };
  });
}

/** The remediation that remembers what was found, by baseline, when it was found first: a later look sees it mended. Pure. */
export function withFound(
  remediation: OpenRemediation,
  results: readonly Pick<BaselineResult, "baseline" | "findings">[],
): OpenRemediation {
  const found = results
    .filter(({ findings }) => findings.length > 0)
    .map(({ baseline, findings }) => [
      baseline,
      findings.slice(0, mostProperties).map((finding) => ({ ...finding, actual: shown(finding.actual) })),
    ]);
  return { ...remediation, findings: { ...Object.fromEntries(found), ...remediation.findings } };
}

/** The remediation that remembers a write: what it changes, by baseline, and what it replaces. Pure. */
export function withWrite(remediation: OpenRemediation, write: PlannedWrite, before: Resource): OpenRemediation {
  const { part } = write.change;
  const changes = { ...remediation.changes };
  const replaced = { ...remediation.replaced };
  for (const [index, baseline] of write.baselines.entries()) {
    const patch = write.patches[index] ?? {};
    const others = (changes[baseline] ?? []).filter((each) => !isDeepStrictEqual(each, { part, patch }));
    changes[baseline] = [...others, { part, patch }].slice(-mostProperties);
    const known = replaced[baseline] ?? [];
    const paths = leafPaths(patch).map((path) => (part === "" ? path : `${part}/${path}`));
    const more = paths
      .filter((path) => !known.some((each) => each.path === path))
      .map((path) => ({ path, before: shown(propertyValue(before, path)) }));
    replaced[baseline] = [...known, ...more].slice(0, mostProperties);
  }
  return { ...remediation, changes, replaced };
}

/** What a remediation wrote to for a baseline and reads otherwise than before it. Of parts that were not read it says nothing. Pure. */
export function changedProperties(
  { replaced }: OpenRemediation,
  baseline: string,
  resource: Resource | undefined,
): ChangedProperty[] {
  if (!resource) return [];
  return (replaced[baseline] ?? [])
    .filter(({ path }) => !path.includes("/") || Object.hasOwn(resource.parts, path.split("/")[0] ?? ""))
    .map(({ path, before }) => ({ path, before, after: shown(propertyValue(resource, path)) }))
    .filter(({ before, after }) => !isDeepStrictEqual(before, after));
}

/** In one line: what was found, now or when the remediation began, and what became of it. Pure. */
export function whyOf(result: BaselineResult, { findings }: OpenRemediation): string {
  const earlier = findings[result.baseline] ?? [];
  const found = (result.findings.length > 0 ? result.findings : earlier).map(
    ({ path, expected, actual }) => `${path} was ${JSON.stringify(actual)}, expected ${expected}.`,
  );
  return [...found, result.reason].filter(Boolean).join(" ").slice(0, longestWhy);
}

/** A value as it fits into a row: one that is too long as the begin of its JSON. */
function shown(value: Json): Json {
  const text = JSON.stringify(value);
  return text.length <= longestValue ? value : `${text.slice(0, longestValue)}…`;
}
