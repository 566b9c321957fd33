import type { Cause, ChangeMessage } from "../events/cause.ts";
import type { BaselineResult } from "../journal/journal.ts";
import type { Outcome } from "../outcomes.ts";
import { endsOfProposals } from "./approval.ts";
import type { Judgment } from "./judge.ts";
import { endsOfUnexplained } from "./missed-event.ts";
import { type Run, timed } from "./run.ts";
import { endsOfExemptions } from "./undo.ts";

/** What is looked at again by itself, in time. */
export const comesAgain: ReadonlySet<Outcome> = new Set(["retrying", "capped", "awaiting-window"]);
/** Looks that Azure asked to put off to one moment come back over this long. */
const mostSpreadSeconds = 60;
const longestGrownDelaySeconds = 900;
/** A queue message waits up to this long; longer waits live in the state tables and the waker. */
const longestMessageDelaySeconds = 3600;

/** Sends the follow-up, unless one is on its way already, and gives when it comes. */
export async function followUp(run: Run, asked: number, slot: string | undefined): Promise<string> {
  const { world, look } = run;
  const { remediation } = run.state.state;
  const { follows: _follows, ...cause } = look.cause;
  const awaited = remediation?.nextLookAt;
  if (look.cause.via !== "follow-up" && awaited !== undefined && comesInTime(run, awaited, asked)) return awaited;
  // What Azure asks for is kept to, and spread a little; without a word of it the delay grows.
  const seconds =
    slot !== undefined
      ? asked
      : asked > 0
        ? asked + world.random() * Math.min(asked / 4, mostSpreadSeconds)
        : growingDelay(look.attempt, world.random());
  const message: ChangeMessage = {
    version: 1,
    resourceId: look.id.text,
    cause: { ...cause, via: "follow-up", ...(remediation ? { follows: remediation.id } : {}) },
    attempt: slot === undefined ? look.attempt + 1 : look.attempt,
    dryRun: false,
    ...(slot === undefined ? {} : { slot }),
  };
  const due = new Date(world.now().getTime() + seconds * 1000);
  if (asked <= longestMessageDelaySeconds) {
    await timed(run, "queue", () => world.changes.send(JSON.stringify(message), seconds));
  } else {
    await timed(run, "state", () => world.waits.put(look.id, due, JSON.stringify(message)));
    run.state.state = { ...run.state.state, waits: true };
  }
  return due.toISOString();
}

/** A look that waits for a window hours away is none for what is tried again, or for a window that opens before. */
function comesInTime({ world }: Run, awaited: string, asked: number): boolean {
  const seconds = (Date.parse(awaited) - world.now().getTime()) / 1000;
  return seconds > 0 && seconds <= Math.max(asked + mostSpreadSeconds, longestGrownDelaySeconds * 1.25);
}

/** What asks for the next look first: Azure, a guard, or a window that opens. 0 leaves the time to the growing delay. */
export function secondsToNextLook({ world }: Run, judgment: Judgment, results: readonly BaselineResult[]): number {
  const windows = results.flatMap(({ opensAt }) => (opensAt === undefined ? [] : [Date.parse(opensAt)]));
  const opens = windows.map((at) => Math.max(1, Math.ceil((at - world.now().getTime()) / 1000)));
  const asked = judgment.lookAgainSeconds ?? (goesOn(results) ? 0 : undefined);
  return Math.min(...opens, ...(asked === undefined ? [] : [asked]));
}

/** Whether something is tried again in a while, and not only at a time that is known. */
export function goesOn(results: readonly BaselineResult[]): boolean {
  return results.some(({ outcome }) => outcome === "retrying" || outcome === "capped");
}

/** 5 s, doubling up to 15 minutes, spread by half so that many don't come back at once. */
function growingDelay(attempt: number, random: number): number {
  return Math.min(longestGrownDelaySeconds, 5 * 2 ** Math.min(attempt, 10)) * (0.75 + random / 2);
}

/**
 * Once nothing is open, what may wait is the end of an exemption, of a proposal, of a person's word, or of the time that an event has to
 * come: then it is judged again.
 */
export async function waitForAnEnd(run: Run, results: readonly BaselineResult[]): Promise<void> {
  const { world, look } = run;
  const { waits, ...state } = run.state.state;
  const ends = [...endsOfExemptions(state, results), ...endsOfProposals(state), ...endsOfUnexplained(state)];
  const next = Math.min(...ends.filter((end) => end > world.now().getTime()));
  if (next < Number.POSITIVE_INFINITY) {
    const message: ChangeMessage = {
      version: 1,
      resourceId: look.id.text,
      cause: { via: "waker" },
      attempt: 0,
      dryRun: false,
    };
    await world.waits.put(look.id, new Date(next), JSON.stringify(message));
    run.state.state = { ...state, waits: true };
  } else if (waits) {
    await world.waits.remove(look.id);
    run.state.state = state;
  }
}

/** Asks for the look that sees whether the resource still works, after so many seconds. */
export async function sendLookBack(run: Run, seconds: number): Promise<void> {
  const { operationId: _operationId, follows: _follows, ...cause } = run.look.cause;
  await sendTo(run, run.look.id.text, { ...cause, via: "follow-up" }, seconds);
}

/** Asks for a look at a resource. Whether that is in scope is held against the settings when its message is handled. */
export async function sendTo(run: Run, resourceId: string, cause: Cause, delaySeconds: number): Promise<void> {
  const message: ChangeMessage = { version: 1, resourceId, cause, attempt: 0, dryRun: false };
  await timed(run, "queue", () => run.world.changes.send(JSON.stringify(message), delaySeconds));
}
