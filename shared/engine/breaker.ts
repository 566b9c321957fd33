import type { Settings } from "../policy/settings.ts";
import type { ResourceState } from "../state/resource-state.ts";

/** After this long an open breaker lets one fix through, to see whether the fight is over. */
export const contestedMilliseconds = 24 * 3_600_000;
const mostFixesKept = 50;

/** How a baseline's breaker stands, and who set the property back each time. */
export interface Breaker {
  open: boolean;
  /** Whether it opened just now. */
  opening: boolean;
  /** Object ids, newest first; `unknown` where no event told. */
  changedBy: string[];
}

/** Whether a fix may be written, by how often it was needed lately (rule 5). Pure. */
export function breakerOf(baseline: string, state: ResourceState, settings: Settings, now: Date): Breaker {
  const windowStart = now.getTime() - settings.breakerWindowMinutes * 60_000;
  const recent = state.fixes.filter((fix) => fix.baseline === baseline && Date.parse(fix.at) > windowStart);
  const contestedSince = state.contested[baseline];
  if (contestedSince !== undefined && now.getTime() - Date.parse(contestedSince) < contestedMilliseconds) {
    return { open: true, opening: false, changedBy: changersUpTo(Date.parse(contestedSince)) };
  }
  const tried = contestedSince !== undefined && recent.length > 0;
  const opening = tried || recent.length >= settings.breakerFixes;
  return { open: opening, opening, changedBy: recent.map((fix) => fix.changedBy ?? "unknown") };

  /** Those of the window that opened it. */
  function changersUpTo(opened: number): string[] {
    const begin = opened - settings.breakerWindowMinutes * 60_000;
    return state.fixes
      .filter((fix) => fix.baseline === baseline && Date.parse(fix.at) > begin && Date.parse(fix.at) <= opened)
      .map((fix) => fix.changedBy ?? "unknown");
  }
}

/** The state after a proven fix. Pure. */
export function withFix(
  state: ResourceState,
  baseline: string,
  at: Date,
  changedBy: string | undefined,
): ResourceState {
  const fix = { baseline, at: at.toISOString(), ...(changedBy === undefined ? {} : { changedBy }) };
  return { ...state, fixes: [fix, ...state.fixes].slice(0, mostFixesKept) };
}

/** The state after a person closed a breaker: the fixes that opened it are forgotten, so that it counts anew. Pure. */
export function withBreakerClosed(state: ResourceState, baseline: string): ResourceState {
  const { [baseline]: _closed, ...contested } = state.contested;
  return { ...state, contested, fixes: state.fixes.filter((fix) => fix.baseline !== baseline) };
}
