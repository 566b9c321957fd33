import type { ResourceId } from "../resources/resource-id.ts";
import type { Decision } from "./decide.ts";
import { draftResult } from "./evaluate.ts";
import type { Run } from "./run.ts";

/**
 * Puts every fix off while not all units of the resource are held, as it was read now: it moved to others, or nothing was known of them when
 * they were to be taken. The next look takes them. Gives the decisions as they are where they are held, and in a dry run.
 * @param units of the resource; none where it is its own.
 */
export function putOffUnlessTaken(
  run: Run,
  units: readonly ResourceId[] | undefined,
  decisions: readonly Decision[],
): readonly Decision[] {
  const { leases } = run;
  if (!leases || !units || units.every(({ key }) => leases.some(({ unit }) => unit.key === key))) return decisions;
  // Remembered with the state of the resource.
  run.units = units.map(({ text }) => text);
  const reason = `What has to be taken before a write is not: ${run.units.join(", ")}.`;
  return decisions.map((decision) =>
    decision.kind === "fix"
      ? {
          kind: "result",
          result: draftResult(decision.evaluation, { outcome: "retrying", reason }),
          lookAgainSeconds: 0,
        }
      : decision,
  );
}
