import type { ResourceId } from "../resources/resource-id.ts";
import type { VersionedState } from "../state/stores.ts";
import type { Run } from "./run.ts";

/** A change that nobody proved frees its unit after this: longer than any that was recorded, several times over. */
const longestMilliseconds = 30 * 60_000;

/** A unit that several resources share, with its row in the state table. */
export interface SharedUnit {
  id: ResourceId;
  row: VersionedState;
}

/**
 * The units of a run that other resources share, as they stand. A lease is held while somebody looks; a change may take longer, and no two
 * resources of a unit may be changed at the same time (rule 6). So a unit's own row says what is being changed, until it is proven.
 * Reads nothing for types whose resources are units of their own.
 */
export async function sharedUnits({ world, type, look, leases = [] }: Run): Promise<SharedUnit[]> {
  if (!type.unitsOf) return [];
  const shared = leases.map(({ unit }) => unit).filter(({ key }) => key !== look.id.key);
  return await Promise.all(shared.map(async (id) => ({ id, row: await world.states.read(id) })));
}

/** The id of another resource that is being changed in one of these units; nothing where none is. */
export function otherAtWork({ world, look }: Run, units: readonly SharedUnit[]): string | undefined {
  const busy = units.flatMap(({ row }) => row.state.busy ?? []);
  const now = world.now().getTime();
  return busy.find(({ resourceId, until }) => resourceId !== look.id.key && Date.parse(until) > now)?.resourceId;
}

/** Says durably, before anything is written, that these units are busy with the run's resource. */
export async function markBusy(run: Run, units: readonly SharedUnit[]): Promise<void> {
  const { world, look } = run;
  run.mayBeBusy = true;
  const until = new Date(world.now().getTime() + longestMilliseconds).toISOString();
  for (const { id, row } of units) {
    await world.states.write(id, { ...row, state: { ...row.state, busy: { resourceId: look.id.key, until } } });
  }
}

/** Frees the units of a run in which nothing is left to prove. */
export async function freeUnits(run: Run): Promise<void> {
  const { world, look, state } = run;
  if (!run.mayBeBusy || (state.state.remediation?.intents ?? []).length > 0) return;
  for (const { id, row } of await sharedUnits(run)) {
    const { busy, ...rest } = row.state;
    if (busy?.resourceId === look.id.key) await world.states.write(id, { ...row, state: rest });
  }
}
