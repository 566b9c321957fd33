import { isJsonObject } from "../arm/json.ts";
import type { LocalAzure } from "../local-azure.ts";
import { type Counts, countLines, countRequests } from "./counts.ts";
import { copyJournal, type JournalCopy } from "./journal-copy.ts";
import { type Account, accountTable, labelled, waitingForPeople } from "./report.ts";
import { encryptionPath, readResource } from "./resources.ts";
import type { Step } from "./scenario.ts";
import type { Played, Stage } from "./stage.ts";
import { accountStanding, differences, leftDifferences } from "./standings.ts";
import type { Style } from "./style.ts";
import { awaitTold, toldLines } from "./told.ts";
import { until } from "./until.ts";
import { shortName } from "./words.ts";

/** A duplicate comes up to 10 s after its change, and a message that failed once comes back after 30 s. */
const settleWithin = 40_000;

/** Names of counts take this much of a line. */
const nameWidth = 24;

/**
 * Waits until everything has settled, then tells how each resource stands, what waits for a person, the counts and where the journal is.
 * Gives what differs from what was expected.
 */
export async function tellFinale(stage: Stage, played: readonly Played[], journalFile: string): Promise<string[]> {
  const { azure, style, timeline, watch } = stage;
  timeline.say(style.dim("Waiting for what Event Grid still holds back, then asking for a dry run of every resource"));
  await settle(stage);
  // Before the questions that follow, which are no part of the service's work.
  const counts: Counts = { ...countsOf(azure, played), ignored: new Map(watch.ignored) };
  const notified = await awaitTold(stage, played);
  const accounts = await Promise.all(played.map((each) => accountOf(stage, each)));
  const journal = await copyJournal(azure.azurite.connectionString, journalFile);

  timeline.print(["", ...accountTable(accounts, style)]);
  const waiting = waitingForPeople(accounts, style);
  if (waiting.length > 0) timeline.print(["", style.bold("What waits for a person"), ...waiting]);
  const told = [
    ...countLines(counts),
    ...toldLines(notified),
    ...journalLines(journal),
    ...troubleLines(watch.troubles),
  ];
  timeline.print(["", ...told.flatMap(([name, text]) => labelled(name, text, style, nameWidth))]);
  const unexpected = played.flatMap(({ step, id }, index) => {
    const account = accounts[index];
    if (!account) return [];
    const { resource } = watch.nameOf(id);
    return [
      ...differences(resource, step.expected, account.standing),
      ...leftDifferences(resource, step.leaves ?? {}, account.after),
    ];
  });
  return journal.open === 0 ? unexpected : [...unexpected, `The journal has ${journal.open} writes without an outcome`];
}

/** No event is on its way, and nothing is left in the service's queues. */
async function settle({ azure, service, signal }: Stage): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    if (azure.eventGrid.statistics.pending > 0 || azure.functions.statistics.inFlight > 0) return false;
    const { body } = await service.get("health");
    return isJsonObject(body.queues) && Object.values(body.queues).every((waiting) => waiting === 0);
  };
  await until("every event delivered, and every message handled", isQuiet, { milliseconds: settleWithin, signal });
}

function countsOf(azure: LocalAzure, played: readonly Played[]): Omit<Counts, "ignored"> {
  const { objectId } = azure.managedIdentity;
  const fixed = played.filter(({ step }) => Object.values(step.expected).includes("remediated"));
  return {
    events: { ...azure.eventGrid.statistics },
    service: countRequests(azure.arm.requests, (caller) => caller === objectId),
    people: countRequests(azure.arm.requests, (caller) => caller !== objectId),
    fixes: {
      oneByOne: fixed.filter(({ step }) => step.resources.length === 1).map(({ milliseconds }) => milliseconds),
      burst: fixed.filter(({ step }) => step.resources.length > 1).map(({ milliseconds }) => milliseconds),
    },
  };
}

async function accountOf(stage: Stage, { step, id, before }: Played): Promise<Account> {
  const standing = await accountStanding(stage.service, id);
  const after = await readResource(stage.armAs(step.by), id);
  return { ...stage.watch.nameOf(id), origin: originOf(step), before, after, standing };
}

function originOf({ by, request }: Step): string {
  return request && (request.below === undefined || request.below === encryptionPath)
    ? `by ${shortName(by)}`
    : "as taken over";
}

function journalLines(journal: JournalCopy): [name: string, text: string][] {
  const outcomes = journal.open === 0 ? "and their outcomes" : `but ${journal.open} have no outcome`;
  return [
    ["Journal", `${journal.lines} entries: all ${journal.intents} writes before they were made, ${outcomes}`],
    ["", `in ${journal.url} (a blob container in memory: gone when the demo ends)`],
    ["", `copied to ${journal.file}, one entry a line`],
  ];
}

function troubleLines(troubles: readonly string[]): [name: string, text: string][] {
  return troubles.map((text, index): [string, string] => [index === 0 ? "Errors it got over" : "", text]);
}

/** What the demo says before it starts. */
export function introduction(style: Style, people: readonly { name: string; kind: string }[]): string[] {
  const [operator, admin, pipeline] = people.map(({ name }) => style.bold(shortName(name)));
  return [
    style.bold("Azure Encryption Guard: the demo"),
    "",
    "A cruise company bought three lines. Storage accounts hold their guests' documents, databases the",
    "loyalty programme, and VPN tunnels join their offices and networks.",
    `${operator} runs the platform, ${admin} administers accounts, ${pipeline} is an old script.`,
    "The service is in the mode audit first, then in enforce. Event Grid delivers some events twice, and",
    "late in the burst.",
    "",
  ];
}
