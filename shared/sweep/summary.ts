import type { BoundBaseline, Resource } from "../baselines/baseline.ts";
import { CodedError } from "../errors.ts";
import type { Journal, SummaryEntry } from "../journal/journal.ts";
import type { Log } from "../log.ts";
import type { BaselinePolicy, Policies } from "../policy/resource-policy.ts";
import { type Scope, scopeText } from "../policy/scopes.ts";
import type { Control } from "../state/stores.ts";
import type { ResourceGraph } from "./resource-graph.ts";

/** What the summary works with. */
export interface SummaryWorld {
  now(): Date;
  uuid(): string;
  policies: Policies;
  types: readonly string[];
  graph: ResourceGraph;
  control: Control;
  journal: Journal;
  log: Log;
}

/** So many pages of 1000 rows are looked through; a summary that stops there says so. */
const mostPages = 10;

/**
 * Logs and journals what would be done in a scope, once, before the first write there: the last chance to see a wrong setting.
 * Gives why it could not be made, where it could not; then no write is made either.
 * @param known scopes of which this process knows that it was made.
 */
export async function summariseOnce(
  world: SummaryWorld,
  scope: Scope,
  known: Map<string, Promise<string | undefined>>,
): Promise<string | undefined> {
  const key = scopeText(scope);
  const summary = known.get(key) ?? summarise(world, scope);
  known.set(key, summary);
  let made = false;
  try {
    const failure = await summary;
    made = failure === undefined;
    return failure;
  } finally {
    if (!made) known.delete(key);
  }
}

async function summarise(world: SummaryWorld, scope: Scope): Promise<string | undefined> {
  if (await world.control.isSummarised(scopeText(scope))) return undefined;
  try {
    const entry = await summaryOf(world, scope);
    await world.journal.append(entry.resourceId, [entry]);
    world.log.info("summary before the first write", { ...entry });
    await world.control.markSummarised(scopeText(scope));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown.message;
    throw thrown;
  }
}

async function summaryOf(world: SummaryWorld, scope: Scope): Promise<SummaryEntry> {
  const policy = await world.policies.current(scope.subscriptionId);
  const counts = new Map<string, Count>();
  let resources = 0;
  let complete = true;
  for (const type of world.types) {
    const now = world.now();
    for (const each of policy.of({ id: scopeText(scope), type, tags: undefined }, now)) countOf(counts, each);
    let skipToken: string | undefined;
    for (let page = 0; ; page += 1) {
      if (page === mostPages) {
        complete = false;
        break;
      }
      const rows = await world.graph.page(type, scope, skipToken);
      resources += rows.resources.length;
      for (const { id, body } of rows.resources) {
        for (const each of policy.of({ id, type, tags: body.tags }, now)) {
          const shows = rowShows(each.baseline, { id, body, parts: {} });
          if (shows === "shown") countOf(counts, each).resources += 1;
          if (shows === "unknown") countOf(counts, each).unknown += 1;
        }
      }
      skipToken = rows.skipToken;
      if (skipToken === undefined) break;
    }
  }
  return {
    version: 1,
    id: world.uuid(),
    at: world.now().toISOString(),
    resourceId: scopeText(scope),
    kind: "summary",
    resources,
    complete,
    findings: [...counts.values()],
    ...(policy.reference === undefined ? {} : { policy: policy.reference }),
  };
}

type Count = SummaryEntry["findings"][number];

/** Counted by baseline and mode: the policy may have several modes in one scope. What is exempt is counted as that. */
function countOf(counts: Map<string, Count>, { baseline, mode, exemption }: BaselinePolicy): Count {
  const stands = exemption === undefined ? mode : "exempt";
  const key = `${baseline.id} ${stands}`;
  const count = counts.get(key) ?? { baseline: baseline.id, mode: stands, resources: 0, unknown: 0 };
  counts.set(key, count);
  return count;
}

/** Whether a row shows a finding. Parts are not in Resource Graph, and a property that it lacks may be there: such findings are unknown. */
function rowShows(baseline: BoundBaseline, row: Resource): "shown" | "unknown" | "nothing" {
  if (baseline.unsupported?.(row) !== undefined) return "nothing";
  const findings = baseline.check(row);
  if (findings.some(({ path, actual }) => !path.includes("/") && actual !== null)) return "shown";
  return findings.length > 0 || baseline.parts.length > 0 ? "unknown" : "nothing";
}
