import { CodedError } from "../errors.ts";
import type { Journal, JournalEntry } from "../journal/journal.ts";
import type { Log } from "../log.ts";
import type { NewestPolicy, PolicyVersions } from "../state/policy-versions.ts";
import type { PolicyFileResult } from "./policy-file.ts";
import type { PolicySource, SourceReading } from "./policy-source.ts";

/** What a policy file is accepted or refused with. */
export interface AcceptanceWorld {
  source: PolicySource;
  versions: PolicyVersions;
  journal: Journal;
  now(): Date;
}

/** A policy file as it was read, and what holds so far. */
export interface ReadPolicy<Result = PolicyFileResult> {
  file: Result;
  found: Extract<SourceReading, { ok: true }>;
  newest: NewestPolicy | undefined;
}

/** Stands for a resource's id in entries about the policy, and chooses their chain. */
export const policyUnit = "policy";
const mostTries = 3;

/**
 * Accepts a file that is good, refuses one that is bad, and says so in journal and log. Gives the version that holds then.
 * Throws `storage-unavailable`.
 */
export async function takeUpPolicy(
  world: AcceptanceWorld,
  { file, found, newest }: ReadPolicy,
  log: Log,
): Promise<NewestPolicy | undefined> {
  if (file.ok) return await accept(world, { file, found, newest }, log);
  await refuse(world, { file, found, newest }, log);
  return newest;
}

/** Whether a good file was changed since the version that holds was read from it: put back, perhaps, to what a process saw last. Pure. */
export function isChangedSince({ file: { ok, hash }, found: { changedAt }, newest }: ReadPolicy): boolean {
  if (!ok || !newest || newest.stored.hash === hash || !changedAt || newest.stored.changedAt === undefined)
    return false;
  return changedAt.getTime() > Date.parse(newest.stored.changedAt);
}

/** In the journal first, and then it holds: a version that holds was journaled. Gives the version that holds then. */
async function accept(
  world: AcceptanceWorld,
  { file: { hash, file }, found, newest }: ReadPolicy<Extract<PolicyFileResult, { ok: true }>>,
  log: Log,
): Promise<NewestPolicy | undefined> {
  let before = newest;
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (before?.stored.hash === hash) return before;
    const acceptedAt = world.now().toISOString();
    const about = { source: world.source.name, ...whoAndWhen(found) };
    const entry: JournalEntry = {
      version: 1,
      id: `policy-accepted-${hash}-${acceptedAt}`,
      at: acceptedAt,
      resourceId: policyUnit,
      kind: "policy-accepted",
      policy: { version: hash },
      ...about,
      ...(before && { replaces: before.stored.hash }),
      rules: file.rules.length,
      exemptions: file.exemptions.length,
    };
    await world.journal.append(policyUnit, [entry]);
    const accepted = await world.versions.accept({ hash, acceptedAt, ...about }, found.text, before);
    if (accepted) {
      log.info("policy accepted", { ...entry });
      return accepted;
    }
    before = await world.versions.newest();
  }
  throw new CodedError(
    "storage-unavailable",
    "Policy: another version was accepted each time that this one was to be.",
  );
}

/** Journaled once for each content, whichever instance saw it. */
async function refuse(
  world: AcceptanceWorld,
  { file: { hash, problems }, found, newest }: ReadPolicy<Extract<PolicyFileResult, { ok: false }>>,
  log: Log,
): Promise<void> {
  const about = { source: world.source.name, ...whoAndWhen(found), problems };
  const holds = newest ? { holds: newest.stored.hash } : {};
  log.error("policy file refused", { ...about, ...holds, content: hash });
  if (await world.versions.isRefused(hash)) return;
  const entry = {
    version: 1,
    id: `policy-refused-${hash}`,
    at: world.now().toISOString(),
    resourceId: policyUnit,
  } as const;
  await world.journal.append(policyUnit, [{ ...entry, kind: "policy-refused", content: hash, ...about, ...holds }]);
  await world.versions.markRefused(hash, problems);
}

function whoAndWhen({ changedAt, changedBy }: Extract<SourceReading, { ok: true }>): {
  changedAt?: string;
  changedBy?: string;
} {
  return { ...(changedAt && { changedAt: changedAt.toISOString() }), ...(changedBy && { changedBy }) };
}
