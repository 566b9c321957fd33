import type { Subscription } from "../arm/index.ts";
import type { HostLogEntry } from "../functions-host/index.ts";
import { type BaselineStanding, readLogLine } from "./service-log.ts";
import type { Style } from "./style.ts";
import type { Timeline } from "./timeline.ts";

/** A judgment that the service logged. */
export interface Judgment {
  /** Milliseconds since the Unix epoch. */
  at: number;
  outcome: string;
  standings: BaselineStanding[];
}

/** What the service logged so far. */
export interface Watch {
  /** To be given to the functions host. */
  read(entry: HostLogEntry): void;
  /** From now on, the events of this account are told in the timeline. */
  tellOf(resourceId: string): void;
  judgments(resourceId: string): readonly Judgment[];
  /** How many events needed no look, by reason. */
  readonly ignored: ReadonlyMap<string, number>;
  /** What the service could not do, as it said it. */
  readonly troubles: readonly string[];
  /** The ship company and the account's name. */
  nameOf(resourceId: string): { line: string; resource: string };
}

const ignoredInWords: Readonly<Record<string, string>> = {
  duplicate: "the same event again: nothing to look at",
  "already-seen": "an event that came late, of a change that it saw already: nothing to look at",
};

/** Its own doing: events of its own writes, and follow-ups of what was proven before they came. */
const untold: ReadonlySet<string> = new Set(["own-write", "ended"]);

/**
 * Follows the service's log, and tells of its events in the timeline. Ids are compared without case, as ARM does.
 * @param ownObjectId the service's: events of its own writes are counted, and not told.
 */
export function watchService(
  { subscriptions, ownObjectId }: { subscriptions: readonly Subscription[]; ownObjectId: string },
  style: Style,
  timeline: Timeline,
): Watch {
  const judgments = new Map<string, Judgment[]>();
  const toldOf = new Set<string>();
  const taken = new Set<string>();
  const ignored = new Map<string, number>();
  const troubles: string[] = [];

  function nameOf(resourceId: string): { line: string; resource: string } {
    const subscriptionId = resourceId.split("/")[2]?.toLowerCase();
    const subscription = subscriptions.find((each) => each.subscriptionId.toLowerCase() === subscriptionId);
    return { line: subscription?.displayName ?? "", resource: resourceId.split("/").at(-1) ?? "" };
  }

  function tell(resourceId: string, text: string): void {
    if (!toldOf.has(resourceId.toLowerCase())) return;
    timeline.tell({ ...nameOf(resourceId), text, paint: style.dim });
  }

  return {
    read(entry) {
      const told = readLogLine(entry);
      switch (told?.kind) {
        case "taken":
          if (told.changedBy !== ownObjectId && !taken.has(told.eventId)) tell(told.resourceId, "event taken");
          taken.add(told.eventId);
          break;
        case "ignored":
          ignored.set(told.reason, (ignored.get(told.reason) ?? 0) + 1);
          if (!untold.has(told.reason)) tell(told.resourceId, ignoredInWords[told.reason] ?? told.reason);
          break;
        case "judged": {
          const key = told.resourceId.toLowerCase();
          const known = judgments.get(key) ?? [];
          judgments.set(key, [...known, { at: Date.now(), outcome: told.outcome, standings: told.standings }]);
          break;
        }
        case "trouble":
          troubles.push(told.text);
          break;
        default:
      }
    },
    tellOf: (resourceId) => toldOf.add(resourceId.toLowerCase()),
    judgments: (resourceId) => judgments.get(resourceId.toLowerCase()) ?? [],
    ignored,
    troubles,
    nameOf,
  };
}
