import type { Journal } from "../journal/journal.ts";
import { endsSoon } from "../policy/exemptions.ts";
import type { Exemptions, StoredExemption } from "../state/stores.ts";
import type { GrantedExemptions } from "./world.ts";

const dayMilliseconds = 86_400_000;
/** The journal has what is removed. */
const keptAfterEndMilliseconds = 90 * dayMilliseconds;

/** What looking after exemptions needs. */
export interface ExemptionKeeping {
  now(): Date;
  exemptions: Pick<Exemptions, "change" | "remove"> & GrantedExemptions;
  journal: Pick<Journal, "append">;
}

/**
 * Says of each exemption once, in the journal, that it ends soon, and removes those that ended long ago. The entry comes first, with an id
 * that is always the same: a crash before the mark writes it once more, and who reads it can tell. Gives the ids of those it told of.
 * Throws `storage-unavailable`.
 */
export async function tellEndingExemptions({ now, exemptions, journal }: ExemptionKeeping): Promise<string[]> {
  const told: string[] = [];
  for (const kept of await exemptions.current()) {
    if (kept.kind === "unreadable") continue;
    const { exemption } = kept;
    const at = now();
    if (at.getTime() - overAt(exemption) > keptAfterEndMilliseconds) {
      await exemptions.remove(exemption.id);
      continue;
    }
    if (!isToBeTold(exemption, at)) continue;
    const { id, scope, baseline, owner, reason, until } = exemption;
    const entry = { version: 1, id: `${id}-ending`, at: at.toISOString(), resourceId: scope } as const;
    const about = { exemptionId: id, baseline, owner, reason, until };
    await journal.append(scope, [{ ...entry, kind: "exemption", event: "ending", ...about }]);
    await exemptions.change(id, (known) => ({ ...known, toldAt: at.toISOString() }));
    told.push(id);
  }
  return told;
}

function isToBeTold({ toldAt, endedAt, grantedAt, until }: StoredExemption, now: Date): boolean {
  if (toldAt !== undefined || endedAt !== undefined) return false;
  return endsSoon(new Date(until), { since: new Date(grantedAt), now });
}

function overAt({ endedAt, until }: StoredExemption): number {
  return Date.parse(endedAt ?? until);
}
