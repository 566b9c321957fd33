import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { baselines } from "../../shared/baselines/index.ts";
import { type ParsedEvent, parseEvent } from "../../shared/events/parse-event.ts";
import { openAzure, subscriptionOf } from "../check/azure.ts";
import { checkResource } from "../check/check-live.ts";
import { formats, printChecked } from "../check/outputs.ts";
import { defineCommand, type Surroundings } from "../frame/command.ts";
import { type ExitCode, exitCodes, UsageError } from "../frame/output.ts";
import { readDocument } from "../template/document.ts";

/** `receive`: does with an event from a file what the service would, as far as that is reading and judging. */
export const receive = defineCommand({
  name: "receive",
  summary: "Judges an event from a file as the service would on receiving it, and changes nothing.",
  details: [
    "The file holds one event or a list of them, as Event Grid sends them (Event Grid schema or CloudEvents), for example from a dead-letter container. What an event leads to is read in Azure with what this machine is signed in with.",
  ],
  arguments: [{ name: "FILE", meaning: "JSON with one event, or a list of events", completes: "files" }],
  options: z.strictObject({
    output: z.enum(formats).default("table").meta({ value: "FORMAT", description: "how what was judged is printed" }),
  }),
  examples: [{ line: "receive event.json", does: "What would become of this event:" }],
  async run({ output: format }, [name = ""], surroundings) {
    const { output } = surroundings;
    const parsed = (await eventsIn(name, surroundings)).map((event) => parseEvent(event, baselines));
    // What is printed as JSON stays JSON.
    const tell = format === "table" ? output.out : output.error;
    for (const each of parsed) tell(tellEvent(each));
    const ids = new Map(parsed.flatMap((each) => (each.kind === "change" ? [[each.id.key, each.id]] : [])));
    if (ids.size === 0) return codeOf(parsed, exitCodes.good);
    const azure = await openAzure(surroundings, [...ids.values()].map(subscriptionOf));
    const resources = [];
    for (const id of ids.values()) resources.push(await checkResource(azure, id));
    if (format === "table") output.out("");
    return codeOf(parsed, printChecked({ resources }, format, output));
  },
});

async function eventsIn(name: string, { directory }: Surroundings): Promise<unknown[]> {
  let text: string;
  try {
    text = await readFile(path.resolve(directory, name), "utf8");
  } catch {
    throw new UsageError(`${JSON.stringify(name)} can't be read.`);
  }
  const { value } = readDocument(name, text);
  return Array.isArray(value) ? value : [value];
}

function tellEvent(event: ParsedEvent): string {
  if (event.kind === "ignored") return `Ignored: ${event.reason}`;
  if (event.kind === "unreadable") return `Unreadable: ${event.reason.replaceAll("\n", " ")}`;
  const { operation = "a change", changedBy, changedAt } = event.cause;
  const who = changedBy === undefined ? "" : ` by ${changedBy}`;
  return `Leads to ${event.id.text}: ${operation}${who}${changedAt === undefined ? "" : ` at ${changedAt}`}`;
}

/** An event that can't be read says nothing of what changed. */
function codeOf(events: readonly ParsedEvent[], judged: ExitCode): ExitCode {
  const isAnyUnreadable = events.some(({ kind }) => kind === "unreadable");
  return isAnyUnreadable && judged === exitCodes.good ? exitCodes.unknown : judged;
}
