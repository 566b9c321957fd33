import type { RequestRecord } from "../arm/index.ts";
import type { EventGridStatistics } from "../event-grid/index.ts";
import { seconds } from "./words.ts";

/** Requests to ARM by one kind of caller. */
export interface RequestCounts {
  reads: number;
  writes: number;
  /** Of the writes, those that ARM refused. */
  refused: number;
}

/** What the demo counted until everything had settled. */
export interface Counts {
  events: EventGridStatistics;
  /** Events that needed no look, by reason. */
  ignored: ReadonlyMap<string, number>;
  service: RequestCounts;
  people: RequestCounts;
  /** From each change to the proof of its fix, in milliseconds: of resources changed one by one, and of the burst. */
  fixes: { oneByOne: readonly number[]; burst: readonly number[] };
}

/** Counts requests to ARM: those of the service, or those of all others. */
export function countRequests(
  records: readonly RequestRecord[],
  isCounted: (caller: string) => boolean,
): RequestCounts {
  const counted = records.filter(({ caller }) => caller !== undefined && isCounted(caller));
  const writes = counted.filter(({ method }) => method === "PUT" || method === "PATCH" || method === "DELETE");
  return {
    // A query to Resource Graph is a POST.
    reads: counted.length - writes.length,
    writes: writes.length,
    refused: writes.filter(({ status }) => status >= 400).length,
  };
}

/** The counts as lines of a name and what stands after it. */
export function countLines({ events, ignored, service, people, fixes }: Counts): [name: string, text: string][] {
  const of = (reason: string): number => ignored.get(reason) ?? 0;
  return [
    [
      "Events",
      `${events.published} published, ${events.delivered} delivered, of these ${events.duplicated} a second time`,
    ],
    ["", `needed no look: ${of("own-write")} of its own writes, ${of("duplicate") + of("already-seen")} seen already`],
    ["Azure, by the service", `${service.reads} reads, ${service.writes} writes${refusedOf(service)}`],
    ["Azure, by people", `${people.writes} writes${refusedOf(people)}`],
    ["From change to proof", `one by one ${timesOf(fixes.oneByOne)}`],
    ["", `in the burst ${timesOf(fixes.burst)}`],
  ];
}

function refusedOf({ refused }: RequestCounts): string {
  return refused === 0 ? "" : ` (${refused} of them refused by Azure)`;
}

function timesOf(milliseconds: readonly number[]): string {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  return `median ${seconds(median(sorted))}, longest ${seconds(sorted.at(-1) ?? 0)}, over ${sorted.length} fixed resources`;
}

/** Of sorted numbers; the lower one of the two in the middle. */
function median(sorted: readonly number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
