import type { Change } from "../baselines/baseline.ts";
import { combinePatches, type JsonObject } from "../json.ts";

/** One write to Azure, made for one or more baselines. */
export interface PlannedWrite {
  /** What all of its baselines ask for together. */
  change: Change;
  baselines: string[];
  /** What each of them asks for, in the order of {@link PlannedWrite.baselines}. */
  patches: JsonObject[];
}

/** A baseline's fix as it is to be written. */
export interface PlannedFix {
  baseline: string;
  changes: Change[];
  /** See {@link Baseline.writtenAlone}. */
  writtenAlone: boolean;
}

/**
 * The writes that bring all fixes about, in order: those that can't fail each other share one. Each fix keeps the order of its own
 * changes, since a safe change must stand before the fix that it makes safe. Pure.
 */
export function planWrites(fixes: readonly PlannedFix[]): PlannedWrite[] {
  const writes: PlannedWrite[] = [];
  for (const fix of fixes.filter((each) => !each.writtenAlone)) joinInOrder(writes, fix);
  const alone = fixes.filter((each) => each.writtenAlone).flatMap(separateWrites);
  return [...writes, ...alone];
}

/** The same fixes, each by itself, in the order given (strongest first). Pure. */
export function planSeparately(fixes: readonly PlannedFix[]): PlannedWrite[] {
  return fixes.flatMap(separateWrites);
}

/**
 * What is left of a write when some of its baselines are not to be written any more: their part of the change goes with them, or it would
 * be made without the safe change before it. Nothing where none is left. Pure.
 */
export function writeWithout(write: PlannedWrite, ended: (baseline: string) => boolean): PlannedWrite | undefined {
  const left = write.baselines.flatMap((baseline, index) => {
    const patch = write.patches[index];
    return patch === undefined || ended(baseline) ? [] : [{ baseline, patch }];
  });
  if (left.length === 0) return undefined;
  const patches = left.map(({ patch }) => patch);
  const change = { part: write.change.part, patch: patches.reduce(combinePatches) };
  return { change, baselines: left.map(({ baseline }) => baseline), patches };
}

function joinInOrder(writes: PlannedWrite[], fix: PlannedFix): void {
  let earliest = 0;
  for (const change of fix.changes) {
    const index = writes.findIndex((write, position) => position >= earliest && write.change.part === change.part);
    const shared = writes[index];
    if (!shared) {
      writes.push(writeFor(fix.baseline, change));
      earliest = writes.length;
      continue;
    }
    shared.change = { part: change.part, patch: combinePatches(shared.change.patch, change.patch) };
    shared.baselines.push(fix.baseline);
    shared.patches.push(change.patch);
    earliest = index + 1;
  }
}

function separateWrites(fix: PlannedFix): PlannedWrite[] {
  return fix.changes.map((change) => writeFor(fix.baseline, change));
}

function writeFor(baseline: string, change: Change): PlannedWrite {
  return { change, baselines: [baseline], patches: [change.patch] };
}
