import { CodedError, messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { NewestPolicy, StoredPolicy } from "../state/policy-versions.ts";
import { idleExemptions } from "./exemptions.ts";
import { type AcceptedPolicy, filePolicy, namesManagementGroups, withoutPolicy } from "./file-policy.ts";
import type { ManagementGroups } from "./management-groups.ts";
import { type AcceptanceWorld, isChangedSince, takeUpPolicy } from "./policy-acceptance.ts";
import { type PolicyProblem, readPolicyFile } from "./policy-file.ts";
import type { Policies, Policy } from "./resource-policy.ts";
import { tellEndingOfFile } from "./tell-ending.ts";

/** What the keeper of the policy works with. */
export interface PolicyKeeperWorld extends AcceptanceWorld {
  groups: ManagementGroups;
  /** When a copy is read again. */
  readSeconds: number;
  /** A copy that is older is not written by. */
  trustedMinutes: number;
  /** See {@link ExemptionTerms}. */
  mostExemptionDays: number;
}

/** How the policy file stands, for people. */
export interface PolicyStanding {
  source: string;
  /** The version that holds; nothing where none was ever accepted. */
  holds: StoredPolicy | undefined;
  /** ISO 8601. */
  readAt: string;
  /** Why the file can't be read, where it can't. */
  unreadable?: string;
  /** Why nothing is written by the version that holds, where this app can't read it. */
  unusable?: string;
  /** What is wrong with the file as it lies there now. */
  problems: PolicyProblem[];
  /** Why exemptions of the version that holds count for nothing, those that do. */
  idleExemptions: string[];
}

/** Keeps the policy of this process as new as its file, and the last good version where the file is bad. */
export interface PolicyKeeper {
  policies(log: Log): Policies;
  /** Throws `storage-unavailable` where nothing was read yet, and nothing can be. */
  standing(log: Log): Promise<PolicyStanding>;
  /** See {@link tellEndingOfFile}. Throws `storage-unavailable`. */
  tellEndingExemptions(log: Log): Promise<string[]>;
}

/** What was read last. */
interface Copy {
  readAt: Date;
  newest: NewestPolicy | undefined;
  accepted: AcceptedPolicy | undefined;
  unreadable: string | undefined;
  problems: PolicyProblem[];
}

/**
 * Keeps the policy by its file. A file that this process sees for the first time, or that changed since, is accepted or refused; what holds is
 * what was accepted last, by whatever instance: so a bad file changes nothing, nor does a start with a bad file.
 */
export function policyKeeper(world: PolicyKeeperWorld): PolicyKeeper {
  let copy: Copy | undefined;
  /** What this process took up last of the source: an instance that is left with an older file does not bring it back. */
  let seen: { hash: string; problems: PolicyProblem[] } | undefined;
  let reading: Promise<Copy> | undefined;

  /** One at a time: a burst of events reads it once. */
  function readAgain(log: Log): Promise<Copy> {
    reading ??= read(log).finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function read(log: Log): Promise<Copy> {
    const found = await world.source.read();
    let newest = await world.versions.newest();
    if (found.ok) {
      const file = readPolicyFile(found.text);
      if (file.hash !== seen?.hash || isChangedSince({ file, found, newest })) {
        newest = await takeUpPolicy(world, { file, found, newest }, log);
        seen = { hash: file.hash, problems: file.ok ? [] : file.problems };
      }
    } else {
      log.error("policy file can't be read", { source: world.source.name, reason: found.reason });
    }
    const accepted = newest && (await acceptedOf(world, newest, copy?.accepted));
    if (!newest) log.error("no policy was ever accepted: nothing is written", { source: world.source.name });
    else if (!accepted) log.error("the accepted policy is unusable: nothing is written", { reason: unusable });
    else if (accepted.hash !== copy?.accepted?.hash) tellIdle(accepted, world, log);
    copy = {
      readAt: world.now(),
      newest,
      accepted,
      unreadable: found.ok ? undefined : found.reason,
      problems: seen?.problems ?? [],
    };
    return copy;
  }

  async function copyNotOlderThan(seconds: number, log: Log): Promise<Copy> {
    if (copy && world.now().getTime() - copy.readAt.getTime() < seconds * 1000) return copy;
    return await readAgain(log);
  }

  /** Where it can't be read again, what was read before goes on to hold; what may be written by it is another question. */
  async function usableCopy(log: Log): Promise<Copy> {
    try {
      return await copyNotOlderThan(world.readSeconds, log);
    } catch (thrown) {
      if (!copy || !(thrown instanceof CodedError)) throw thrown;
      log.warn("policy not read again", { error: messageOf(thrown), readAt: copy.readAt.toISOString() });
      return copy;
    }
  }

  async function policyFor(subscriptionId: string, { accepted }: Copy, log: Log): Promise<Policy> {
    if (!accepted) return withoutPolicy();
    const chain = namesManagementGroups(accepted.file) ? await world.groups.of(subscriptionId, log) : undefined;
    return filePolicy(accepted, chain);
  }

  return {
    policies: (log) => ({
      current: async (subscriptionId) => policyFor(subscriptionId, await usableCopy(log), log),
      beforeWrite: async (subscriptionId) =>
        policyFor(subscriptionId, await copyNotOlderThan(world.trustedMinutes * 60, log), log),
    }),
    async tellEndingExemptions(log) {
      const { accepted } = await usableCopy(log);
      return accepted ? await tellEndingOfFile(world, accepted) : [];
    },
    async standing(log) {
      const { readAt, newest, accepted, unreadable, problems } = await usableCopy(log);
      return {
        source: world.source.name,
        holds: newest?.stored,
        readAt: readAt.toISOString(),
        ...(unreadable === undefined ? {} : { unreadable }),
        ...(newest && !accepted ? { unusable } : {}),
        problems,
        idleExemptions: accepted ? idleExemptions(accepted.file, accepted, world.now()) : [],
      };
    },
  };
}

const unusable = "Another version of the service accepted it, and this one can't read it.";

/** What was accepted by another version of this service may be more than this one can read: then nothing is written. */
async function acceptedOf(
  { versions, mostExemptionDays }: PolicyKeeperWorld,
  { stored: { hash, acceptedAt } }: NewestPolicy,
  known: AcceptedPolicy | undefined,
): Promise<AcceptedPolicy | undefined> {
  if (known?.hash === hash && known.acceptedAt.toISOString() === acceptedAt) return known;
  const read = readPolicyFile(await versions.textOf(hash));
  return read.ok ? { hash, acceptedAt: new Date(acceptedAt), mostExemptionDays, file: read.file } : undefined;
}

function tellIdle(accepted: AcceptedPolicy, { now }: PolicyKeeperWorld, log: Log): void {
  for (const reason of idleExemptions(accepted.file, accepted, now())) {
    log.warn("exemption counts for nothing", { reason, policy: accepted.hash });
  }
}
