import type { Clock } from "../../emulator/clock.ts";
import type { LocalAzure } from "../../emulator/local-azure.ts";
import type { StorageRequest } from "../../emulator/storage-proxy.ts";
import { findCanaries } from "./canaries.ts";
import { type JournalLine, journalLines } from "./journal-entries.ts";

/** A request of the service to Azure Resource Manager, and when: in numbers that count all that is observed. */
export interface ObservedRequest {
  method: string;
  path: string;
  correlationId: string;
  arrived: number;
  /** Milliseconds of the world's clock. */
  arrivedAt: number;
  /** When the sender was told, or had given up; undefined while it waits. */
  ended: number | undefined;
  /** What the sender was told; 0 for nothing. */
  status: number;
  /** Whether it took effect, or would have: no fault kept it from being handled. */
  handled: boolean;
  /** Whether the resource fell short, at the arrival or at the end. */
  fellShort: boolean;
  /** Whether it did so at the end. */
  fellShortAtEnd: boolean;
  /** Whether Azure was still changing another resource of the same unit at the arrival. */
  besideOther: boolean;
}

/** An entry of the journal, and when it was durable. */
export interface ObservedEntry extends JournalLine {
  durable: number;
}

/** A time in which somebody had stopped all writes, in milliseconds of the world's clock. */
export interface Stop {
  from: number;
  /** Undefined while it lasts. */
  until: number | undefined;
}

/** What the outside sees of the service, since it began or was last forgotten. */
export interface Observed {
  reads: ObservedRequest[];
  writes: ObservedRequest[];
  entries: ObservedEntry[];
  stops: Stop[];
  /** Places where a secret was seen, and lines of the journal that are none. */
  leaks: string[];
  unreadableLines: string[];
  /** What the host said of functions that failed, and the service of what it gave up. */
  failures: string[];
  /** Grows with whatever happens: as long as it does not, nothing moves. */
  readonly activity: number;
  /** Something happened that is seen elsewhere. */
  note(): void;
  /** Looks for secrets in what was said or answered. */
  search(where: string, text: string): void;
  forget(): void;
}

/**
 * Watches the service from outside: its requests, its journal as it becomes durable, and secrets wherever they would show.
 * @param fallsShort whether what a path names falls short now.
 * @param isBesideOther whether Azure is changing another resource of the same unit now.
 */
export function observe(
  azure: LocalAzure,
  clock: Clock,
  fallsShort: (path: string) => boolean,
  isBesideOther: (path: string) => boolean,
): Observed {
  let activity = 0;
  const tick = () => {
    activity += 1;
    return activity;
  };
  const observed: Observed = {
    reads: [],
    writes: [],
    entries: [],
    stops: [],
    leaks: [],
    unreadableLines: [],
    failures: [],
    get activity() {
      return activity;
    },
    note: tick,
    search(where, text) {
      observed.leaks.push(...findCanaries(text).map((canary) => `${canary} in ${where}`));
    },
    forget() {
      const { reads, writes, entries, stops, leaks, unreadableLines, failures } = observed;
      for (const list of [reads, writes, entries, stops, leaks, unreadableLines, failures]) list.length = 0;
    },
  };

  azure.arm.observe((request, caller) => {
    tick();
    if (caller?.objectId !== azure.managedIdentity.objectId) return () => tick();
    const { method, path, correlationId } = request;
    const fellShort = fallsShort(path);
    const besideOther = isBesideOther(path);
    const times = { arrived: tick(), arrivedAt: clock.now(), ended: undefined };
    const seen: ObservedRequest = {
      method,
      path,
      correlationId,
      ...times,
      status: 0,
      handled: false,
      fellShort,
      fellShortAtEnd: fellShort,
      besideOther,
    };
    (method === "GET" ? observed.reads : observed.writes).push(seen);
    return (record) => {
      seen.ended = tick();
      seen.status = record.status;
      seen.handled = record.handled;
      seen.fellShortAtEnd = fallsShort(path);
      seen.fellShort ||= seen.fellShortAtEnd;
    };
  });
  azure.storage.observe((request) => {
    tick();
    observed.search(`a request to ${request.service} storage`, textOf(request));
    return {
      answered({ status }) {
        tick();
        if (isAppend(request) && status === 201) takeEntries(request.body.toString("utf8"));
      },
      ended: () => tick(),
    };
  });

  function takeEntries(text: string): void {
    try {
      observed.entries.push(...journalLines(text).map((line) => ({ ...line, durable: tick() })));
    } catch (thrown) {
      observed.unreadableLines.push(`${text.slice(0, 200)}: ${String(thrown)}`);
    }
  }
  return observed;
}

function isAppend({ service, method, url }: StorageRequest): boolean {
  return service === "blob" && method === "PUT" && /^\/[^/]+\/journal\//.test(url) && url.includes("comp=appendblock");
}

/** The body, and what stands in it as base64: the text of queue messages. */
function textOf({ service, url, body }: StorageRequest): string {
  const text = `${url}\n${body.toString("utf8")}`;
  if (service !== "queue") return text;
  const encoded = /<MessageText>([^<]*)<\/MessageText>/.exec(text)?.[1] ?? "";
  return `${text}\n${Buffer.from(encoded, "base64").toString("utf8")}`;
}
