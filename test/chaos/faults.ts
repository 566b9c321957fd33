import type { Clock } from "../../emulator/clock.ts";
import type { Fault } from "../../emulator/faults.ts";
import { type FaultKind, faultKinds, type Side } from "./fault-kinds.ts";

/** The faults of one run. One that lasts meets every request to the same side until it is over. */
export interface Faults {
  /** The fault for a request with which one of this kind begins. */
  begin(name: string, side: Side, when: "before" | "after"): Fault | undefined;
  /** The fault for a request while an earlier one lasts. */
  lasting(side: Side): Fault | undefined;
  /** Ends whatever lasts. */
  end(): void;
}

/** @param clock the world's, by which faults last. */
export function createFaults(clock: Clock): Faults {
  let outage: { kind: FaultKind; side: Side; until: number } | undefined;
  return {
    begin(name, side, when) {
      const kind = faultKinds.find((each) => each.name === name);
      if (kind?.lastsSeconds !== undefined) outage = { kind, side, until: clock.now() + kind.lastsSeconds * 1000 };
      return kind?.at(side, when);
    },
    lasting(side) {
      if (outage?.side !== side || clock.now() >= outage.until) return undefined;
      return outage.kind.at(side, "before");
    },
    end() {
      outage = undefined;
    },
  };
}
