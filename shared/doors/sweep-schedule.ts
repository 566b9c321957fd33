import { defaultSweepSchedule } from "../policy/schedule.ts";

/** When sweeps start: a trigger's schedule is needed where it is registered, which is the first use of this setting. */
export function sweepSchedule(environment: NodeJS.ProcessEnv): string {
  return environment.SWEEP_SCHEDULE ?? defaultSweepSchedule;
}
