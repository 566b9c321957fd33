import type { Change } from "../baselines/baseline.ts";
import { combinePatches } from "../json.ts";

/** One write to Azure, made for one or more baselines. */
export interface PlannedWrite {
  change: Change;
  baselines: string[];
  /** Whether more than one baseline shares it. */
  joint: boolean;
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

function joinInOrder(writes: PlannedWrite[], fix: PlannedFix): void {
  let earliest = 0;
  for (const change of fix.changes) {
    const index = writes.findIndex((write, position) => position >= earliest && write.change.part === change.part);
    const shared = writes[index];
    if (!shared) {
      writes.push({ change, baselines: [fix.baseline], joint: false });
      earliest = writes.length;
      continue;
    }
    shared.change = { part: change.part, patch: combinePatches(shared.change.patch, change.patch) };
    if (!shared.baselines.includes(fix.baseline)) shared.baselines.push(fix.baseline);
    shared.joint = shared.baselines.length > 1;
    earliest = index + 1;
  }
}

function separateWrites(fix: PlannedFix): PlannedWrite[] {
  return fix.changes.map((change) => ({ change, baselines: [fix.baseline], joint: false }));
}
