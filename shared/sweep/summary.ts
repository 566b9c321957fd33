import type { BoundBaseline, Resource } from "../baselines/baseline.ts";
import { baselinesFor } from "../engine/evaluate.ts";
import { CodedError } from "../errors.ts";
import type { Journal, SummaryEntry } from "../journal/journal.ts";
import type { Log } from "../log.ts";
import { type Scope, scopeText } from "../policy/scopes.ts";
import type { Settings } from "../policy/settings.ts";
import type { Control } from "../state/stores.ts";
import type { ResourceGraph } from "./resource-graph.ts";

/** What the summary works with. */
export interface SummaryWorld {
  now(): Date;
  uuid(): string;
  settings: Settings;
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
  const shown = new Map<string, number>();
  const unknown = new Map<string, number>();
  let resources = 0;
  let complete = true;
  for (const type of world.types) {
    const baselines = baselinesFor(type, world.settings);
    let skipToken: string | undefined;
    for (let page = 0; ; page += 1) {
      if (page === mostPages) {
        complete = false;
        break;
      }
      const rows = await world.graph.page(type, scope, skipToken);
      resources += rows.resources.length;
      for (const { id, body } of rows.resources) {
        for (const { baseline } of baselines) {
          const counts = { shown, unknown, nothing: undefined }[rowShows(baseline, { id, body, parts: {} })];
          counts?.set(baseline.id, (counts.get(baseline.id) ?? 0) + 1);
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
    findings: world.settings.baselines.map(({ baseline, mode }) => ({
      baseline: baseline.id,
      mode,
      resources: shown.get(baseline.id) ?? 0,
      unknown: unknown.get(baseline.id) ?? 0,
    })),
  };
}

/** Whether a row shows a finding. Parts are not in Resource Graph, and a property that it lacks may be there: such findings are unknown. */
function rowShows(baseline: BoundBaseline, row: Resource): "shown" | "unknown" | "nothing" {
  if (baseline.unsupported?.(row) !== undefined) return "nothing";
  const findings = baseline.check(row);
  if (findings.some(({ path, actual }) => !path.includes("/") && actual !== null)) return "shown";
  return findings.length > 0 || baseline.parts.length > 0 ? "unknown" : "nothing";
}
