import { CodedError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type ConfiguredScope, type CurrentScopes, isManagementGroup, type Scope } from "./scopes.ts";

/** The configured scopes, with what is known of the management groups among them. */
export interface KeptScopes {
  /** What they come to, after Azure was asked about every group of which what is known is old. */
  current(log: Log): Promise<CurrentScopes>;
  /** What they come to by what is known, without asking anybody. */
  known(): CurrentScopes;
  /** How each management group stands. */
  groups(): GroupStanding[];
}

/** What is known of a management group. */
export interface GroupStanding {
  managementGroup: string;
  /** How many subscriptions it held, and when that was read, ISO 8601; absent where it never was, or too long ago to go by. */
  subscriptions?: number;
  readAt?: string;
  /** Why it can't be read now, where it can't. */
  problem?: string;
}

/** What they are kept by. */
export interface KeptScopesOptions {
  configured: readonly ConfiguredScope[];
  /** The ids of all subscriptions in a management group, at any depth; throws a {@link CodedError} where they can't be told. */
  read(managementGroup: string): Promise<string[]>;
  /** When a group is read again. */
  readSeconds: number;
  now(): Date;
}

/** While a group can't be read, what was read within a day stands for it: roles in Azure still say what may be done there. */
const usableMilliseconds = 24 * 3_600_000;
const millisecondsBetweenFailures = 60_000;

/** What is known of one group. */
interface Kept {
  scopes: Scope[];
  readAt: Date;
}

/**
 * Keeps which subscriptions are in the configured management groups. What a group held when it was read says of a subscription that it is
 * in scope, for a day; that it is not, only until the group is due to be read again: nothing is dropped by an old answer.
 */
export function keptScopes({ configured, read, readSeconds, now }: KeptScopesOptions): KeptScopes {
  const own = configured.filter((scope): scope is Scope => !isManagementGroup(scope));
  const names = configured.filter(isManagementGroup).map(({ managementGroup }) => managementGroup);
  const kept = new Map<string, Kept>();
  const failures = new Map<string, { at: Date; problem: string }>();
  const reading = new Map<string, Promise<void>>();

  function ageOf(time: Date | undefined): number {
    return time ? now().getTime() - time.getTime() : Number.POSITIVE_INFINITY;
  }

  function isDue(name: string): boolean {
    return ageOf(kept.get(name)?.readAt) >= readSeconds * 1000;
  }

  function usable(name: string): Kept | undefined {
    const found = kept.get(name);
    return ageOf(found?.readAt) < usableMilliseconds ? found : undefined;
  }

  /** One at a time: a burst of events reads it once. */
  function readAgain(name: string, log: Log): Promise<void> {
    const under = reading.get(name) ?? readNow(name, log).finally(() => reading.delete(name));
    reading.set(name, under);
    return under;
  }

  async function readNow(name: string, log: Log): Promise<void> {
    try {
      const ids = await read(name);
      kept.set(name, { scopes: ids.map((id) => ({ subscriptionId: id.toLowerCase() })), readAt: now() });
      failures.delete(name);
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      failures.set(name, { at: now(), problem: thrown.message });
      const readAt = usable(name)?.readAt.toISOString();
      log.warn("management group can't be read", { managementGroup: name, error: thrown.message, readAt });
    }
  }

  function known(): CurrentScopes {
    const held = names.flatMap((name) => usable(name)?.scopes ?? []);
    return { scopes: [...own, ...held], unsure: names.filter(isDue) };
  }

  return {
    async current(log) {
      const due = names.filter((name) => isDue(name) && ageOf(failures.get(name)?.at) >= millisecondsBetweenFailures);
      await Promise.all(due.map((name) => readAgain(name, log)));
      return known();
    },
    known,
    groups: () =>
      names.map((name) => {
        const found = usable(name);
        const problem = failures.get(name)?.problem;
        return {
          managementGroup: name,
          ...(found && { subscriptions: found.scopes.length, readAt: found.readAt.toISOString() }),
          ...(problem === undefined ? {} : { problem }),
        };
      }),
  };
}
