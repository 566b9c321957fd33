import type { Resource } from "../../shared/baselines/baseline.ts";
import { baselinesFor, type Evaluation, evaluate, partsForChecks } from "../../shared/engine/evaluate.ts";
import { withSharedExemptions } from "../../shared/engine/exempt.ts";
import type { ConfiguredScope } from "../../shared/policy/scopes.ts";
import { ancestorOfType, parseResourceId, type ResourceId } from "../../shared/resources/resource-id.ts";
import type { ReadResult, Refusal, ResourceType } from "../../shared/resources/resource-type.ts";
import { UsageError } from "../frame/output.ts";
import type { Azure } from "./azure.ts";
import { inParallel } from "./in-parallel.ts";
import { wordOf } from "./policy-here.ts";
import type { CheckedResource, Standing } from "./standing.ts";

/** So many resources are read at a time: far below what Azure throttles a principal at. */
const readAtATime = 8;

/**
 * Reads one resource, or the one that it is a part of, and holds it against its baselines. Nothing is written, and no paused database is
 * woken. Throws a UsageError where no baseline concerns it.
 */
export async function checkResource(azure: Azure, asked: ResourceId): Promise<CheckedResource> {
  for (const type of azure.types) {
    const id = ancestorOfType(asked, type.type);
    if (id) return await checkOne(azure, type, id);
  }
  const known = azure.types.map(({ type }) => type).join(", ");
  throw new UsageError(`No baseline concerns ${asked.type}. There are baselines for: ${known}.`);
}

/**
 * Reads every resource of a scope that baselines concern, as Resource Graph lists them, and judges it. What was made in the last minutes
 * may not be listed yet. Throws `azure-refused` where Resource Graph does not answer.
 * @param tell is told how many of how many are done.
 */
export async function checkScope(
  azure: Azure,
  scope: ConfiguredScope,
  tell: (done: number, of: number) => void,
): Promise<CheckedResource[]> {
  const ids = (await Promise.all(azure.types.map(({ type }) => listed(azure, type, scope)))).flat();
  let done = 0;
  return await inParallel(ids, readAtATime, async (id) => {
    const checked = await checkResource(azure, id);
    done += 1;
    tell(done, ids.length);
    return checked;
  });
}

async function listed({ graph }: Azure, type: string, scope: ConfiguredScope): Promise<ResourceId[]> {
  const ids: ResourceId[] = [];
  let skipToken: string | undefined;
  do {
    const page = await graph.page(type, scope, skipToken);
    ids.push(...page.resources.flatMap(({ id }) => idIn(id)));
    skipToken = page.skipToken;
  } while (skipToken !== undefined);
  return ids;
}

function idIn(text: string): ResourceId[] {
  const parsed = parseResourceId(text);
  return parsed.ok ? [parsed.id] : [];
}

async function checkOne(
  { settings, policies, now }: Azure,
  type: ResourceType,
  id: ResourceId,
): Promise<CheckedResource> {
  const policy = await policies.current(id.subscriptionId);
  const baselines = baselinesFor(type.type, settings);
  const told = { id: id.text, type: type.type };
  const read = await readWithParts(type, id, partsForChecks(baselines), settings.requestTimeoutSeconds);
  if ("why" in read) {
    const { state, why: reason } = read;
    return {
      ...told,
      standings: baselines.map(({ id: baseline }) => ({ baseline, state, findings: [], reason })),
    };
  }
  const { body } = read.resource;
  const evaluations = withSharedExemptions(evaluate(read.resource, policy.of({ ...told, tags: body.tags }, now())));
  const isByFile = policy.reference !== undefined;
  const standings = evaluations.map((each) => ({ ...standingOf(each), ...(isByFile ? { policy: wordOf(each) } : {}) }));
  return { ...told, standings };
}

/** As a re-check reads it: that spares what an event does not. */
async function readWithParts(
  type: ResourceType,
  id: ResourceId,
  parts: readonly string[],
  timeoutSeconds: number,
): Promise<{ resource: Resource } | NotRead> {
  const limit = () => AbortSignal.timeout(timeoutSeconds * 1000);
  const read = await type.read(id, "recheck", limit(), { compliantAt: undefined });
  if (read.kind === "skipped") return skipped(read);
  if (read.kind === "refused") return refused(read.refusal);
  const missing = parts.filter((name) => !Object.hasOwn(read.resource.parts, name));
  if (missing.length === 0) return { resource: read.resource };
  const more = await type.readParts(id, missing, limit(), read.resource);
  if (more.kind === "refused") return refused(more.refusal);
  return { resource: { ...read.resource, parts: { ...read.resource.parts, ...more.parts } } };
}

/** Why a resource was not judged. */
interface NotRead {
  state: "unknown" | "unsupported";
  why: string;
}

function skipped({ outcome, reason }: ReadResult & { kind: "skipped" }): NotRead {
  return { state: outcome === "unsupported" ? "unsupported" : "unknown", why: reason };
}

function refused(refusal: Refusal): NotRead {
  const said = refusal.own === undefined ? `Azure refused to show it: ${refusal.code}: ` : "";
  return { state: "unknown", why: `${said}${refusal.message}` };
}

function standingOf({ baseline: { id: baseline }, findings, unsupported }: Evaluation): Standing {
  if (unsupported !== undefined) return { baseline, state: "unsupported", findings: [], reason: unsupported };
  return { baseline, state: findings.length === 0 ? "compliant" : "not-compliant", findings };
}
